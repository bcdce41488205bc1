// SPDX-License-Identifier: Apache-2.0
// Updates of denoised parameters whose gradients are in no memory.
#include "ridgeback/quant/fuse_updates.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/denoise_operations.hpp"
#include "ridgeback/quant/denoise_update.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/switched_off.hpp"
#include "reference/optimizers.hpp"
#include "reference/quant_reference.hpp"

namespace ridgeback::test {
namespace {

using quant::Codebook;
using quant::Group;
using quant::Perturbation;

enum class Optimizer : std::uint8_t { sgd, momentum, nesterov, adam, adamw };
constexpr Optimizer optimizers[] = {Optimizer::sgd, Optimizer::momentum, Optimizer::nesterov,
                                    Optimizer::adam, Optimizer::adamw};
constexpr float decay = 0.1F;

// The step of w with the gradient of sum(dy denoise(w)); m and v are the states, of which momentum
// takes the first.
std::vector<Tensor> stepped(Optimizer kind, const Tensor& w, const Tensor& m, const Tensor& v,
                            const Tensor& d, const Tensor& gate) {
  if (kind == Optimizer::sgd) return {sgd_step(w, {}, d, {.weight_decay = decay}, gate).parameter};
  if (kind == Optimizer::momentum || kind == Optimizer::nesterov) {
    const SgdStepped s = sgd_step(
        w, m, d,
        {.momentum = 0.75F, .nesterov = kind == Optimizer::nesterov, .weight_decay = decay}, gate);
    return {s.parameter, s.velocity};
  }
  const AdamStepped s =
      adam_step(w, m, v, d, {.weight_decay = decay, .decoupled = kind == Optimizer::adamw}, gate);
  return {s.parameter, s.mean, s.square};
}

Tensor gradient_of(const Tensor& w, const Tensor& dy, const Perturbation& options) {
  const quant::Perturbed p = quant::perturb(w, options.resolved(), {});
  return gradient(quant::dequantize(p.codes, p.factors, options.resolved().group) * dy, {w})[0];
}

// Inputs, what a step makes of them, and the norm that a trainer shows.
struct Step {
  Tensor w, m, v, dy;
  std::vector<Tensor> outputs;
  Tensor squares;
  Tensor skipped;

