// SPDX-License-Identifier: Apache-2.0
// The gradient of a relu as part of the gradient of the denoised value.
#include "ridgeback/quant/fuse_gates.hpp"

#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/switched_off.hpp"

namespace ridgeback::test {
namespace {

using quant::Codebook;
using quant::Group;
using quant::Perturbation;

bool launches_gate(const Program& program) {
  return std::ranges::any_of(program.launches,
                             [](const Launch& l) { return l.label == "gate_positive"; });
}

// z -> relu -> denoise, and the gradient of z.
struct Net {
  Tensor z, dy, x, dz;
  Net(const Shape& shape, const Perturbation& options)
      : z(input(shape)), dy(input(shape)), x(relu(z)) {
    const quant::Perturbed p = quant::perturb(x, options.resolved(), {});
    const Tensor x_hat = quant::dequantize(p.codes, p.factors, options.resolved().group);
    dz = gradient(x_hat * dy, {z})[0];
  }
};

void expect_same(const Shape& shape, const Perturbation& options, bool fused,
                 const std::string& variant = {}) {
  SCOPED_TRACE(fmt::format("{} {} {}", shape.text(), quant::text(options.resolved()), variant));
  const Net net(shape, options);
  std::vector<std::uint32_t> results[2];
  for (const bool with : {false, true}) {
    CompileOptions choice{.guards = true};
    if (!variant.empty()) choice.forced = {{"denoise_backward", variant}};
    if (!with) choice.disabled_passes = {"fuse_gates"};
    Executable e = compile(test_device(), {net.dz}, {}, choice);
    EXPECT_EQ(launches_gate(e.program()), !(with && fused));
    e.set(net.z, floats(normal(shape, 1)));
    e.set(net.dy, floats(normal(shape, 2)));
    e.run();
    e.check_guards();
    results[with] = e.get<std::uint32_t>(net.dz);
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST(FuseGates, TheGateIsPartOfTheGradient) {
  for (const Codebook codebook : {Codebook::minmax, Codebook::sign_mean}) {
    for (const Shape& shape : {Shape{6, 128}, Shape{4, 37}})
      expect_same(shape, {.bits = 1, .codebook = codebook, .group = Group::channel()}, true);
  }
  for (const char* variant : {"baseline", "wide", "team"})
    expect_same({5, 192}, {.bits = 4, .group = Group::blocks(64)}, true, variant);
  expect_same({3, 64}, {.bits = 2, .group = Group::tensor()}, true);
  expect_same({3, 64}, {.bits = 2, .group = Group::channel(), .backward = quant::Backward::live},
              true);
}

TEST(FuseGates, LeavesTheRest) {
  const auto gates = [](const std::vector<Tensor>& outputs) {
    return launches_gate(plan(null_target(), outputs));
  };
  const Perturbation plain{.bits = 2, .group = Group::channel()};
  const Net net({4, 64}, plain);
  EXPECT_FALSE(gates({net.dz}));
  // Another reader of the gradient of x, and a gate of another value.
  const quant::Perturbed p = quant::perturb(net.x, plain.resolved(), {});
  const Tensor x_hat = quant::dequantize(p.codes, p.factors, plain.resolved().group);
  const Tensor dx = gradient(x_hat * net.dy, {net.x})[0];
  EXPECT_TRUE(gates({gate_positive(dx, net.x), dx}));
  EXPECT_TRUE(gates({gate_positive(dx, net.x), sum(dx)}));
  EXPECT_TRUE(gates({gate_positive(dx, net.dy)}));
  EXPECT_TRUE(gates({gate_positive(net.x, dx)}));
  const Tensor kept = state(dx.spec());
  EXPECT_TRUE(launches_gate(plan(null_target(), {gate_positive(dx, net.x)}, {assign(kept, dx)})));
}

// Their kernel has no gate.
TEST(FuseGates, LeavesGradientsOfValuesTakenAlone) {
  expect_same({4, 64}, {.bits = 4, .estimator = quant::Estimator::cge_tanh}, false);
}

TEST(FuseGates, IsSwitchedOffByTheEnvironment) {
  const Net net({4, 64}, {.bits = 2, .group = Group::channel()});
  const SwitchedOff off("fuse_gates");
  EXPECT_TRUE(launches_gate(plan(null_target(), {net.dz})));
}

}  // namespace
}  // namespace ridgeback::test
