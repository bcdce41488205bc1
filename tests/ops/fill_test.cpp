// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/fill.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/step.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

OP_CASES("fill") {
  for (const Shape& shape : awkward_shapes()) {
    add({.inputs = {},
         .graph = [shape](auto) { return fill(shape, 2.5F); },
         .reference =
             [shape](const std::vector<Array>&) {
               Array y(shape);
               std::ranges::fill(y.values, 2.5);
               return y;
             },
         .tolerance = exact(),
         .label = shape.text()});
  }
}

OP_CASES("step_value") {
  StepParams step;
  step.step = 41;
  step.learning_rate = 0.125F;
  step.lambda_scale = 3.0F;
  step.user[7] = -2.0F;
  add({.inputs = {},
       .graph =
           [](auto) {
             return std::vector<Tensor>{
                 step_value(StepField::step), step_value(StepField::learning_rate),
                 step_value(StepField::lambda_scale), step_user(0), step_user(7)};
           },
       .reference =
           [](const std::vector<Array>&) {
             std::vector<Array> all;
             for (const double value : {41.0, 0.125, 3.0, 0.0, -2.0}) {
               all.emplace_back(Shape{}, std::vector<double>{value});
             }
             return all;
           },
       .tolerance = exact(),
       .step = step});
  add({.inputs = {uniform({7, 5}, -1, 1)},
       .graph = [](auto in) { return step_value(StepField::learning_rate) * in[0]; },
       .reference = [](const Array& x) { return map(x, [](double v) { return 0.125 * v; }); },
       .tolerance = exact(),
       .gradient = true,
       .step = step});
}

TEST(Fill, StaysKnownWhileBuilding) {
  EXPECT_EQ(fill_value(fill({3}, 2.0F)), 2.0F);
  EXPECT_EQ(fill_value(constant(4.0F)), 4.0F);
  EXPECT_EQ(fill_value(reshape(fill({6}, 2.0F), {2, 3})), 2.0F);
  EXPECT_EQ(fill_value(broadcast_to(ones({1}), {5})), 1.0F);
  EXPECT_FALSE(fill_value(input({1})));
  const std::vector<float> two{1, 2};
  EXPECT_FALSE(fill_value(constant({2}, two)));
  EXPECT_THROW((void)step_user(8), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