  Step(Optimizer kind, const Shape& shape, const Perturbation& options)
      : w(input(shape)), m(input(shape)), v(input(shape)), dy(input(shape)) {
    const Tensor d = gradient_of(w, dy, options);
    const std::vector<Summand> summands{{d, true}, {m, true}, {v, false}};
    squares = sum_of_all(summands);
    const Tensor gate = gated_step(sum(w), squares);
    skipped = step_skipped(gate);
    outputs = stepped(kind, w, m, v, d, gate);
  }
  [[nodiscard]] std::vector<Tensor> all() const {
    std::vector<Tensor> all = outputs;
    all.insert(all.end(), {squares, skipped});
    return all;
  }
};

void set_values(Executable& e, const Step& s) {
  e.set(s.w, floats(normal(s.w.shape(), 1)));
  e.set(s.m, floats(normal(s.w.shape(), 2)));
  e.set(s.v, floats(uniform(s.w.shape(), 0.1, 1, 3)));
  e.set(s.dy, floats(normal(s.w.shape(), 4)));
}

bool launches(const Program& program, std::string_view kernel) {
  return std::ranges::any_of(program.launches,
                             [&](const Launch& l) { return l.dispatch.kernel == kernel; });
}

// The same bits as without the pass, and the gradient in no memory.
void expect_fused(Optimizer kind, const Shape& shape, const Perturbation& options,
                  const std::vector<std::string>& variants = {""}) {
  const Step s(kind, shape, options);
  SCOPED_TRACE(fmt::format("{} {} optimizer {}", shape.text(), quant::text(options.resolved()),
                           static_cast<int>(kind)));
  for (const std::string& variant : variants) {
    CompileOptions choice;
    if (!variant.empty()) choice.forced = {{"denoise_update", variant}};
    CompileOptions apart = choice;
    apart.disabled_passes = {"fuse_updates"};
    choice.guards = true;
    Executable alone = compile(test_device(), s.all(), {}, apart);
    Executable fused = compile(test_device(), s.all(), {}, choice);
    ASSERT_TRUE(launches(fused.program(), "denoise_update"));
    ASSERT_FALSE(launches(alone.program(), "denoise_update"));
    for (Executable* e : {&alone, &fused}) {
      set_values(*e, s);
      e->run({.step = 3, .learning_rate = 0.1F});
    }
    fused.check_guards();
    for (const Tensor& output : s.outputs) {
      const auto want = alone.get<std::uint32_t>(output), got = fused.get<std::uint32_t>(output);
      for (std::size_t i = 0; i < want.size(); ++i)
        ASSERT_EQ(got[i], want[i]) << variant << " at " << i << ": " << std::bit_cast<float>(got[i])
                                   << " and " << std::bit_cast<float>(want[i]);
    }
    EXPECT_EQ(fused.get<float>(s.skipped)[0], 0);
    const float want = alone.get<float>(s.squares)[0];
    EXPECT_NEAR(fused.get<float>(s.squares)[0], want, 1e-5F * want);
  }
}

std::vector<Perturbation> codebooks() {
  return {{.bits = 1, .codebook = Codebook::minmax},
          {.bits = 4, .codebook = Codebook::minmax},
          {.bits = 8, .codebook = Codebook::minmax},
          {.bits = 1, .codebook = Codebook::sign_mean},
          {.bits = 1, .codebook = Codebook::sign_linear},
          {.bits = 3, .codebook = Codebook::absmax},
          {.bits = 2, .codebook = Codebook::meanabs},
          {.bits = 4, .codebook = Codebook::power_of_two},
          {.bits = quant::ternary_bits, .codebook = Codebook::ternary}};
}

TEST(FuseUpdates, EveryCodebook) {
  for (Perturbation p : codebooks()) {
    p.group = p.bits == 1 ? Group::channel() : Group::blocks(64);
    expect_fused(Optimizer::adam, {9, 128}, p);
  }
  expect_fused(Optimizer::adam, {5, 64},
               {.bits = quant::unquantized_bits,
                .codebook = Codebook::none,
                .group = Group::channel(),
                .sparsity = quant::n_of_m(2, 4)});
  expect_fused(Optimizer::adam, {5, 64},
               {.bits = 1, .codebook = Codebook::sign_linear, .sparsity = quant::n_of_m(1, 8)});
}

TEST(FuseUpdates, EveryGroupAndShape) {
  const std::vector<Shape> shapes{{5, 1}, {1, 3}, {2, 70}, {4, 100}, {7}, {2, 3, 40}};
  for (const Shape& shape : shapes) {
    for (const Group group : {Group::channel(), Group::blocks(32)})
      expect_fused(Optimizer::adam, shape, {.bits = 4, .group = group});
  }
  for (const Shape& shape : {Shape{3, 272}, Shape{4, 37}}) {
    expect_fused(Optimizer::adam, shape, {.bits = 4, .group = Group::tensor()});
  }
  // Blocks that do not begin at words or at quads.
  for (const int block : {6, 12}) {
    expect_fused(Optimizer::adam, {3, 60},
                 {.bits = 2, .codebook = Codebook::minmax, .group = Group::blocks(block)});
  }
}

// Rows so many that an invocation has several runs of 16 values, the last of them not in all lanes:
// all of a row, and two of the five or so that a row has.
TEST(FuseUpdates, SeveralRunsOfAnInvocation) {
  for (const Shape& shape : {Shape{200, 208}, Shape{200, 204}, Shape{26, 640}}) {
    for (const Group group : {Group::channel(), Group::blocks(32)}) {
      expect_fused(Optimizer::adam, shape, {.bits = 4, .group = group});
      if (!test_device().target().is_cpu()) continue;
      const Step s(Optimizer::adam, shape, {.bits = 4, .group = group});
      for (const Launch& l : plan(test_device().target(), s.all()).launches) {
        if (l.dispatch.kernel != "denoise_update" || l.dispatch.variant != "wide") continue;
        EXPECT_GT(l.dispatch.constants.back(), 1U) << shape.text();
      }
    }
  }
}

TEST(FuseUpdates, EveryOptimizer) {
  for (const Optimizer kind : optimizers) {
    for (const Shape& shape : {Shape{6, 64}, Shape{3, 37}}) {
      expect_fused(kind, shape,
                   {.bits = 1, .codebook = Codebook::sign_mean, .group = Group::channel()},
                   {"baseline", "wide"});
    }
  }
}

// Other backward modes have no coefficients, and what something else reads must be in memory.
TEST(FuseUpdates, LeavesTheRest) {
  const Perturbation plain{.bits = 2, .group = Group::channel()};
  const auto is_fused = [](const Tensor& d, const Tensor& w, const Tensor& other) {
    std::vector<Tensor> outputs{sgd_step(w, {}, d, {}).parameter};
    if (other) outputs.push_back(other);
    return launches(plan(null_target(), outputs), "denoise_update");
  };
  const Tensor w = input({4, 64}), dy = input({4, 64});
  const Tensor d = gradient_of(w, dy, plain);
  EXPECT_TRUE(is_fused(d, w, {}));
  EXPECT_FALSE(is_fused(d, w, d)) << "an output";
  EXPECT_FALSE(is_fused(d, w, sum(d))) << "another reader";
  const std::vector<Summand> as_it_is{{d, false}}, squared{{d, true}};
  EXPECT_FALSE(is_fused(d, w, sum_of_all(as_it_is))) << "a sum that is not of squares";
  EXPECT_TRUE(is_fused(d, w, sum_of_all(squared)));
  EXPECT_FALSE(is_fused(d, w, sgd_step(w, {}, d, {.rate_scale = 2}).parameter)) << "two updates";
  EXPECT_FALSE(launches(
      plan(null_target(), {sgd_step(w, {}, d, {}).parameter}, {assign(state(d.spec()), d)}),
      "denoise_update"))
      << "an assignment";
  EXPECT_FALSE(is_fused(d * 0.5F, w, {})) << "what is clipped";
  EXPECT_FALSE(is_fused(d, input({4, 64}), {})) << "the step of another tensor";
  Perturbation live = plain;
  live.backward = quant::Backward::live;
  EXPECT_FALSE(is_fused(gradient_of(w, dy, live), w, {}));
}

TEST(FuseUpdates, ChecksWhatItTakes) {
  quant::DenoiseUpdate update;
  update.group = Group::blocks(16);
  const TensorSpec w{{4, 64}, DType::f32}, codes{{4, 64}, DType::s1};
  const TensorSpec coefficients = quant::coefficients_spec(w.shape, update.group);
  const TensorSpec step = step_params().spec();
  EXPECT_EQ(coefficients.shape[1], 4);
  EXPECT_EQ(update.infer(std::vector{w, w, codes, coefficients, step}), std::vector{w});
  const auto refused = [&](const std::vector<TensorSpec>& in, const char* what) {
    try {
      (void)update.infer(in);
      ADD_FAILURE() << what << " taken";
    } catch (const InvalidArgument& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(what)) << error.what();
    }
  };
  const TensorSpec other{{4, 63}, DType::f32},
      rows = quant::coefficients_spec(w.shape, Group::channel());
  refused({w, w, codes, coefficients}, "denoise_update: wrong number of inputs");
  refused({w, other, codes, coefficients, step}, "denoise_update: tensors must be f32");
  refused({w, w, {other.shape, DType::s1}, coefficients, step}, "denoise_update: codes do not fit");
  refused({w, w, codes, rows, step}, "denoise_update: wrong coefficients");
  refused({w, w, codes, coefficients, {{8}, DType::u32}}, "denoise_update: wrong step parameters");
}

// A gate that is not of the sum itself: the sum must be there before the update.
TEST(FuseUpdates, AnUpdateDoesNotWaitForItself) {
  const Tensor w = input({4, 64}), dy = input({4, 64});
  const Tensor d = gradient_of(w, dy, {.bits = 2, .group = Group::channel()});
  const std::vector<Summand> summands{{d, true}};
  const Tensor squares = sum_of_all(summands);
  const Tensor next = sgd_step(w, {}, d, {}, gated_step(squares + 1.0F)).parameter;
  Executable e = compile(test_device(), {next, squares});
  e.set(w, floats(normal(w.shape(), 1)));
  std::vector<float> values = floats(normal(w.shape(), 2));
  e.set(dy, values);
  e.run({.learning_rate = 0.1F});
  const std::vector<float> moved = e.get<float>(next);
  EXPECT_NE(moved, floats(normal(w.shape(), 1)));
  values[77] = std::numeric_limits<float>::infinity();
  e.set(dy, values);
  e.run({.learning_rate = 0.1F});
  EXPECT_EQ(e.get<float>(next), floats(normal(w.shape(), 1)));
}

// Two parameters whose one sum is what gates both and what is shown.
TEST(FuseUpdates, GradientsShareASum) {
  const Tensor w = input({4, 64}), dw = input({4, 64}), u = input({3, 37}), du = input({3, 37});
  const Tensor of_w = gradient_of(w, dw, {.bits = 2, .group = Group::channel()});
  const Tensor of_u = gradient_of(u, du, {.bits = 1, .group = Group::tensor()});
  const std::vector<Summand> summands{{of_w, true}, {of_u, true}};
  const Tensor squares = sum_of_all(summands), gate = gated_step(sum(w), squares);
  const Tensor next_w = sgd_step(w, {}, of_w, {}, gate).parameter;
  const Tensor next_u = sgd_step(u, {}, of_u, {}, gate).parameter;
  CompileOptions apart;
  apart.disabled_passes = {"fuse_updates"};
  Executable alone = compile(test_device(), {next_w, next_u, squares}, {}, apart);
  Executable fused = compile(test_device(), {next_w, next_u, squares});
  ASSERT_FALSE(launches(fused.program(), "sgd_step"));
  std::vector<float> bad = floats(normal(u.shape(), 4));
  bad[50] = std::numeric_limits<float>::quiet_NaN();
  for (const std::vector<float>& values : {floats(normal(u.shape(), 4)), bad}) {
    for (Executable* e : {&alone, &fused}) {
      e->set(w, floats(normal(w.shape(), 1)));
      e->set(dw, floats(normal(w.shape(), 2)));
      e->set(u, floats(normal(u.shape(), 3)));
      e->set(du, values);
      e->run({.learning_rate = 0.1F});
    }
    for (const Tensor& next : {next_w, next_u})
      EXPECT_EQ(fused.get<float>(next), alone.get<float>(next));
    const float want = alone.get<float>(squares)[0], got = fused.get<float>(squares)[0];
    EXPECT_TRUE(std::isnan(want) ? std::isnan(got) : std::abs(got - want) < 1e-5F * want)
        << got << " and " << want;
  }
  EXPECT_EQ(fused.get<float>(next_w), floats(normal(w.shape(), 1)));
}

// The gate of gradients without values lets the step be made: what it looks at is written.
TEST(FuseUpdates, OfNothing) {
  for (const Shape& shape : {Shape{0, 8}, Shape{3, 0}}) {
    for (const Group group : {Group::channel(), Group::tensor()}) {
      const Step s(Optimizer::adam, shape, {.bits = 2, .group = group});
      Executable e = compile(test_device(), s.all());
      for (int i = 0; i < static_cast<int>(e.program().nodes.size()); ++i) {
        const Node& node = *e.program().nodes[static_cast<std::size_t>(i)];
        if (node.operation->name() != "denoise_coefficients") continue;
        EXPECT_EQ(std::ranges::count(e.program().launches, i, &Launch::node),
                  node.outputs[0].shape.count() > 0 ? 1 : 0);
      }
      e.run({.step = 3, .learning_rate = 0.1F});
      EXPECT_EQ(e.get<float>(s.skipped)[0], 0);
      EXPECT_EQ(e.get<float>(s.squares)[0], 0);
    }
  }
}

TEST(FuseUpdates, IsSwitchedOffByTheEnvironment) {
  const Step s(Optimizer::sgd, {4, 64}, {.bits = 2, .group = Group::channel()});
  EXPECT_TRUE(launches(plan(null_target(), s.all()), "denoise_update"));
  const SwitchedOff off("fuse_updates");
  EXPECT_FALSE(launches(plan(null_target(), s.all()), "denoise_update"));
}

// One bad value of the gradient, wherever it is: nothing moves.
TEST(FuseUpdates, ABadGradientSkipsTheStep) {
  for (const Group group : {Group::channel(), Group::blocks(32), Group::tensor()}) {
    for (const Codebook codebook : {Codebook::minmax, Codebook::sign_linear}) {
      const Step s(Optimizer::adam, {5, 96}, {.bits = 1, .codebook = codebook, .group = group});
      Executable e = compile(test_device(), s.all());
      ASSERT_TRUE(launches(e.program(), "denoise_update"));
      set_values(e, s);
      std::vector<float> dy = floats(normal(s.w.shape(), 4));
      for (const std::size_t at : {0, 95, 200, 479}) {
        for (const float bad :
             {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
              std::numeric_limits<float>::quiet_NaN(), 1e30F}) {
          const float good = std::exchange(dy[at], bad);
          e.set(s.dy, dy);
          e.run({.step = 3, .learning_rate = 0.1F});
          EXPECT_EQ(e.get<float>(s.skipped)[0], 1) << bad << " at " << at;
          EXPECT_EQ(e.get<float>(s.outputs[0]), floats(normal(s.w.shape(), 1)));
          EXPECT_EQ(e.get<float>(s.outputs[1]), floats(normal(s.w.shape(), 2)));
          EXPECT_EQ(e.get<float>(s.outputs[2]), floats(uniform(s.w.shape(), 0.1, 1, 3)));
          dy[at] = good;
        }
      }
    }
  }
}

TEST(FuseUpdates, UpdatesInPlaceWithoutACopy) {
  const Tensor w = parameter({8, 64}, {}), m = state({{8, 64}, DType::f32}),
               v = state({{8, 64}, DType::f32}), dy = input({8, 64});
  const Tensor d = gradient_of(w, dy, {.bits = 1, .group = Group::channel()});
  const AdamStepped next = adam_step(w, m, v, d, {});
  for (const char* variant : {"baseline", "wide"}) {
    const Program program =
        plan(null_target(), {},
             {assign(w, next.parameter), assign(m, next.mean), assign(v, next.square)},
             {.forced = {{"denoise_update", variant}}});
    for (const Launch& launch : program.launches) EXPECT_FALSE(launch.dispatch.kernel.empty());
    EXPECT_EQ(program.launches.back().dispatch.kernel, "denoise_update");
    EXPECT_LT(program.temporary_bytes(), w.spec().bytes()) << "less than a gradient";
  }
}

}  // namespace

