// SPDX-License-Identifier: Apache-2.0
// Which values sparsity keeps: thresholds by radix selection, and masks.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/row_launch.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/quant.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/core.h>
#include <quant/keep_blocks.h>
#include <quant/keep_count.h>
#include <quant/keep_fraction.h>
#include <quant/keep_n_of_m.h>
#include <quant/keep_pick.h>

namespace ridgeback::quant {
namespace {

constexpr std::uint32_t digit_bits = 4;
constexpr std::uint32_t digits = 1U << digit_bits;

void check_value(const TensorSpec& x) {
  require(x.dtype == DType::f32,
          fmt::format("keep_mask: the value must be f32 (got {})", x.text()));
}

// u32 [scopes, 4]: bits of the smallest magnitude kept, two words of working state, and the index
// in the scope of the last value kept among those equal to it (shaders/quant/keep.h).
struct KeepThresholds final : OperationOf<KeepThresholds> {
  double zeros = 0;
  Group scope;

  bool operator==(const KeepThresholds&) const = default;
  [[nodiscard]] std::string_view name() const override { return "keep_thresholds"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("zeros={} scope={}", zeros, text(scope));
  }

  // A scope that is the tensor is one row.
  [[nodiscard]] BlockShape scopes(const Shape& shape) const {
    const BlockShape s = block_shape(shape, scope);
    if (scope.kind != Group::Kind::tensor) return s;
    return {1, s.count(), s.count(), s.count() == 0 ? 0 : 1};
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    check_value(in[0]);
    return {{{scopes(in[0].shape).total_blocks(), 4}, DType::u32}};
  }

  // Invocations that share a scope: enough to fill the device, each with 32 values and more.
  static std::int64_t chunks_of(const Target& target, const BlockShape& s) {
    const std::int64_t wanted = target.is_cpu() ? 256 : 16384;
    const std::int64_t most = std::max<std::int64_t>(1, s.block / 32);
    return std::clamp<std::int64_t>(ceil_div(wanted, s.total_blocks()), 1,
                                    std::min<std::int64_t>(most, 4096));
  }

  struct Round {
    std::uint32_t kind;
    std::uint32_t shift;
    std::uint32_t scan;
  };

  // Octaves, then parts of the bracket, then indices of ties.
  static std::vector<Round> rounds(const Target& target, const BlockShape& s) {
    std::vector<Round> list{{shaders::ROUND_OCTAVES, 0, shaders::SCAN_ALL}};
    // After two rounds a sixteenth of an octave is left: few enough to note them.
    const auto scan = [&] {
      if (!target.is_cpu() || list.size() < 2) return shaders::SCAN_ALL;
      return list.size() == 2 ? shaders::SCAN_AND_NOTE : shaders::SCAN_NOTED;
    };
    for (std::uint32_t i = 0; i < shaders::SPLIT_ROUNDS; ++i) {
      list.push_back({shaders::ROUND_SPLIT, 0, scan()});
    }
    const auto index_bits =
        static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint64_t>(s.block - 1)));
    for (std::uint32_t left = (index_bits + digit_bits - 1) / digit_bits; left > 0; --left) {
      list.push_back({shaders::ROUND_INDICES, (left - 1) * digit_bits, scan()});
    }
    return list;
  }

  [[nodiscard]] Dispatch count(const LowerContext& c, const BlockShape& s, Round round) const {
    const std::int64_t chunks = chunks_of(c.target, s);
    const std::int64_t pitch = 1 + 4 * ceil_div(ceil_div(s.block, 4), chunks);
    const std::int64_t invocations = s.total_blocks() * chunks;
    const auto n = static_cast<double>(s.count());
    const bool all = round.scan != shaders::SCAN_NOTED;
    Dispatch launch =
        plain_dispatch("keep_count", c, invocations, ops::quad_candidates(c.target, s.aligned()));
    launch.specialize(round.scan, s.aligned() ? 1 : 0)
        .push(shaders::KeepCountParams{
            static_cast<std::uint32_t>(s.rows), static_cast<std::uint32_t>(s.cols),
            static_cast<std::uint32_t>(s.block), static_cast<std::uint32_t>(s.blocks),
            static_cast<std::uint32_t>(chunks), round.kind, round.shift,
            static_cast<std::uint32_t>(pitch)})
        .read(0)
        .read_output(0)
        .write_scratch(0, invocations * digits * 4)
        .cost(all ? 16 * n : 0, all ? 4 * n : 0);
    // Without notes the binding is there all the same.
    const std::int64_t note_bytes = c.target.is_cpu() ? invocations * pitch * 4 : 4;
    return launch.write_scratch(1, note_bytes);
  }

