// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/fill.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/fill_launch.hpp"

#include <bit>
#include <cstring>
#include <fmt/core.h>

namespace ridgeback {
namespace {

struct Fill final : OperationOf<Fill> {
  Shape shape;
  std::uint32_t word = 0;  // the bits, so that -0 and NaN merge with themselves only

  bool operator==(const Fill&) const = default;
  [[nodiscard]] std::string_view name() const override { return "fill"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("value={}", std::bit_cast<float>(word));
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> /*in*/) const override {
    return {{shape, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    if (shape.count() == 0) return {};
    return {ops::fill_launch(c, 0, word)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {};
  }
};

}  // namespace

Tensor fill(const Shape& shape, float value) {
  Fill operation;
  operation.shape = shape;
  operation.word = std::bit_cast<std::uint32_t>(value);
  return apply(operation, {});
}

Tensor zeros(const Shape& shape) {
  return fill(shape, 0.0F);
}

Tensor ones(const Shape& shape) {
  return fill(shape, 1.0F);
}

std::optional<float> fill_value(const Tensor& tensor) {
  if (const auto* made = dynamic_cast<const Fill*>(&tensor.operation())) {
    return std::bit_cast<float>(made->word);
  }
  const Source* source = as_source(tensor);
  const bool single = source != nullptr && source->kind == Source::Kind::constant &&
                      tensor.dtype() == DType::f32 && tensor.shape().count() == 1;
  if (!single) return std::nullopt;
  float value = 0;
  std::memcpy(&value, source->bytes.data(), sizeof(value));
  return value;
}

}  // namespace ridgeback
