// SPDX-License-Identifier: Apache-2.0
#include "elementwise/cast.h"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

std::uint32_t code_of(DType type) {
  return type == DType::f32   ? shaders::CAST_F32
         : type == DType::i32 ? shaders::CAST_I32
                              : shaders::CAST_U32;
}

struct Cast final : OperationOf<Cast> {
  DType to = DType::f32;

  bool operator==(const Cast&) const = default;
  [[nodiscard]] std::string_view name() const override { return "cast"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("to={}", ridgeback::name(to));
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_words(in[0], "cast");
    ops::require_words({in[0].shape, to}, "cast");
    return {{in[0].shape, to}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.out[0].shape.count();
    if (count == 0) return {};
    const std::uint32_t local = ops::local_size(c.target);
    return {dispatch("cast", c, ops::quad_candidates(c.target, count % 4 == 0))
                .read(0)
                .write(0)
                .specialize(local, code_of(c.in[0].dtype), code_of(to))
                .push(shaders::CastParams{static_cast<std::uint32_t>(count)})
                .linear_groups(ceil_div(ceil_div(count, 4), local))
                .cost(static_cast<double>(count), 8.0 * static_cast<double>(count))};
  }

  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}}; }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

}  // namespace

Tensor cast(const Tensor& x, DType to) {
  if (x.dtype() == to) return x;
  Cast operation;
  operation.to = to;
  return apply(operation, {x});
}

}  // namespace ridgeback
