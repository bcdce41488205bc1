// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/optimizer_steps.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/step.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <gtest/gtest.h>
#include <limits>
#include <utility>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "reference/optimizers.hpp"

namespace ridgeback::test {
namespace {

constexpr float rate = 0.03F;

TEST(OptimizerSteps, RefuseWhatDoesNotFit) {
  const Tensor w = input({4}), g = input({4}), other = input({5});
  EXPECT_THROW((void)sgd_step(w, {}, other, {}), InvalidArgument);
  EXPECT_THROW((void)sgd_step(w, g, g, {}), InvalidArgument);
  EXPECT_THROW((void)sgd_step(w, {}, g, {.momentum = 0.9F}), InvalidArgument);
  EXPECT_THROW((void)sgd_step(w, {}, g, {.nesterov = true}), InvalidArgument);
  EXPECT_THROW((void)sgd_step(w, g, g, {.momentum = 1}), InvalidArgument);
  EXPECT_THROW((void)sgd_step(w, {}, g, {.weight_decay = -1}), InvalidArgument);
  EXPECT_THROW((void)adam_step(w, g, other, g, {}), InvalidArgument);
  EXPECT_THROW((void)adam_step(w, g, g, g, {.beta1 = 1}), InvalidArgument);
  EXPECT_THROW((void)adam_step(w, g, g, g, {.beta2 = -0.1}), InvalidArgument);
  EXPECT_THROW((void)adam_step(w, g, g, input({4}, DType::i32), {}), InvalidArgument);
}

TEST(OptimizerSteps, HaveNoGradient) {
  const Tensor w = input({4}), g = input({4});
  const Tensor next = sgd_step(w, {}, g, {}).parameter;
  EXPECT_THROW((void)gradient(next, {w}), Unsupported);
}

TEST(OptimizerSteps, UpdateInPlaceWithoutACopy) {
  const Tensor w = parameter({37}, {}), m = state({{37}, DType::f32}),
               v = state({{37}, DType::f32}), g = input({37});
  const AdamStepped stepped = adam_step(w, m, v, g, {});
  const Program program =
      plan(test_device().target(), {},
           {assign(w, stepped.parameter), assign(m, stepped.mean), assign(v, stepped.square)});
  EXPECT_EQ(program.launches.size(), 1U);
  EXPECT_EQ(program.temporary_bytes(), 0);
}

// The bias corrections of late and early steps alike, to single precision: beta^t cancels against 1
// at the start and vanishes at the end.
TEST(OptimizerSteps, AdamCorrectsTheBiasOfEveryStep) {
  const Tensor w = input({1}), m = input({1}), v = input({1}), g = input({1});
  const AdamStepped stepped = adam_step(w, m, v, g, {.beta1 = 0.5, .beta2 = 0.9999});
  Executable e = compile(test_device(), {stepped.parameter});
  e.set(w, std::vector<float>{0});
  e.set(m, std::vector<float>{0.25F});
  e.set(v, std::vector<float>{4});
  e.set(g, std::vector<float>{1});
  for (const std::uint32_t t : {1U, 2U, 3U, 10U, 100U, 3000U, 7000U, 100000U, 100000000U}) {
    e.run({.step = t, .learning_rate = 1});
    const auto want = reference::adam_step(
        {Array({1}, {0}), Array({1}, {0.25}), Array({1}, {4}), Array({1}, {1})},
        {.rate = 1, .beta1 = 0.5, .beta2 = 0.9999, .step = static_cast<int>(t)})[0][0];
    EXPECT_NEAR(static_cast<double>(e.get<float>(stepped.parameter)[0]) / want, 1, 1e-6) << t;
  }
}

// What `checked` says of a step: whether updates are dropped.
const std::vector<std::pair<double, double>>& checked_values() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  static const std::vector<std::pair<double, double>> values{
      {0, 0},        {-3e38, 0},     {1e-40, 0},
      {infinity, 1}, {-infinity, 1}, {std::numeric_limits<double>::quiet_NaN(), 1}};
  return values;
}

TEST(GatedStep, KeepsTheOtherStepParameters) {
  const Tensor checked = input({}), w = input({3}), g = input({3});
  const Tensor next = sgd_step(w, {}, g, {}, gated_step(checked)).parameter;
  Executable e = compile(test_device(), {next});
  e.set(w, std::vector<float>{1, 2, 3});
  e.set(g, std::vector<float>{1, 1, -1});
  e.set(checked, std::vector<float>{5});
  e.run({.step = 1, .learning_rate = 0.5F});
  EXPECT_EQ(e.get<float>(next), (std::vector<float>{0.5F, 1.5F, 3.5F}));
}

TEST(GatedStep, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)gated_step(input({2})), InvalidArgument);
  EXPECT_THROW((void)gated_step(input({}), input({2})), InvalidArgument);
  EXPECT_THROW((void)gated_step(input({1}, DType::i32)), InvalidArgument);
  EXPECT_THROW((void)step_skipped(input({4})), InvalidArgument);
  EXPECT_THROW((void)sgd_step(input({4}), {}, input({4}), {}, input({4})), InvalidArgument);
}

}  // namespace

