// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/shape.hpp"

#include "ridgeback/core/error.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace ridgeback {
namespace {

TEST(Shape, CountsElementsAndNamesAxesFromBothEnds) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape.rank(), 3);
  EXPECT_EQ(shape.count(), 30);
  EXPECT_EQ(shape.count(1, 3), 15);
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[-1], 5);
  EXPECT_EQ(shape.normalize(-3), 0);
  EXPECT_EQ(shape.text(), "[2, 3, 5]");
  EXPECT_EQ(Shape{}.count(), 1);
  EXPECT_EQ(Shape{}.text(), "[]");
  EXPECT_EQ((Shape{4, 0, 7}).count(), 0);
  for (const int axis : {3, -4}) {
    EXPECT_THROW(static_cast<void>(shape.normalize(axis)), InvalidArgument) << axis;
  }
}

TEST(Shape, CopiesChangeOneAxis) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape.with(-1, 7), (Shape{2, 3, 7}));
  EXPECT_EQ(shape.without(1), (Shape{2, 5}));
  EXPECT_EQ(shape.without(-3), (Shape{3, 5}));
  EXPECT_THROW(static_cast<void>(shape.with(0, -1)), InvalidArgument);
  EXPECT_EQ((Shape{2, 3}), (Shape{2, 5}).with(1, 3)) << "equality looks at used extents only";
}

TEST(Shape, ImpossibleShapesAreRefused) {
  EXPECT_THROW((Shape{1, -1}), InvalidArgument);
  EXPECT_THROW((Shape{1, 1, 1, 1, 1, 1, 1}), InvalidArgument);
  EXPECT_NO_THROW((Shape{std::int64_t{1} << 20, std::int64_t{1} << 20}));
  EXPECT_THROW((Shape{std::int64_t{1} << 20, (std::int64_t{1} << 20) + 1}), InvalidArgument);
  EXPECT_THROW((Shape{std::int64_t{1} << 62, 4}), InvalidArgument);
  EXPECT_THROW((Shape{0, std::int64_t{1} << 62, 4}), InvalidArgument)
      << "a zero does not excuse the rest";
}

TEST(Shape, BroadcastAlignsTrailingAxes) {
  EXPECT_EQ(broadcast({4, 1, 3}, {5, 1}, "add"), (Shape{4, 5, 3}));
  EXPECT_EQ(broadcast({}, {2, 3}, "add"), (Shape{2, 3}));
  EXPECT_EQ(broadcast({1}, {0}, "add"), (Shape{0}));
  try {
    static_cast<void>(broadcast({2, 3}, {2}, "add"));
    FAIL();
  } catch (const InvalidArgument& error) {
    EXPECT_EQ(std::string(error.what()), "add: shapes do not broadcast (got [2, 3] and [2])");
  }
}

TEST(Shape, AMatrixHasTheLastAxisAsColumns) {
  EXPECT_EQ(as_matrix({2, 3, 5}).rows, 6);
  EXPECT_EQ(as_matrix({2, 3, 5}).cols, 5);
  EXPECT_EQ(as_matrix({7}).rows, 1);
  EXPECT_EQ(as_matrix({}).cols, 1);
}

TEST(Shape, ProductsThatOverflowAreRefused) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(checked_multiply(most, 1, "x"), most);
  EXPECT_EQ(checked_multiply(0, most, "x"), 0);
  EXPECT_THROW(static_cast<void>(checked_multiply(most, 2, "x")), InvalidArgument);
  EXPECT_THROW(static_cast<void>(checked_multiply(-1, 2, "x")), InvalidArgument);
  EXPECT_EQ(round_up(33, 32), 64);
  EXPECT_EQ(round_up(64, 32), 64);
  EXPECT_EQ(ceil_div(33, 32), 2);
  EXPECT_EQ(ceil_div(0, 32), 0);
}

}  // namespace
}  // namespace ridgeback
