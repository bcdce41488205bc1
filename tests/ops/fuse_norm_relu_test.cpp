// SPDX-License-Identifier: Apache-2.0
// The relu after a batch norm, written by the norm.
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/switched_off.hpp"

namespace ridgeback::test {
namespace {

struct Net {
  Tensor x, gamma, beta;
  BatchNormed normed;
  explicit Net(const Shape& shape)
      : x(input(shape)),
        gamma(input({shape[-1]})),
        beta(input({shape[-1]})),
        normed(batch_norm(x, gamma, beta, 1e-5F)) {}
};

bool launches_relu(const Program& program) {
  return std::ranges::any_of(program.launches,
                             [](const Launch& l) { return l.label.find("relu") == 0; });
}

void expect_same(const Net& net, const std::vector<Tensor>& outputs, bool fused) {
  for (const char* variant : {"baseline", "wide"}) {
    std::vector<std::vector<std::uint32_t>> results[2];
    for (const bool with : {false, true}) {
      CompileOptions options{.forced = {{"column_norm", variant}}, .guards = true};
      if (!with) options.disabled_passes = {"fuse_norm_relu"};
      Executable e = compile(test_device(), outputs, {}, options);
      EXPECT_EQ(launches_relu(e.program()), !(with && fused));
      for (const Tensor& in : {net.x, net.gamma, net.beta})
        e.set(in, floats(normal(in.shape(), in.shape().count() % 100 + (in.is(net.beta) ? 7 : 0))));
      e.run();
      e.check_guards();
      for (const Tensor& output : outputs) results[with].push_back(e.get<std::uint32_t>(output));
    }
    EXPECT_EQ(results[0], results[1]) << variant;
  }
}

TEST(FuseNormRelu, TheNormWritesTheRelu) {
  for (const Shape& shape : {Shape{9, 32}, Shape{5, 13}}) {
    const Net net(shape);
    const Tensor y = relu(net.normed.y);
    expect_same(net, {y, net.normed.mean, net.normed.variance}, true);
    const Tensor loss = sum(square(y));
    std::vector<Tensor> outputs = gradient(loss, {net.x, net.gamma, net.beta});
    outputs.push_back(loss);
    expect_same(net, outputs, true);
  }
}

TEST(FuseNormRelu, WhatOthersReadStays) {
  const Net net({6, 8});
  expect_same(net, {relu(net.normed.y), net.normed.y}, false);
  expect_same(net, {relu(net.normed.y), sum(net.normed.y)}, false);
  const Tensor kept = state(net.normed.y.spec());
  EXPECT_TRUE(
      launches_relu(plan(null_target(), {relu(net.normed.y)}, {assign(kept, net.normed.y)})));
}

// y is not the norm's only output.
TEST(FuseNormRelu, TheReluOfAMeanStays) {
  const Net net({6, 8});
  expect_same(net, {relu(net.normed.y), relu(net.normed.mean)}, false);
}

TEST(FuseNormRelu, IsSwitchedOffByTheEnvironment) {
  const Tensor y = relu(Net({6, 8}).normed.y);
  EXPECT_FALSE(launches_relu(plan(null_target(), {y})));
  const SwitchedOff off("fuse_norm_relu");
  EXPECT_TRUE(launches_relu(plan(null_target(), {y})));
}

}  // namespace
}  // namespace ridgeback::test
