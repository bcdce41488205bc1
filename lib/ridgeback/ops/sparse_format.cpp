// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/sparse_format.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/ops/fill_launch.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {
namespace ops {

static_assert(static_cast<std::uint32_t>(DType::f32) == shaders::VALUES_F32 &&
              static_cast<std::uint32_t>(DType::f16) == shaders::VALUES_F16);

std::string PatternShape::text() const {
  const std::string size = fmt::format("{}x{}", rows, cols);
  switch (kind) {
    case SparsePattern::Kind::rows:
      return fmt::format("{} rows of {}", size, width);
    case SparsePattern::Kind::csr:
      return size + " csr";
    case SparsePattern::Kind::blocks:
      return fmt::format("{} rows of {} in blocks of {}x{}", size, width, n, m);
    case SparsePattern::Kind::n_of_m:
      break;
  }
  return fmt::format("{} {}:{}", size, n, m);
}

std::uint32_t PatternShape::format() const {
  switch (kind) {
    case SparsePattern::Kind::rows:
      return shaders::FORMAT_ROWS;
    case SparsePattern::Kind::csr:
      return shaders::FORMAT_CSR;
    case SparsePattern::Kind::blocks:
      return shaders::FORMAT_BLOCKS;
    case SparsePattern::Kind::n_of_m:
      break;
  }
  return shaders::FORMAT_N_OF_M;
}

shaders::SparseFormat PatternShape::params(DType values) const {
  const std::int64_t value_words = is_packed(values) ? words_per_row(values, width) : 0;
  return {static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols),
          static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(place_words(width, m)),
          static_cast<std::uint32_t>(value_words)};
}

PatternShape PatternShape::of_blocks() const {
  return {SparsePattern::Kind::rows, ceil_div(rows, n), ceil_div(cols, m), width / m};
}

PatternShape shape_of(const SparsePattern& p) {
  return {p.kind, p.rows, p.cols, p.width, p.n, p.m};
}

SparsePattern pattern_of(const PatternShape& s, const Tensor& starts, const Tensor& columns) {
  const bool csr = s.kind == SparsePattern::Kind::csr;
  return {s.kind, s.rows, s.cols, s.width, s.n, s.m, csr ? starts : Tensor{}, columns, {}};
}

std::vector<Tensor> inputs_of(const SparsePattern& pattern, std::initializer_list<Tensor> more) {
  const bool csr = pattern.kind == SparsePattern::Kind::csr;
  std::vector<Tensor> inputs{csr ? pattern.starts : pattern.columns, pattern.columns};
  inputs.insert(inputs.end(), more);
  return inputs;
}

namespace {

// With so many percent of the values a product takes as long as the dense one. Measured on lavapipe
// for 1024 x n x 1024 and 2048 x n x 512, n 64 and 256: within 7 percent for S x and S^T y;
// products at entries are overtaken up to 9 percent earlier with 256, later with 64. GPUs are
// overtaken earlier.
std::int64_t overtaken_at(const SparsePattern& pattern) {
  if (pattern.kind != SparsePattern::Kind::blocks) return 25;
  const int side = std::min(pattern.n, pattern.m);
  return side >= 8 ? 50 : side >= 4 ? 45 : side >= 2 ? 33 : 25;
}

}  // namespace

// Entries become a dense matrix in the time of some 120 columns of the dense product, and a matrix
// entries, forward and backward, in that of some 20 of each sparse one.
bool dense_is_faster(const SparsePattern& pattern, std::int64_t n, AtHand at_hand) {
  constexpr std::int64_t fewest_columns = 32;  // narrow dense products are slow themselves
  const std::int64_t dense = n + (at_hand == AtHand::entries ? 120 : 0);
  const std::int64_t sparse = n + (at_hand == AtHand::matrix ? 20 : 0);
  return n >= fewest_columns && 100 * pattern.entries() * sparse >
                                    overtaken_at(pattern) * pattern.rows * pattern.cols * dense;
}

