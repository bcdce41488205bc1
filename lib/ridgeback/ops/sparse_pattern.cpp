// SPDX-License-Identifier: Apache-2.0
// Patterns made on the device: from masks, and by column.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/fill_launch.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "sparse/mask_columns.h"
#include "sparse/mask_counts.h"
#include "sparse/mask_entries.h"
#include "sparse/mask_places.h"
#include "sparse/turn_count.h"
#include "sparse/turn_offsets.h"
#include "sparse/turn_place.h"
#include "sparse/turn_scan.h"

namespace ridgeback {
namespace {

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

// Output 0 becomes the sums of what lies before each of its `count` values.
Dispatch scan_dispatch(const LowerContext& c, std::int64_t count) {
  return dispatch("turn_scan", c)
      .update(0)
      .specialize(c.target.is_cpu() ? 1 : 128)
      .push(shaders::TurnScanParams{word(count)})
      .groups(1);
}

void require_mask(const TensorSpec& mask) {
  require(mask.dtype == DType::b1 && mask.shape.rank() == 2,
          fmt::format("sparse: a mask must be b1 with two axes (got {})", mask.text()));
}

// Not differentiable, as everything that makes a pattern.
template <class Derived>
struct FromMask : OperationOf<Derived> {
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

// Columns of values or, where those are larger than one, of blocks.
struct MaskColumns final : FromMask<MaskColumns> {
  std::int64_t width = 0;
  std::int64_t block_rows = 1;
  std::int64_t block_cols = 1;

