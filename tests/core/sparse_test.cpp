// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/sparse.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace ridgeback {
namespace {

struct Extents {
  std::int64_t rows, cols;
};

const std::vector<Extents>& extents() {
  static const std::vector<Extents> all{{1, 1}, {7, 113}, {5, 32}, {3, 33},
                                        {0, 8}, {8, 0},   {16, 5}};
  return all;
}

// A third of the rows are empty, the others hold a value with this probability.
std::vector<float> drawn(Extents e, float density, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> dense(static_cast<std::size_t>(e.rows * e.cols), 0.0F);
  for (std::size_t i = 0; i < dense.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / e.cols;
    if (row % 3 != 1 && random.uniform(0, 1) < density) dense[i] = random.uniform(0.5F, 1);
  }
  return dense;
}

std::int64_t widest(const std::vector<float>& dense, Extents e) {
  std::int64_t most = 0;
  for (std::int64_t r = 0; r < e.rows; ++r) {
    const auto row = dense.begin() + r * e.cols;
    most = std::max<std::int64_t>(
        most, std::count_if(row, row + e.cols, [](float x) { return x != 0.0F; }));
  }
  return most;
}

TEST(Sparse, CsrHoldsExactlyTheValues) {
  const CsrMatrix m = to_csr(std::vector<float>{0, 2, 0, 0, 0, 0, 3, 0, 4}, 3, 3);
  EXPECT_EQ(m.starts, (std::vector<std::uint32_t>{0, 1, 1, 3}));
  EXPECT_EQ(m.columns, (std::vector<std::uint32_t>{1, 0, 2}));
  EXPECT_EQ(m.values, (std::vector<float>{2, 3, 4}));
}

TEST(Sparse, EveryFormatGivesTheMatrixBack) {
  for (const Extents e : extents()) {
    const std::vector<float> dense = drawn(e, 0.2F);
    EXPECT_EQ(to_dense(to_csr(dense, e.rows, e.cols)), dense);
    const std::int64_t width = widest(dense, e);
    EXPECT_EQ(to_dense(to_rows(dense, e.rows, e.cols, width)), dense);
    if (e.cols > 0) {
      EXPECT_EQ(to_dense(to_rows(dense, e.rows, e.cols, width + 3)), dense);
    }
    for (const auto& [r, c] : {std::pair{1, 1}, {4, 4}, {8, 3}, {32, 200}}) {
      EXPECT_EQ(to_dense(to_blocks(dense, e.rows, e.cols, r, c)), dense) << r << "x" << c;
    }
  }
}

TEST(Sparse, NOfMGivesTheMatrixBack) {
  for (const Extents e : extents()) {
    for (const auto& [n, m] :
         {std::pair{1, 1}, {1, 2}, {2, 4}, {3, 8}, {7, 16}, {5, 31}, {32, 32}}) {
      std::vector<float> dense = drawn(e, 0.9F);
      for (std::size_t i = 0; i < dense.size(); ++i) {
        const auto column = static_cast<std::int64_t>(i) % e.cols;
        if (column % m >= n) dense[i] = 0;
      }
      const NOfMMatrix matrix = to_n_of_m(dense, e.rows, e.cols, n, m);
      EXPECT_EQ(static_cast<std::int64_t>(matrix.values.size()),
                e.rows * n_of_m_width(e.cols, n, m));
      EXPECT_EQ(to_dense(matrix), dense) << n << ":" << m;
    }
  }
}

TEST(Sparse, NOfMKeepsAShortTail) {
  EXPECT_EQ(n_of_m_width(8, 2, 4), 4);
  EXPECT_EQ(n_of_m_width(9, 2, 4), 5);
  EXPECT_EQ(n_of_m_width(11, 2, 4), 6);
  const NOfMMatrix m = to_n_of_m(std::vector<float>{0, 5, 0, 6, 7}, 1, 5, 2, 4);
  EXPECT_EQ(m.values, (std::vector<float>{5, 6, 7}));
  EXPECT_EQ(m.places[0], 1U | 3U << 2U);
  EXPECT_EQ(n_of_m_column(m.places.data(), 2, 2, 4), 4);
}

TEST(Sparse, FillersRepeatTheColumnBefore) {
  const RowsMatrix m = to_rows(std::vector<float>{0, 2, 0, 0, 0, 0}, 2, 3, 2);
  EXPECT_EQ(m.columns, (std::vector<std::uint32_t>{1, 1, 0, 0}));
  EXPECT_EQ(m.values, (std::vector<float>{2, 0, 0, 0}));
}

TEST(Sparse, TheTransposedPatternFindsEveryEntry) {
  const Extents e{23, 37};
  const CsrMatrix matrix = to_csr(drawn(e, 0.3F), e.rows, e.cols);
  const TransposedPattern t = transposed(matrix.starts, matrix.columns, e.cols);
  CsrMatrix turned{e.cols, e.rows, t.starts, t.rows, {}};
  for (const std::uint32_t place : t.places) turned.values.push_back(matrix.values[place]);
  const std::vector<float> dense = to_dense(matrix);
  const std::vector<float> back = to_dense(turned);
  for (std::int64_t r = 0; r < e.rows; ++r) {
    for (std::int64_t c = 0; c < e.cols; ++c) {
      ASSERT_EQ(dense[static_cast<std::size_t>(r * e.cols + c)],
                back[static_cast<std::size_t>(c * e.rows + r)]);
    }
  }
}

TEST(Sparse, RefusesWhatDoesNotFit) {
  const std::vector<float> two{1, 2};
  EXPECT_THROW((void)to_csr(two, 1, 3), InvalidArgument);
  EXPECT_THROW((void)to_rows(two, 1, 2, 1), InvalidArgument);
  EXPECT_THROW((void)to_rows({}, 2, 0, 1), InvalidArgument);
  EXPECT_THROW((void)to_n_of_m(two, 1, 2, 1, 2), InvalidArgument);
  EXPECT_THROW((void)to_n_of_m(two, 1, 2, 1, 33), InvalidArgument);
  EXPECT_THROW((void)to_n_of_m(two, 1, 2, 3, 2), InvalidArgument);
  EXPECT_THROW((void)to_blocks(two, 1, 2, 0, 1), InvalidArgument);
  EXPECT_THROW((void)transposed(std::vector<std::uint32_t>{0, 1}, std::vector<std::uint32_t>{4}, 4),
               InvalidArgument);
}

}  // namespace
}  // namespace ridgeback
