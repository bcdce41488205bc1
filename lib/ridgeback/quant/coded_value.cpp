// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/coded_value.hpp"

#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/quant/dequantize.hpp"
#include "ridgeback/quant/quant.hpp"

#include <algorithm>
#include <span>

namespace ridgeback::quant {
namespace {

std::vector<float> unit_factors(std::int64_t rows) {
  std::vector<float> factors(static_cast<std::size_t>(2 * rows), 0.0F);
  for (std::size_t i = 0; i < factors.size(); i += 2) factors[i] = 1.0F;
  return factors;
}

}  // namespace

std::optional<CodedMatrix> as_coded(const Tensor& value) {
  if (const auto* made = dynamic_cast<const Dequantize*>(&value.operation())) {
    const Tensor& codes = value.node().inputs[0];
    if (!is_packed(codes.dtype())) return std::nullopt;
    const bool blocks = made->group.kind == Group::Kind::blocks;
    return CodedMatrix{codes, value.node().inputs[1], blocks ? made->group.size : 0};
  }
  const Shape& shape = value.shape();
  if (value.operation().alias_of() != 0 || shape.rank() == 0) return std::nullopt;
  const Tensor& source = value.node().inputs[0];
  if (source.shape().rank() == 0 || source.shape()[-1] != shape[-1]) return std::nullopt;
  std::optional<CodedMatrix> coded = as_coded(source);
  if (coded) coded->codes = reshape(coded->codes, shape);
  return coded;
}

std::optional<CodedMatrix> as_coded_rows(const Tensor& value) {
  std::optional<CodedMatrix> coded = as_coded(value);
  if (coded && value.shape()[-1] == 0) return std::nullopt;  // rows of nothing have no factors
  if (coded && coded->block >= value.shape()[-1]) coded->block = 0;
  return coded && coded->block == 0 ? coded : std::nullopt;
}

Tensor value_of_codes(const Tensor& codes) {
  const auto [rows, cols] = as_matrix(codes.shape());
  const Shape shape{rows, cols == 0 ? 0 : 1, 2};
  return dequantize(codes, constant(shape, unit_factors(shape.count() / 2)), Group::channel());
}

bool are_unit_factors(const Tensor& factors) {
  const Source* source = as_source(factors);
  if (source == nullptr || source->kind != Source::Kind::constant ||
      source->spec.dtype != DType::f32) {
    return false;
  }
  const std::vector<float> unit = unit_factors(source->spec.shape.count() / 2);
  return std::ranges::equal(source->bytes, std::as_bytes(std::span(unit)));
}

}  // namespace ridgeback::quant
