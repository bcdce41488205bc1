// SPDX-License-Identifier: Apache-2.0
#include "elementwise/cast.h"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <fmt/core.h>

#include "elementwise/cast_half.h"

namespace ridgeback {
namespace {

std::uint32_t code_of(DType type) {
  return type == DType::f32   ? shaders::CAST_F32
         : type == DType::i32 ? shaders::CAST_I32
                              : shaders::CAST_U32;
}

bool is_half(DType type) {
  return type == DType::f16;
}

// Eight elements an invocation.
Dispatch cast_half(const LowerContext& c) {
  const std::int64_t count = c.out[0].shape.count();
  const std::uint32_t local = ops::local_size(c.target);
  return dispatch("cast_half", c, ops::quad_candidates(c.target, count % 8 == 0))
      .read(0)
      .write(0)
      .specialize(local, is_half(c.out[0].dtype))
      .push(shaders::CastHalfParams{static_cast<std::uint32_t>(count)})
      .linear_groups(ceil_div(ceil_div(count, 8), local))
      .cost(static_cast<double>(count), 6.0 * static_cast<double>(count));
}

struct Cast final : OperationOf<Cast> {
  DType to = DType::f32;

  bool operator==(const Cast&) const = default;
  [[nodiscard]] std::string_view name() const override { return "cast"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("to={}", ridgeback::name(to));
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    if (is_half(in[0].dtype) || is_half(to)) {
      require(is_float(in[0].dtype) && is_float(to),
              fmt::format("cast: f16 converts to and from f32 (got {} to {})", in[0].text(),
                          ridgeback::name(to)));
    } else {
      ops::require_words(in[0], "cast");
      ops::require_words({in[0].shape, to}, "cast");
    }
    return {{in[0].shape, to}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.out[0].shape.count();
    if (count == 0) return {};
    if (is_half(c.in[0].dtype) || is_half(to)) return {cast_half(c)};
    const std::uint32_t local = ops::local_size(c.target);
    return {dispatch("cast", c, ops::quad_candidates(c.target, count % 4 == 0))
                .read(0)
                .write(0)
                .specialize(local, code_of(c.in[0].dtype), code_of(to))
                .push(shaders::CastParams{static_cast<std::uint32_t>(count)})
                .linear_groups(ceil_div(ceil_div(count, 4), local))
                .cost(static_cast<double>(count), 8.0 * static_cast<double>(count))};
  }

  // Halves and floats do not lie at the same places. Storage is shared by tensors of one spec only.
  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}}; }

  // Between halves and floats that of the value, as if nothing were rounded.
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {is_float(g.inputs[0].dtype()) && is_float(to) ? g.grads[0] : Tensor{}};
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