OP_CASES("denoise_update") {
  for (const Shape& shape : {Shape{6, 128}, Shape{3, 37}}) {
    for (Perturbation p : codebooks()) {
      const bool few = p.bits == 1 || p.bits == 8;
      if (!few && shape[1] != 128) continue;
      // The kernels know a type, and a codebook only as affine or not.
      if (p.codebook == Codebook::absmax || p.codebook == Codebook::power_of_two) continue;
      p.group = p.bits == 4 ? Group::blocks(32) : p.bits == 8 ? Group::tensor() : Group::channel();
      const auto dx = [p, shape](const std::vector<Array>& in) {
        const auto [rows, cols] = as_matrix(shape);
        const reference::QuantInput q{in[0].values, rows, cols, p.resolved()};
        return Array(shape, reference::gradient(q, reference::code(q), in[3].values));
      };
      add({.inputs = {normal(shape, 11), normal(shape, 12), uniform(shape, 0.1, 1, 13),
                      normal(shape, 14)},
           .graph =
               [p](const std::vector<Tensor>& in) {
                 return stepped(Optimizer::adam, in[0], in[1], in[2], gradient_of(in[0], in[3], p),
                                {});
               },
           .reference =
               [dx](const std::vector<Array>& in) {
                 return reference::adam_step({in[0], in[1], in[2], dx(in)},
                                             {.rate = 0.1F, .weight_decay = decay, .step = 3});
               },
           .tolerance = {2e-6},
           .step = {.step = 3, .learning_rate = 0.1F},
           .label =
               fmt::format("adam {} {} bits {}", shape.text(), quant::name(p.codebook), p.bits)});
      if (!few) continue;
      add({.inputs = {normal(shape, 11), normal(shape, 14)},
           .graph =
               [p](const std::vector<Tensor>& in) {
                 return stepped(Optimizer::sgd, in[0], {}, {}, gradient_of(in[0], in[1], p), {});
               },
           .reference =
               [dx](const std::vector<Array>& in) {
                 return std::vector<Array>{
                     reference::sgd_step({in[0], in[1], dx({in[0], in[0], in[0], in[1]})},
                                         {.rate = 1, .weight_decay = decay})[0]};
               },
           .tolerance = {2e-6},
           .step = {.step = 1, .learning_rate = 1},
           .label =
               fmt::format("sgd {} {} bits {}", shape.text(), quant::name(p.codebook), p.bits)});
    }
  }
}

}  // namespace ridgeback::test
