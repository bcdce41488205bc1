// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/reduce.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

struct BroadcastTo final : OperationOf<BroadcastTo> {
  Shape shape;

  bool operator==(const BroadcastTo&) const = default;
  [[nodiscard]] std::string_view name() const override { return "broadcast_to"; }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_words(in[0], "broadcast_to");
    require(broadcast(in[0].shape, shape, "broadcast_to") == shape,
            fmt::format("broadcast_to: {} does not broadcast to {}", in[0].text(), shape.text()));
    return {{shape, in[0].dtype}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    if (shape.count() == 0) return {};
    return {ops::copy_strided(c, shape, {0, ops::broadcast_strides(c.in[0].shape, shape)},
                              {0, ops::row_major_strides(shape)})
                .read(0)
                .write(0)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {sum_to_shape(g.grads[0], g.inputs[0].shape())};
  }
};

}  // namespace

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const auto value = fill_value(x);
  if (value && broadcast(x.shape(), shape, "broadcast_to") == shape) return fill(shape, *value);
  BroadcastTo operation;
  operation.shape = shape;
  return apply(operation, {x});
}

std::optional<Tensor> broadcast_source(const Tensor& x) {
  if (dynamic_cast<const BroadcastTo*>(&x.operation()) == nullptr) return std::nullopt;
  return x.node().inputs[0];
}

}  // namespace ridgeback
