// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/chain.hpp"

#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "elementwise/chain.h"

namespace ridgeback::ops {

using namespace shaders;  // NOLINT: ChainParams and the CHAIN_ codes

static_assert(most_chain_steps == CHAIN_STEPS && most_chain_operands == CHAIN_INPUTS);

std::optional<ChainKind> chain_kind(const Shape& operand, const Shape& result) {
  if (operand == result) return ChainKind::full;
  if (operand.count() == 1) return ChainKind::scalar;
  const bool row = operand.rank() > 0 && result.rank() > 0 && operand[-1] == result[-1] &&
                   operand.count() == operand[-1] && operand[-1] % 4 == 0;
  return row ? std::optional(ChainKind::row) : std::nullopt;
}

std::string Chain::attributes() const {
  std::string text;
  for (const ChainStep& step : steps) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", step.name);
  }
  return text;
}

std::vector<TensorSpec> Chain::infer(std::span<const TensorSpec> in) const {
  require(
      !steps.empty() && steps.size() <= most_chain_steps && in.size() <= most_chain_operands,
      fmt::format("elementwise: too long (got {} steps of {} operands)", steps.size(), in.size()));
  for (const TensorSpec& operand : in) {
    require(operand.dtype == DType::f32 && chain_kind(operand.shape, shape),
            fmt::format("elementwise: an operand does not fit (got {})", operand.text()));
  }
  return {{shape, DType::f32}};
}

std::vector<Dispatch> Chain::lower(const LowerContext& c) const {
  const std::int64_t count = shape.count();
  if (count == 0) return {};
  std::uint32_t kinds = 0;
  double moved = 4.0 * static_cast<double>(count);
  for (std::size_t i = 0; i < most_chain_operands; ++i) {
    std::uint32_t kind = CHAIN_NONE;
    if (i < c.in.size()) {
      kind = static_cast<std::uint32_t>(*chain_kind(c.in[i].shape, shape));
      moved += 4.0 * static_cast<double>(c.in[i].shape.count());
    }
    kinds |= kind << (2 * i);
  }
  ChainParams params{};
  params.count = static_cast<std::uint32_t>(count);
  // Only rows ask for it, and those have at least 4.
  params.columns =
      std::max<std::uint32_t>(4, shape.rank() == 0 ? 1 : static_cast<std::uint32_t>(shape[-1]));
  const FlatQuads quads = flat_quads(c.target, count, 4);
  Dispatch launch = dispatch("chain", c, quads.candidates);
  // Bindings of operands that are not there are never read; they need a buffer all the same.
  for (std::size_t i = 0; i < most_chain_operands; ++i)
    launch.read(i < c.in.size() ? static_cast<int>(i) : 0);
  launch.write(0).specialize(quads.local_size, quads.items, kinds);
  for (std::size_t i = 0; i < most_chain_steps; ++i) {
    const std::size_t last = CHAIN_INPUTS + steps.size() - 1;
    if (i >= steps.size()) {
      launch.specialize(CHAIN_PASS | last << 8U);
      continue;
    }
    const ChainStep& step = steps[i];
    launch.specialize(step.function.code | step.left << 8U | step.right << 16U);
    params.scalars[2 * i] = step.function.alpha;
    params.scalars[2 * i + 1] = step.function.beta;
  }
  const double arithmetic = static_cast<double>(count) * static_cast<double>(steps.size());
  return {launch.push(params).linear_groups(quads.groups).cost(arithmetic, moved)};
}

std::vector<InPlace> Chain::in_place() const {
  std::vector<InPlace> pairs;
  for (int i = 0; i < static_cast<int>(most_chain_operands); ++i) pairs.push_back({0, i});
  return pairs;
}

}  // namespace ridgeback::ops
