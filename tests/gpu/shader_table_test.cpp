// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/shader_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace ridgeback::gpu {
namespace {

TEST(ShaderTable, IsSortedAndHasNoRowTwice) {
  const std::span<const Shader> rows = shader_table();
  ASSERT_FALSE(rows.empty());
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const Shader& a, const Shader& b) { return a.kernel < b.kernel; }));
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Shader& row : rows) {
    EXPECT_TRUE(seen.emplace(row.kernel, row.variant).second) << row.kernel << "." << row.variant;
    EXPECT_EQ(find_shader(row.kernel, row.variant), &row);
    ASSERT_FALSE(row.words.empty());
    EXPECT_EQ(row.words[0], 0x07230203U);
  }
}

TEST(ShaderTable, UnknownNamesAreNotFound) {
  EXPECT_EQ(find_shader("fill", "coopmat"), nullptr);
  EXPECT_EQ(find_shader("fil", "baseline"), nullptr);
  EXPECT_EQ(find_shader("", ""), nullptr);
  EXPECT_EQ(find_shader("zzzz", "baseline"), nullptr);
}

}  // namespace
}  // namespace ridgeback::gpu
