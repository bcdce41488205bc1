// SPDX-License-Identifier: Apache-2.0
// Chains of elementwise operations as one launch: same bits, fewer launches.
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/chain.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <bit>
#include <gtest/gtest.h>
#include <random>

#include "harness/device.hpp"
#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

struct Ran {
  std::vector<std::vector<float>> results;
  std::size_t launches = 0;
};

Ran run(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs, bool fuse) {
  CompileOptions options;
  if (!fuse) options.disabled_passes = {"fuse_elementwise"};
  Executable executable = compile(test_device(), outputs, {}, options);
  std::mt19937 random(17);
  std::uniform_real_distribution<float> values(-2, 2);
  for (const Tensor& in : inputs) {
    std::vector<float> data(static_cast<std::size_t>(in.shape().count()));
    for (float& value : data) value = values(random);
    executable.set<float>(in, data);
  }
  executable.run();
  Ran result;
  for (const Tensor& output : outputs) result.results.push_back(executable.get<float>(output));
  result.launches = executable.program().launches.size();
  return result;
}

void expect_fused(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                  std::size_t launches) {
  const Ran alone = run(outputs, inputs, false), together = run(outputs, inputs, true);
  EXPECT_EQ(together.launches, launches) << alone.launches << " one by one";
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    ASSERT_EQ(together.results[i].size(), alone.results[i].size());
    for (std::size_t j = 0; j < alone.results[i].size(); ++j) {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(together.results[i][j]),
                std::bit_cast<std::uint32_t>(alone.results[i][j]))
          << "output " << i << " at " << j << ": " << together.results[i][j] << " and "
          << alone.results[i][j];
    }
  }
}

TEST(FuseElementwise, ChainsBecomeOneLaunch) {
  for (const std::int64_t cols : {1, 3, 4, 64, 129}) {
    const Tensor a = input({7, cols}), b = input({7, cols}), c = input({7, cols});
    expect_fused({relu(a * b + c) * 0.25F}, {a, b, c}, 1);
    expect_fused({gelu(exp(a) - b / (1.0F + square(c)))}, {a, b, c}, 1);
  }
}

TEST(FuseElementwise, OperandsMayRepeat) {
  const Tensor x = input({9, 32}), bias = input({32}), scale = input({1, 32}), one = input({1});
  expect_fused({tanh(x * scale + bias) * one}, {x, bias, scale, one}, 1);
  expect_fused({(x + x) * (x + x)}, {x}, 1);
}

// Rows that 4 does not divide, and columns, are what only the operation itself can read.
TEST(FuseElementwise, OtherBroadcastsStay) {
  const Tensor x = input({9, 31}), bias = input({31}), column = input({9, 1});
  expect_fused({relu(x + bias)}, {x, bias}, 2);
  expect_fused({relu(x * 2.0F) + column}, {x, column}, 2);
}

TEST(FuseElementwise, ValuesThatOthersReadStay) {
  const Tensor x = input({5, 8});
  const Tensor shared = exp(x);
  expect_fused({shared * 2.0F + 1.0F, shared}, {x}, 2);
  expect_fused({sum(shared), relu(shared - 1.0F)}, {x}, 3);
}

// All of its readers are in one chain.
TEST(FuseElementwise, ValuesThatOneChainReadsSeveralTimesAreDrawnIn) {
  const Tensor x = input({5, 8}), g = input({5, 8});
  const Tensor s = sigmoid(x);
  expect_fused({g * s * (1.0F + x * (1.0F - s))}, {x, g}, 1);
}

TEST(FuseElementwise, LongChainsAreCut) {
  const Tensor x = input({4, 20});
  Tensor y = x;
  for (int i = 0; i < 20; ++i) y = i % 3 == 0 ? sin(y) : i % 3 == 1 ? y * 1.5F : y + 0.25F;
  expect_fused({y}, {x}, 3);
  std::vector<Tensor> inputs;
  for (int i = 0; i < 9; ++i) inputs.push_back(input({4, 20}));
  Tensor total = inputs[0];
  for (int i = 1; i < 9; ++i) total = total + inputs[static_cast<std::size_t>(i)];
  expect_fused({total}, inputs, 2);
}

// Expressions drawn at random, with values read once and more often, of all kinds of operands.
TEST(FuseElementwise, AnyExpressionKeepsItsBits) {
  std::mt19937 random(23);
  const auto pick = [&](std::size_t count) { return random() % count; };
  for (int i = 0; i < 24; ++i) {
    const std::int64_t cols = std::int64_t{4} * (1 + static_cast<std::int64_t>(pick(9)));
    const std::vector<Tensor> inputs{input({6, cols}), input({6, cols}), input({cols}), input({1})};
    std::vector<Tensor> values = inputs;
    for (int step = 0; step < 14; ++step) {
      // The full-sized ones first, so that the result has that size.
      const Tensor a = values[pick(2) == 0 ? values.size() - 1 : pick(2)];
      const Tensor full = a.shape().count() == 6 * cols ? a : values[0];
      const Tensor b = values[pick(values.size())];
      switch (pick(8)) {
        case 0:
          values.push_back(full + b);
          break;
        case 1:
          values.push_back(full - b);
          break;
        case 2:
          values.push_back(full * b);
          break;
        case 3:
          values.push_back(maximum(full, b));
          break;
        case 4:
          values.push_back(gate_positive(full, b));
          break;
        case 5:
          values.push_back(sigmoid(full));
          break;
        case 6:
          values.push_back(full * 0.5F);
          break;
        default:
          values.push_back(clamp(full, -1.0F, 1.5F));
          break;
      }
    }
    // Every input has a reader.
    const Tensor y = values.back() + inputs[0] * inputs[1] - inputs[2] * inputs[3];
    const Ran alone = run({y}, inputs, false);
    const Ran together = run({y}, inputs, true);
    EXPECT_LT(together.launches, alone.launches);
    EXPECT_EQ(together.results, alone.results) << "expression " << i;
  }
}

// Every variant of the kernel, with guard words and in place.
OP_CASES("elementwise") {
  for (const std::int64_t cols : {4, 7, 36}) {
    add({.inputs = {uniform({5, cols}, -2, 2), uniform({5, cols}, -2, 2)},
         .graph = [](auto in) { return relu(in[0] * in[1] + in[0]) - 0.5F; },
         .reference =
             [](const Array& a, const Array& b) {
               Array y = a;
               for (std::size_t i = 0; i < y.values.size(); ++i)
                 y.values[i] = std::max(0.0, a.values[i] * b.values[i] + a.values[i]) - 0.5;
               return y;
             },
         .tolerance = epsilons(4)});
  }
}

}  // namespace
}  // namespace ridgeback::test
