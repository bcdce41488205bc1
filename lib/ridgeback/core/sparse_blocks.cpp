// SPDX-License-Identifier: Apache-2.0
// Matrices of dense blocks.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"
#include "ridgeback/core/sparse.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {
namespace {

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

// Calls visit(index in the matrix, index in the values) for each element of a block that lies in
// the matrix; the block is entry `entry` of its row of blocks.
template <class Visit>
void visit_block(const BlocksMatrix& matrix, std::int64_t block_row, std::int64_t entry,
                 std::int64_t block_col, const Visit& visit) {
  const std::int64_t row0 = block_row * matrix.block_rows;
  const std::int64_t col0 = block_col * matrix.block_cols;
  for (std::int64_t r = row0; r < std::min(row0 + matrix.block_rows, matrix.rows); ++r) {
    for (std::int64_t c = 0; c < std::min(matrix.block_cols, matrix.cols - col0); ++c) {
      visit(at(r * matrix.cols + col0 + c), at((r * matrix.width + entry) * matrix.block_cols + c));
    }
  }
}

}  // namespace

BlocksMatrix to_blocks(std::span<const float> dense, std::int64_t rows, std::int64_t cols,
                       std::int64_t block_rows, std::int64_t block_cols) {
  require(rows >= 0 && cols >= 0 &&
              static_cast<std::int64_t>(dense.size()) == checked_multiply(rows, cols, "to_blocks"),
          fmt::format("to_blocks: wrong number of values (got {}, expected {} x {})", dense.size(),
                      rows, cols));
  require(block_rows >= 1 && block_cols >= 1,
          fmt::format("to_blocks: a block needs an element (got {} x {})", block_rows, block_cols));
  BlocksMatrix matrix{rows, cols, block_rows, block_cols, 0, {}, {}};
  std::vector<std::vector<std::uint32_t>> lists(at(ceil_div(rows, block_rows)));
  for (std::size_t b = 0; b < lists.size(); ++b) {
    for (std::int64_t c = 0; c < ceil_div(cols, block_cols); ++c) {
      bool any = false;
      visit_block(matrix, static_cast<std::int64_t>(b), 0, c,
                  [&](std::size_t from, std::size_t) { any = any || dense[from] != 0.0F; });
      if (any) lists[b].push_back(static_cast<std::uint32_t>(c));
    }
    matrix.width = std::max(matrix.width, static_cast<std::int64_t>(lists[b].size()));
  }
  matrix.values.assign(at(rows * matrix.width * block_cols), 0.0F);
  for (std::size_t b = 0; b < lists.size(); ++b) {
    for (std::size_t e = 0; e < lists[b].size(); ++e) {
      visit_block(matrix, static_cast<std::int64_t>(b), static_cast<std::int64_t>(e), lists[b][e],
                  [&](std::size_t from, std::size_t to) { matrix.values[to] = dense[from]; });
    }
    const std::uint32_t last = lists[b].empty() ? 0U : lists[b].back();
    matrix.columns.insert(matrix.columns.end(), lists[b].begin(), lists[b].end());
    matrix.columns.resize((b + 1) * at(matrix.width), last);
  }
  return matrix;
}

std::vector<float> to_dense(const BlocksMatrix& matrix) {
  std::vector<float> dense(at(checked_multiply(matrix.rows, matrix.cols, "to_dense")), 0.0F);
  for (std::int64_t e = 0; e < static_cast<std::int64_t>(matrix.columns.size()); ++e) {
    visit_block(matrix, e / matrix.width, e % matrix.width, matrix.columns[at(e)],
                [&](std::size_t to, std::size_t from) { dense[to] += matrix.values[from]; });
  }
  return dense;
}

}  // namespace ridgeback
