// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/readers.hpp"

#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"

#include <gtest/gtest.h>

namespace ridgeback {
namespace {

TEST(Readers, AreNodesOutputsAndAssignments) {
  const Tensor x = input({4, 8}), kept = state(x.spec());
  const BatchNormed normed = batch_norm(x, {}, {}, 1e-5F);
  const Tensor twice = normed.y + normed.y;
  const Readers readers({{twice, normed.mean}, {assign(kept, normed.y)}});
  const auto of_y = readers.of(normed.y);
  ASSERT_EQ(of_y.size(), 3U);
  EXPECT_EQ(of_y[0], &twice.node());
  EXPECT_EQ(of_y[1], &twice.node());
  EXPECT_EQ(of_y[2], nullptr);
  ASSERT_EQ(readers.of(normed.mean).size(), 1U);
  EXPECT_EQ(readers.of(normed.mean)[0], nullptr);
  EXPECT_TRUE(readers.of(normed.variance).empty());
  EXPECT_EQ(readers.of(x).size(), 1U);
  EXPECT_TRUE(readers.of(exp(x)).empty());
}

}  // namespace
}  // namespace ridgeback