  bool operator==(const MaskColumns&) const = default;
  [[nodiscard]] std::string_view name() const override { return "mask_columns"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("width={} blocks={}x{}", width, block_rows, block_cols);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_mask(in[0]);
    require(block_rows >= 1 && block_cols >= 1,
            fmt::format("sparse: a block needs an element (got {}x{})", block_rows, block_cols));
    const std::int64_t across = ceil_div(in[0].shape[1], block_cols);
    require(width >= 0 && (width <= across || in[0].shape[0] == 0),
            fmt::format("sparse: rows of {} columns cannot keep {}", across, width));
    return {{{ceil_div(in[0].shape[0], block_rows), width}, DType::u32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    if (c.out[0].shape.count() == 0) return {};
    const std::int64_t rows = c.out[0].shape[0];
    const std::int64_t cols = c.in[0].shape[1];
    const std::int64_t pitch = block_rows * words_per_row(DType::b1, cols);
    const std::uint32_t local = ops::local_size(c.target);
    return {dispatch("mask_columns", c)
                .read(0)
                .write(0)
                .specialize(local)
                .push(shaders::MaskColumnsParams{word(rows), word(cols), word(pitch), word(width),
                                                 word(block_cols)})
                .linear_groups(ceil_div(rows, local))
                .cost(0, static_cast<double>(c.in[0].bytes() + c.out[0].bytes()))};
  }
};

struct MaskPlaces final : FromMask<MaskPlaces> {
  int n = 1;
  int m = 1;

  bool operator==(const MaskPlaces&) const = default;
  [[nodiscard]] std::string_view name() const override { return "mask_places"; }
  [[nodiscard]] std::string attributes() const override { return fmt::format("{}:{}", n, m); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_mask(in[0]);
    const std::int64_t width = n_of_m_width(in[0].shape[1], n, m);
    return {{{in[0].shape[0], place_words(width, m)}, DType::u32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.out[0].shape.count();
    if (count == 0) return {};
    const std::int64_t rows = c.in[0].shape[0];
    const std::int64_t cols = c.in[0].shape[1];
    const std::uint32_t local = ops::local_size(c.target);
    return {dispatch("mask_places", c)
                .read(0)
                .write(0)
                .specialize(local)
                .push(shaders::MaskPlacesParams{
                    word(rows), word(cols), word(words_per_row(DType::b1, cols)),
                    word(n_of_m_width(cols, n, m)), word(c.out[0].shape[1]), word(n), word(m),
                    word(place_bits(m))})
                .linear_groups(ceil_div(count, local))
                .cost(0, static_cast<double>(c.in[0].bytes() + c.out[0].bytes()))};
  }
};

// Outputs: starts, columns.
struct MaskEntries final : FromMask<MaskEntries> {
  std::int64_t entries = 0;

  bool operator==(const MaskEntries&) const = default;
  [[nodiscard]] std::string_view name() const override { return "mask_entries"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("entries={}", entries);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_mask(in[0]);
    require(entries >= 0 && entries <= in[0].shape.count(),
            fmt::format("sparse: a mask {} cannot keep {}", in[0].text(), entries));
    return {{{in[0].shape[0] + 1}, DType::u32}, {{entries}, DType::u32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::uint32_t rows = word(c.in[0].shape[0]);
    const std::uint32_t cols = word(c.in[0].shape[1]);
    const std::uint32_t pitch = word(words_per_row(DType::b1, cols));
    const std::uint32_t local = ops::local_size(c.target);
    std::vector<Dispatch> launches;
    launches.push_back(dispatch("mask_counts", c)
                           .read(0)
                           .write(0)
                           .specialize(local)
                           .push(shaders::MaskCountsParams{rows, cols, pitch})
                           .linear_groups(ceil_div(rows + 1, local)));
    launches.push_back(scan_dispatch(c, rows + 1));
    if (entries == 0) return launches;
    launches.push_back(ops::fill_launch(c, 1));
    launches.push_back(dispatch("mask_entries", c)
                           .read(0)
                           .update(0)
                           .write(1)
                           .specialize(local)
                           .push(shaders::MaskEntriesParams{rows, cols, pitch, word(entries)})
                           .linear_groups(ceil_div(rows + 1, local)));
    return launches;
  }
};

// A counting sort by column: chunks of rows are counted apart, so that they are placed side by side
// and still in order. Inputs: starts, columns. Outputs: starts by column, rows, places.
struct Transposed final : OperationOf<Transposed> {
  ops::PatternShape pattern;

  bool operator==(const Transposed&) const = default;
  [[nodiscard]] std::string_view name() const override { return "sparse_transposed"; }
  [[nodiscard]] std::string attributes() const override { return pattern.text(); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const bool csr = pattern.kind == SparsePattern::Kind::csr;
    const Shape entries{csr ? in[1].shape[0] : pattern.rows * pattern.width};
    return {{{pattern.cols + 1}, DType::u32}, {entries, DType::u32}, {entries, DType::u32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}, Tensor{}};
  }
};

std::vector<Dispatch> Transposed::lower(const LowerContext& c) const {
  const std::int64_t entries = c.out[1].shape.count();
  // Counters cost as much as entries: no more chunks than make both alike.
  const std::int64_t most = c.target.is_cpu() ? 64 : 1024;
  const std::int64_t chunks =
      std::clamp<std::int64_t>(entries / std::max<std::int64_t>(1, pattern.cols), 1,
                               std::clamp<std::int64_t>(pattern.rows, 1, most));
  const std::int64_t rows_each = ceil_div(pattern.rows, chunks);
  const std::int64_t bytes = 4 * std::max<std::int64_t>(1, chunks * pattern.cols);
  // Few invocations with much to do: spread them over the groups.
  const std::uint32_t local = c.target.is_cpu() ? std::max(c.target.limits.subgroup_size, 4U) : 32;
  const std::uint32_t wide = ops::local_size(c.target);
  const shaders::SparseFormat format = pattern.params();
  std::vector<Dispatch> launches;
  launches.push_back(dispatch("turn_count", c)
                         .read(0)
                         .read(1)
                         .write_scratch(0, bytes)
                         .specialize(local, pattern.format(), pattern.n, pattern.m)
                         .push(shaders::TurnCountParams{format, word(chunks), word(rows_each)})
                         .linear_groups(ceil_div(chunks, local)));
  launches.push_back(dispatch("turn_offsets", c)
                         .write_scratch(0, bytes)
                         .write(0)
                         .specialize(wide)
                         .push(shaders::TurnOffsetsParams{word(pattern.cols), word(chunks)})
                         .linear_groups(ceil_div(pattern.cols + 1, wide)));
  launches.push_back(scan_dispatch(c, pattern.cols + 1));
  if (entries > 0) {
    launches.push_back(dispatch("turn_place", c)
                           .read(0)
                           .read(1)
                           .read_output(0)
                           .write_scratch(0, bytes)
                           .write(1)
                           .write(2)
                           .specialize(local, pattern.format(), pattern.n, pattern.m)
                           .push(shaders::TurnPlaceParams{format, word(chunks), word(rows_each)})
                           .linear_groups(ceil_div(chunks, local)));
  }
  return launches;
}

}  // namespace

SparsePattern rows_of_mask(const Tensor& mask, std::int64_t width) {
  MaskColumns operation;
  operation.width = width;
  const Tensor columns = apply(std::move(operation), {mask});
  return rows_pattern(columns, mask.shape()[1]);
}

SparsePattern blocks_of_mask(const Tensor& mask, int block_rows, int block_cols,
                             std::int64_t width) {
  MaskColumns operation;
  operation.width = width;
  operation.block_rows = block_rows;
  operation.block_cols = block_cols;
  const Tensor columns = apply(std::move(operation), {mask});
  return blocks_pattern(columns, mask.shape()[0], mask.shape()[1], block_rows, block_cols);
}

SparsePattern n_of_m_of_mask(const Tensor& mask, int n, int m) {
  MaskPlaces operation;
  operation.n = n;
  operation.m = m;
  const Tensor places = apply(std::move(operation), {mask});
  return n_of_m_pattern(places, mask.shape()[1], n, m);
}

SparsePattern csr_of_mask(const Tensor& mask, std::int64_t entries) {
  auto operation = std::make_shared<MaskEntries>();
  operation->entries = entries;
  const std::vector<Tensor> out = apply_all(std::move(operation), {mask});
  return csr_pattern(out[0], out[1], mask.shape()[1]);
}

TransposedTensors transposed(const SparsePattern& pattern) {
  if (pattern.by_column.starts) return pattern.by_column;
  auto operation = std::make_shared<Transposed>();
  operation->pattern = ops::shape_of(pattern);
  if (pattern.kind == SparsePattern::Kind::blocks)
    operation->pattern = operation->pattern.of_blocks();
  const std::vector<Tensor> out = apply_all(std::move(operation), ops::inputs_of(pattern, {}));
  return {out[0], out[1], out[2]};
}

}  // namespace ridgeback