  [[nodiscard]] Dispatch pick(const LowerContext& c, const BlockShape& s, Round round) const {
    const std::int64_t chunks = chunks_of(c.target, s);
    const std::int64_t tail = s.cols - (s.blocks - 1) * s.block;
    std::vector<std::string> candidates{"baseline", "team"};
    if (chunks >= 64) std::ranges::reverse(candidates);
    Dispatch launch = dispatch("keep_pick", c, candidates);
    lay_out_teams(launch, c.target, s.total_blocks(), chunks);
    return launch
        .push(shaders::KeepPickParams{static_cast<std::uint32_t>(s.total_blocks()),
                                      static_cast<std::uint32_t>(s.blocks),
                                      static_cast<std::uint32_t>(chunks), round.kind, round.shift,
                                      static_cast<std::uint32_t>(kept_of(zeros, s.block)),
                                      static_cast<std::uint32_t>(kept_of(zeros, tail))})
        .read_scratch(0, s.total_blocks() * chunks * digits * 4)
        .update(0);
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const BlockShape s = scopes(c.in[0].shape);
    if (s.count() == 0) return {};
    std::vector<Dispatch> launches;
    for (const Round& round : rounds(c.target, s)) {
      launches.push_back(count(c, s, round));
      launches.push_back(pick(c, s, round));
    }
    return launches;
  }
};

struct KeepFraction final : OperationOf<KeepFraction> {
  Group scope;

  bool operator==(const KeepFraction&) const = default;
  [[nodiscard]] std::string_view name() const override { return "keep_fraction"; }
  [[nodiscard]] std::string attributes() const override { return "scope=" + text(scope); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    check_value(in[0]);
    return {{in[0].shape, DType::b1}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const BlockShape s = block_shape(c.in[0].shape, scope);
    if (s.count() == 0) return {};
    const std::int64_t pitch = words_per_row(DType::b1, s.cols);
    const bool whole = scope.kind == Group::Kind::tensor;
    const auto n = static_cast<double>(s.count());
    return {plain_dispatch("keep_fraction", c, s.rows * pitch,
                           ops::quad_candidates(c.target, s.aligned()))
                .specialize(s.aligned() ? 1 : 0)
                .push(shaders::KeepFractionParams{
                    static_cast<std::uint32_t>(s.rows), static_cast<std::uint32_t>(s.cols),
                    static_cast<std::uint32_t>(pitch), static_cast<std::uint32_t>(s.block),
                    whole ? 0U : static_cast<std::uint32_t>(s.blocks)})
                .read(0)
                .read(1)
                .write(0)
                .cost(3 * n, 4 * n)};
  }
};

struct KeepNOfM final : OperationOf<KeepNOfM> {
  int n = 1;
  int m = 1;

  bool operator==(const KeepNOfM&) const = default;
  [[nodiscard]] std::string_view name() const override { return "keep_n_of_m"; }
  [[nodiscard]] std::string attributes() const override { return fmt::format("{}:{}", n, m); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    check_value(in[0]);
    return {{in[0].shape, DType::b1}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    if (rows * cols == 0) return {};
    const std::int64_t pitch = words_per_row(DType::b1, cols);
    const auto count = static_cast<double>(rows * cols);
    return {plain_dispatch("keep_n_of_m", c, rows * pitch)
                .push(shaders::KeepNOfMParams{
                    static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols),
                    static_cast<std::uint32_t>(pitch), static_cast<std::uint32_t>(n),
                    static_cast<std::uint32_t>(m)})
                .read(0)
                .write(0)
                .cost(3 * n * count, 4 * count)};
  }
};

// f32 [block rows, block columns]: the mean square of each block of x.
struct BlockSquares final : OperationOf<BlockSquares> {
  std::int64_t height = 1;
  std::int64_t width = 1;