OP_CASES("gate_step") {
  for (const auto& [value, skipped] : checked_values()) {
    add({.inputs = {exactly({1}, {value})},
         .graph = [](auto in) { return step_skipped(gated_step(in[0])); },
         .reference = [skipped = skipped](const Array&) { return Array({}, {skipped}); }});
    // Either of two.
    for (const bool first : {true, false}) {
      add({.inputs = {exactly({1}, {first ? value : 1}), exactly({}, {first ? 1 : value})},
           .graph = [](auto in) { return step_skipped(gated_step(in[0], in[1])); },
           .reference = [skipped = skipped](const Array&,
                                            const Array&) { return Array({}, {skipped}); }});
    }
  }
}

// In a skipped step everything stays, gradients that are not finite notwithstanding.
OP_CASES("skipped_update") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto gate = [](const std::vector<Tensor>& in) { return gated_step(in.back()); };
  const auto unchanged = [](std::size_t states) {
    return [states](const std::vector<Array>& in) {
      return std::vector<Array>(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(states));
    };
  };
  for (const Shape& s : {Shape{1}, Shape{7, 113}, Shape{4, 64}}) {
    const Input w = uniform(s, -1, 1), a = uniform(s, 0, 1, 2), b = uniform(s, 0, 1, 3);
    const Input g = exactly(s, std::vector<double>(static_cast<std::size_t>(s.count()), nan));
    const Input bad = exactly({1}, {nan});
    add({.inputs = {w, g, bad},
         .graph = [=](auto in) { return sgd_step(in[0], {}, in[1], {}, gate(in)).parameter; },
         .reference = unchanged(1),
         .tolerance = epsilons(0),
         .step = {.step = 3, .learning_rate = rate},
         .label = "sgd_" + std::to_string(s.count())});
    add({.inputs = {w, a, g, bad},
         .graph =
             [=](auto in) {
               const auto stepped = sgd_step(in[0], in[1], in[2], {.momentum = 0.9F}, gate(in));
               return std::vector<Tensor>{stepped.parameter, stepped.velocity};
             },
         .reference = unchanged(2),
         .tolerance = epsilons(0),
         .step = {.step = 3, .learning_rate = rate},
         .label = "momentum_" + std::to_string(s.count())});
    add({.inputs = {w, a, b, g, bad},
         .graph =
             [=](auto in) {
               const auto stepped = adam_step(in[0], in[1], in[2], in[3], {}, gate(in));
               return std::vector<Tensor>{stepped.parameter, stepped.mean, stepped.square};
             },
         .reference = unchanged(3),
         .tolerance = epsilons(0),
         .step = {.step = 3, .learning_rate = rate},
         .label = "adam_" + std::to_string(s.count())});
  }
}