std::int64_t lanes_of_row(const PatternShape& p, std::int64_t entries) {
  const bool csr = p.kind == SparsePattern::Kind::csr;
  return ceil_div(csr ? ceil_div(entries, p.rows) : p.width, 4);
}

std::vector<Dispatch> zeros(const LowerContext& c) {
  if (c.out[0].shape.count() == 0) return {};
  return {fill_launch(c, 0)};
}

}  // namespace ops

namespace {

void require_words(const Tensor& tensor, int rank, const char* what) {
  require(tensor.dtype() == DType::u32 && tensor.shape().rank() == rank,
          fmt::format("sparse: {} must be u32 with {} axes (got {})", what, rank,
                      tensor.spec().text()));
}

}  // namespace

std::int64_t SparsePattern::entries() const {
  return kind == Kind::csr ? columns.shape()[0] : rows * width;
}

Shape SparsePattern::values_shape() const {
  return kind == Kind::csr ? Shape{entries()} : Shape{rows, width};
}

SparsePattern rows_pattern(const Tensor& columns, std::int64_t cols) {
  require_words(columns, 2, "columns");
  const std::int64_t rows = columns.shape()[0];
  const std::int64_t width = columns.shape()[1];
  require(cols >= 0 && (cols > 0 || rows * width == 0),
          fmt::format("sparse: entries need a column (got {} columns)", cols));
  return {SparsePattern::Kind::rows, rows, cols, width, 1, 1, {}, columns};
}

SparsePattern csr_pattern(const Tensor& starts, const Tensor& columns, std::int64_t cols) {
  require_words(starts, 1, "starts");
  require_words(columns, 1, "columns");
  require(starts.shape()[0] >= 1, "sparse: starts must hold rows + 1 values (got none)");
  require(cols >= 0 && (cols > 0 || columns.shape()[0] == 0),
          fmt::format("sparse: entries need a column (got {} columns)", cols));
  return {SparsePattern::Kind::csr, starts.shape()[0] - 1, cols, 0, 1, 1, starts, columns};
}

SparsePattern n_of_m_pattern(const Tensor& places, std::int64_t cols, int n, int m) {
  require_words(places, 2, "places");
  const std::int64_t width = n_of_m_width(cols, n, m);
  require(places.shape()[1] == place_words(width, m),
          fmt::format("sparse: {}:{} places of {} columns take {} words a row (got {})", n, m, cols,
                      place_words(width, m), places.spec().text()));
  return {SparsePattern::Kind::n_of_m, places.shape()[0], cols, width, n, m, {}, places};
}

bool blocks_are_faster(std::int64_t block_rows, std::int64_t block_cols) {
  // Measured on lavapipe for a tenth of 1024 x 1024: 2x2 takes 0.8 of the time, 1x4 and 4x1 as long
  // or less, 1x2 and 2x1 are overtaken in products at entries.
  return block_rows * block_cols >= 4;
}

SparsePattern blocks_pattern(const Tensor& columns, std::int64_t rows, std::int64_t cols,
                             int block_rows, int block_cols) {
  require_words(columns, 2, "columns of blocks");
  require(block_rows >= 1 && block_cols >= 1,
          fmt::format("sparse: a block needs an element (got {}x{})", block_rows, block_cols));
  require(rows >= 0 && columns.shape()[0] == ceil_div(rows, block_rows),
          fmt::format("sparse: {} rows in blocks of {}x{} take {} rows of blocks (got {})", rows,
                      block_rows, block_cols, ceil_div(rows, block_rows), columns.spec().text()));
  require(cols >= 0 && (cols > 0 || columns.shape().count() == 0),
          fmt::format("sparse: blocks need a column (got {} columns)", cols));
  return {SparsePattern::Kind::blocks,
          rows,
          cols,
          columns.shape()[1] * block_cols,
          block_rows,
          block_cols,
          {},
          columns};
}

}  // namespace ridgeback