  bool operator==(const BlockSquares&) const = default;
  [[nodiscard]] std::string_view name() const override { return "block_squares"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("{}x{}", height, width);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    check_value(in[0]);
    const auto [rows, cols] = as_matrix(in[0].shape);
    return {{{ceil_div(rows, height), ceil_div(cols, width)}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    const std::int64_t blocks = c.out[0].shape.count();
    if (blocks == 0) return {};
    const auto n = static_cast<double>(rows * cols);
    return {plain_dispatch("block_squares", c, blocks)
                .push(shaders::KeepBlocksParams{
                    static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols),
                    static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width),
                    static_cast<std::uint32_t>(c.out[0].shape[1]), 0})
                .read(0)
                .write(0)
                .cost(2 * n, 4 * n)};
  }
};

// The mask of the values from that of their blocks.
struct KeepBlocks final : OperationOf<KeepBlocks> {
  Shape shape;
  std::int64_t height = 1;
  std::int64_t width = 1;

  bool operator==(const KeepBlocks&) const = default;
  [[nodiscard]] std::string_view name() const override { return "keep_blocks"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("{}x{}", height, width);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> /*in*/) const override {
    return {{shape, DType::b1}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(shape);
    if (rows * cols == 0) return {};
    const std::int64_t pitch = words_per_row(DType::b1, cols);
    return {plain_dispatch("keep_blocks", c, rows * pitch)
                .push(shaders::KeepBlocksParams{
                    static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols),
                    static_cast<std::uint32_t>(height), static_cast<std::uint32_t>(width),
                    static_cast<std::uint32_t>(words_per_row(DType::b1, c.in[0].shape[1])),
                    static_cast<std::uint32_t>(pitch)})
                .read(0)
                .write(0)
                .cost(0, static_cast<double>(c.out[0].bytes()))};
  }
};

Tensor fraction_mask(const Tensor& x, double zeros, Group scope) {
  KeepThresholds thresholds;
  thresholds.zeros = zeros;
  thresholds.scope = scope;
  KeepFraction keep;
  keep.scope = scope;
  return apply(std::move(keep), {x, apply(std::move(thresholds), {x})});
}

Tensor blocks_mask(const Tensor& x, const Sparsity& sparsity) {
  BlockSquares squares;
  squares.height = sparsity.block_rows;
  squares.width = sparsity.block_cols;
  KeepBlocks keep;
  keep.shape = x.shape();
  keep.height = sparsity.block_rows;
  keep.width = sparsity.block_cols;
  const bool whole = sparsity.scope == Sparsity::Scope::tensor;
  const Tensor kept = fraction_mask(apply(std::move(squares), {x}), sparsity.zeros,
                                    whole ? Group::tensor() : Group::channel());
  return apply(std::move(keep), {kept});
}

Group scope_group(Sparsity::Scope scope, Group group) {
  switch (scope) {
    case Sparsity::Scope::channel:
      return Group::channel();
    case Sparsity::Scope::tensor:
      return Group::tensor();
    case Sparsity::Scope::block:
      break;
  }
  return group;
}

}  // namespace

std::int64_t kept_of(double zeros, std::int64_t n) {
  return std::max<std::int64_t>(1, n - std::llrint(zeros * static_cast<double>(n)));
}

Tensor keep_mask(const Tensor& x, const Sparsity& sparsity, Group group) {
  require(x.shape().rank() >= 1, "keep_mask: a scalar has no rows (expected at least one axis)");
  switch (sparsity.kind) {
    case Sparsity::Kind::none:
      break;
    case Sparsity::Kind::n_of_m: {
      KeepNOfM operation;
      operation.n = sparsity.n;
      operation.m = sparsity.m;
      return apply(std::move(operation), {x});
    }
    case Sparsity::Kind::fraction:
      return fraction_mask(x, sparsity.zeros, scope_group(sparsity.scope, group));
    case Sparsity::Kind::blocks:
      return blocks_mask(x, sparsity);
  }
  throw InvalidArgument("keep_mask: nothing is pruned (expected a fraction, N:M or blocks)");
}

}  // namespace ridgeback::quant
