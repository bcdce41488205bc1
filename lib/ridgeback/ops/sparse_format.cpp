// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/sparse_format.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/ops/launch.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

#include "memory/fill.h"

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

PatternShape shape_of(const SparsePattern& p) {
  return {p.kind, p.rows, p.cols, p.width, p.n, p.m};
}

SparsePattern pattern_of(const PatternShape& s, const Tensor& starts, const Tensor& columns) {
  const bool csr = s.kind == SparsePattern::Kind::csr;
  return {s.kind, s.rows, s.cols, s.width, s.n, s.m, csr ? starts : Tensor{}, columns};
}

std::vector<Tensor> inputs_of(const SparsePattern& pattern, std::initializer_list<Tensor> more) {
  const bool csr = pattern.kind == SparsePattern::Kind::csr;
  std::vector<Tensor> inputs{csr ? pattern.starts : pattern.columns, pattern.columns};
  inputs.insert(inputs.end(), more);
  return inputs;
}

Staging staging(const Target& target, std::int64_t cols, std::int64_t n, int m, std::int64_t most) {
  const std::uint32_t subgroup = target.limits.subgroup_size;
  Staging s{};
  s.local = std::max(subgroup, 4U);
  s.lanes = subgroup >= 8 ? 8 : 4;
  s.depth = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(cols))), 64, most_staged);
  const std::int64_t fit = std::min(most / s.depth, n / s.local);
  s.columns = fit >= 4 ? 4 : fit >= 2 ? 2 : 1;
  s.panel = cols <= s.depth ? cols : s.depth - s.depth % (2 * static_cast<std::int64_t>(m));
  return s;
}

bool dense_is_faster(const SparsePattern& pattern, std::int64_t n) {
  constexpr std::int64_t fewest_columns = 32;  // narrow dense products are slow themselves
  return n >= fewest_columns && 5 * pattern.entries() > pattern.rows * pattern.cols;
}

std::vector<Dispatch> zeros(const LowerContext& c) {
  const std::int64_t count = c.out[0].shape.count();
  if (count == 0) return {};
  const std::uint32_t local = local_size(c.target);
  return {dispatch("fill", c)
              .write(0)
              .specialize(local)
              .push(shaders::FillParams{static_cast<std::uint32_t>(count), 0})
              .linear_groups(ceil_div(count, local))};
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

}  // namespace ridgeback
