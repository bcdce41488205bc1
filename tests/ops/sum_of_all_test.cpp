// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/sum_of_all.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <limits>

#include "harness/device.hpp"
#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

// Every second one squared, or all of them, or none.
enum class Powers : std::uint8_t { mixed, squares, values };

bool is_squared(Powers powers, std::size_t i) {
  return powers == Powers::squares || (powers == Powers::mixed && i % 2 == 1);
}

Tensor total(const std::vector<Tensor>& in, Powers powers) {
  std::vector<Summand> summands;
  for (std::size_t i = 0; i < in.size(); ++i) summands.push_back({in[i], is_squared(powers, i)});
  return sum_of_all(summands);
}

Array reference_total(const std::vector<Array>& in, Powers powers) {
  double sum = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    for (std::int64_t j = 0; j < in[i].count(); ++j)
      sum += is_squared(powers, i) ? in[i][j] * in[i][j] : in[i][j];
  }
  return Array({}, {sum});
}

TEST(SumOfAll, ReadsSevenTensorsInALaunch) {
  const auto launches = [](std::size_t tensors) {
    std::vector<Summand> summands;
    for (std::size_t i = 0; i < tensors; ++i) summands.push_back({input({3, 5}), true});
    return plan(null_target(), {sum_of_all(summands)}).launches.size();
  };
  EXPECT_EQ(launches(1), 2U);
  EXPECT_EQ(launches(7), 2U);
  EXPECT_EQ(launches(8), 3U);
  EXPECT_EQ(launches(15), 4U);
}

TEST(SumOfAll, RefusesWhatDoesNotFit) {
  const std::vector<Summand> words{{input({3}, DType::u32), false}};
  EXPECT_THROW((void)sum_of_all(words), InvalidArgument);
  const std::vector<Summand> null{{Tensor{}, false}};
  EXPECT_THROW((void)sum_of_all(null), InvalidArgument);
}

TEST(SumOfAll, OfNothingIsZero) {
  const Tensor none = sum_of_all({});
  Executable e = compile(test_device(), {none});
  e.run();
  EXPECT_EQ(e.get<float>(none)[0], 0);
}

// Wherever it is: in the first and last value of each tensor, in whole vectors and in their rest.
TEST(SumOfAll, OneBadValueIsSeen) {
  std::vector<Tensor> in{input({2, 700}), input({1}), input({13}), input({4, 300})};
  const Tensor sum = total(in, Powers::mixed);
  Executable e = compile(test_device(), {sum});
  std::vector<std::vector<float>> values;
  for (const Tensor& tensor : in)
    values.emplace_back(static_cast<std::size_t>(tensor.shape().count()), 0.5F);
  for (const float bad :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
        std::numeric_limits<float>::quiet_NaN()}) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      for (const std::size_t at : {std::size_t{0}, values[i].size() - 1}) {
        values[i][at] = bad;
        for (std::size_t j = 0; j < in.size(); ++j) e.set(in[j], values[j]);
        e.run();
        EXPECT_FALSE(std::isfinite(e.get<float>(sum)[0])) << bad << " in " << i << " at " << at;
        values[i][at] = 0.5F;
      }
    }
  }
}

}  // namespace

OP_CASES("sum_of_all") {
  const std::vector<std::vector<Shape>> lists{
      {{1}},
      {{}, {5}},
      {{7, 113}, {4, 64}, {3}},
      {{0}, {2, 3}, {5, 0}},
      {{0}},
      {{3000}, {1}, {2, 2}, {17}, {1031}, {64}, {6}, {9, 9}, {257}},
  };
  for (const auto& shapes : lists) {
    std::vector<Input> inputs;
    std::int64_t values = 0;
    for (const Shape& shape : shapes) {
      inputs.push_back(uniform(shape, -1, 1.5, inputs.size() + 1));
      values += shape.count();
    }
    for (const Powers powers : {Powers::mixed, Powers::squares, Powers::values}) {
      add({.inputs = inputs,
           .graph = [=](const std::vector<Tensor>& in) { return total(in, powers); },
           .reference = [=](const std::vector<Array>& in) { return reference_total(in, powers); },
           .tolerance = epsilons(8),
           .gradient = values > 0 && values < 1000,
           .label = fmt::format("{} tensors of {} powers {}", shapes.size(), values,
                                static_cast<int>(powers))});
    }
  }
  // Whole numbers add up exactly in any order.
  add({.inputs = {integers({300, 101}, -9, 9), integers({40001}, -5, 5)},
       .graph = [](const std::vector<Tensor>& in) { return total(in, Powers::mixed); },
       .reference = [](const std::vector<Array>& in) { return reference_total(in, Powers::mixed); },
       .tolerance = exact(),
       .label = "whole numbers"});
  add({.inputs = {uniform({2048, 784}, -1, 1), uniform({2048, 2048}, -1, 1, 2)},
       .graph = [](const std::vector<Tensor>& in) { return total(in, Powers::squares); },
       .reference =
           [](const std::vector<Array>& in) { return reference_total(in, Powers::squares); },
       .bytes = 4.0 * 2048 * (784 + 2048),
       .bench_only = true});
}

}  // namespace ridgeback::test
