// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/reduce.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

#include "reduce/argmax_rows.h"

namespace ridgeback {
namespace {

struct Argmax final : OperationOf<Argmax> {
  bool operator==(const Argmax&) const = default;
  [[nodiscard]] std::string_view name() const override { return "argmax"; }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].dtype == DType::f32 && in[0].shape.rank() > 0 && in[0].shape[-1] > 0,
            fmt::format("argmax: input must be f32 with a last axis (got {})", in[0].text()));
    return {{in[0].shape.without(-1), DType::u32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    if (rows == 0) return {};
    const std::uint32_t local = ops::local_size(c.target);
    const auto count = static_cast<double>(rows * cols);
    Dispatch launch = dispatch("argmax_rows", c, ops::serial_or_baseline(c.target));
    launch.read(0).write(0).specialize(local);
    launch.push(shaders::ArgmaxRowsParams{static_cast<std::uint32_t>(rows),
                                          static_cast<std::uint32_t>(cols)});
    launch.cost(count, 4.0 * (count + static_cast<double>(rows)));
    if (launch.variant == "serial") return {launch.linear_groups(ceil_div(rows, local))};
    const auto most = static_cast<std::uint32_t>(std::min<std::int64_t>(cols, local));
    const std::uint32_t lanes = std::bit_ceil(most);
    return {launch.specialize(lanes, local).linear_groups(ceil_div(rows, local / lanes))};
  }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

}  // namespace

Tensor argmax(const Tensor& x) {
  return apply(Argmax{}, {x});
}

}  // namespace ridgeback
