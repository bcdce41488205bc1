// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>
#include <quant/block_range.h>

namespace ridgeback::quant {
namespace {

// Counts of values are added as floats.
constexpr std::int64_t largest_block = std::int64_t{1} << 24;

struct BlockRange final : OperationOf<BlockRange> {
  Group group;
  bool magnitude = false;
  float cut = 0;  // share of the values outside at either end

  bool operator==(const BlockRange&) const = default;
  [[nodiscard]] std::string_view name() const override { return "block_range"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("group={} cut={}{}", text(group), cut, magnitude ? " magnitude" : "");
  }

  // A group that is the tensor is one row.
  [[nodiscard]] BlockShape blocks_of(const Shape& shape) const {
    const BlockShape s = block_shape(shape, group);
    if (group.kind != Group::Kind::tensor) return s;
    return {1, s.count(), s.count(), 1};
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].dtype == DType::f32,
            fmt::format("block_range: the value must be f32 (got {})", in[0].text()));
    const BlockShape s = blocks_of(in[0].shape);
    if (cut > 0 && s.block > largest_block) {
      throw Unsupported(
          fmt::format("block_range: percentile of a block too long (got {}, at most {})", s.block,
                      largest_block));
    }
    return {{{s.rows, s.blocks, 2}, DType::f32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const BlockShape s = blocks_of(c.in[0].shape);
    if (s.total_blocks() == 0) return {};
    const auto n = static_cast<double>(s.count());
    Dispatch launch = dispatch("block_range", c, team_candidates(c.target, s, false));
    lay_out_teams(launch, c.target, s.total_blocks(), s.block);
    return {launch.specialize(s.aligned() ? 1 : 0, magnitude ? 1 : 0, cut > 0 ? 1 : 0)
                .push(shaders::BlockRangeParams{
                    static_cast<std::uint32_t>(s.rows), static_cast<std::uint32_t>(s.cols),
                    static_cast<std::uint32_t>(s.block), static_cast<std::uint32_t>(s.blocks), cut})
                .read(0)
                .write(0)
                .cost((cut > 0 ? 512 : 2) * n, 4 * n)};
  }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

}  // namespace

Tensor block_range(const Tensor& x, const Perturbation& perturbation) {
  const Perturbation p = perturbation.resolved();
  BlockRange operation;
  operation.group = p.group;
  operation.magnitude = !is_affine(p.codebook);
  if (p.range.kind == ValueRange::Kind::percentile) operation.cut = (100 - p.range.value) / 100;
  return apply(std::move(operation), {x});
}

}  // namespace ridgeback::quant
