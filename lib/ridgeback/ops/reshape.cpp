// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/layout.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

struct Reshape final : OperationOf<Reshape> {
  Shape shape;

  bool operator==(const Reshape&) const = default;
  [[nodiscard]] std::string_view name() const override { return "reshape"; }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].shape.count() == shape.count(),
            fmt::format("reshape: {} does not become {}", in[0].text(), shape.text()));
    const bool rows_stay = as_matrix(in[0].shape).cols == as_matrix(shape).cols;
    require(!is_packed(in[0].dtype) || rows_stay,
            fmt::format("reshape: a packed tensor keeps its last extent (got {} to {})",
                        in[0].text(), shape.text()));
    return {{shape, in[0].dtype}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& /*c*/) const override { return {}; }
  [[nodiscard]] std::optional<int> alias_of() const override { return 0; }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {reshape(g.grads[0], g.inputs[0].shape())};
  }
};

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (const auto value = fill_value(x); value && x.shape().count() == shape.count()) {
    return fill(shape, *value);
  }
  if (dynamic_cast<const Reshape*>(&x.operation()) != nullptr) {
    return reshape(x.node().inputs[0], shape);
  }
  Reshape operation;
  operation.shape = shape;
  return apply(operation, {x});
}

Tensor flatten(const Tensor& x, int first_axis) {
  const int rank = x.shape().rank();
  if (rank == 0) return reshape(x, {1});
  const int first = x.shape().normalize(first_axis);
  std::vector<std::int64_t> extents;
  for (int axis = 0; axis < first; ++axis) extents.push_back(x.shape()[axis]);
  extents.push_back(x.shape().count(first, rank));
  return reshape(x, Shape(std::span<const std::int64_t>(extents)));
}

}  // namespace ridgeback