OP_CASES("sgd_step") {
  const StepParams step{.step = 1, .learning_rate = rate};
  for (const Shape& s : awkward_shapes()) {
    add({.inputs = {uniform(s, -1, 1), uniform(s, -1, 1, 2)},
         .graph =
             [](auto in) {
               return sgd_step(in[0], {}, in[1], {.weight_decay = 0.2F, .rate_scale = 0.5F})
                   .parameter;
             },
         .reference =
             [](const Array& w, const Array& g) {
               return reference::sgd_step({w, Array(w.shape), g},
                                          {.rate = 0.5 * rate, .weight_decay = 0.2F})[0];
             },
         .tolerance = epsilons(2),
         .step = step});
  }
  for (const bool nesterov : {false, true}) {
    for (const Shape& s : {Shape{0}, Shape{1}, Shape{7, 113}, Shape{3, 700}, Shape{1 << 17}}) {
      add({.inputs = {uniform(s, -1, 1), uniform(s, -1, 1, 2), uniform(s, -1, 1, 3)},
           .graph =
               [nesterov](auto in) {
                 const SgdStepped stepped =
                     sgd_step(in[0], in[1], in[2],
                              {.momentum = 0.9F, .nesterov = nesterov, .weight_decay = 0.2F});
                 return std::vector<Tensor>{stepped.parameter, stepped.velocity};
               },
           .reference =
               [nesterov](const std::vector<Array>& in) {
                 return reference::sgd_step(
                     in,
                     {.rate = rate, .momentum = 0.9F, .nesterov = nesterov, .weight_decay = 0.2F});
               },
           .tolerance = epsilons(4),
           .step = step,
           .label = nesterov ? "nesterov" : "momentum"});
    }
  }
}

OP_CASES("adam_step") {
  for (const bool decoupled : {false, true}) {
    for (const int t : {1, 2, 1000}) {
      for (const Shape& s : {Shape{0}, Shape{1}, Shape{7, 113}, Shape{3, 700}}) {
        add({.inputs = {uniform(s, -1, 1), uniform(s, -1, 1, 2), uniform(s, 0, 1, 3),
                        uniform(s, -1, 1, 4)},
             .graph =
                 [decoupled](auto in) {
                   const AdamStepped stepped =
                       adam_step(in[0], in[1], in[2], in[3],
                                 {.weight_decay = 0.3F, .decoupled = decoupled, .rate_scale = 2});
                   return std::vector<Tensor>{stepped.parameter, stepped.mean, stepped.square};
                 },
             .reference =
                 [decoupled, t](const std::vector<Array>& in) {
                   return reference::adam_step(in, {.rate = 2.0 * rate,
                                                    .epsilon = 1e-8F,
                                                    .weight_decay = 0.3F,
                                                    .decoupled = decoupled,
                                                    .step = t});
                 },
             .tolerance = epsilons(8),
             .step = {.step = static_cast<std::uint32_t>(t), .learning_rate = rate},
             .label = decoupled ? "decoupled" : "coupled"});
      }
    }
  }
  // Nothing but the sign of a first gradient counts, large or small.
  add({.inputs = {exactly({5}, {0, 0, 0, 0, 1}), exactly({5}, {0, 0, 0, 0, 0}),
                  exactly({5}, {0, 0, 0, 0, 0}), exactly({5}, {1e-3, -1e-3, 1e15, -1e15, 0})},
       .graph =
           [](auto in) { return adam_step(in[0], in[1], in[2], in[3], {.beta1 = 0}).parameter; },
       .reference =
           [](const std::vector<Array>& in) {
             return reference::adam_step(in, {.rate = rate, .beta1 = 0, .epsilon = 1e-8F})[0];
           },
       .tolerance = epsilons(8),
       .step = {.step = 1, .learning_rate = rate},
       .label = "signs"});
  add({.inputs = {uniform({1 << 21}, -1, 1), uniform({1 << 21}, -1, 1, 2),
                  uniform({1 << 21}, 0, 1, 3), uniform({1 << 21}, -1, 1, 4)},
       .graph =
           [](auto in) {
             const AdamStepped stepped = adam_step(in[0], in[1], in[2], in[3], {});
             return std::vector<Tensor>{stepped.parameter, stepped.mean, stepped.square};
           },
       .reference = [](const std::vector<Array>& in) { return reference::adam_step(in, {}); },
       .step = {.step = 1, .learning_rate = rate},
       .bytes = 28.0 * (1 << 21),
       .bench_only = true});
}

}  // namespace ridgeback::test
