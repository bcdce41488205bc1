// SPDX-License-Identifier: Apache-2.0
#include "elementwise/where.h"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

struct Where final : OperationOf<Where> {
  bool operator==(const Where&) const = default;
  [[nodiscard]] std::string_view name() const override { return "where"; }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    for (const TensorSpec& operand : in) {
      require(operand.dtype == DType::f32,
              fmt::format("where: operands must be f32 (got {})", operand.text()));
    }
    const Shape branches = broadcast(in[1].shape, in[2].shape, "where");
    return {{broadcast(in[0].shape, branches, "where"), DType::f32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const Shape& shape = c.out[0].shape;
    if (shape.count() == 0) return {};
    const ops::Walk walk = ops::collapse(shape, {ops::broadcast_strides(c.in[0].shape, shape),
                                                 ops::broadcast_strides(c.in[1].shape, shape),
                                                 ops::broadcast_strides(c.in[2].shape, shape)});
    const bool vector = walk.outer == 1 || walk.inner % 4 == 0;
    const std::int64_t units = walk.outer * ceil_div(walk.inner, vector ? 4 : 1);
    const std::uint32_t local = ops::local_size(c.target);
    shaders::WhereParams params{};
    params.outer = static_cast<std::uint32_t>(walk.outer);
    params.inner = static_cast<std::uint32_t>(walk.inner);
    ops::store(walk.extents, params.extents);
    ops::store(walk.strides[0], params.mask_strides);
    ops::store(walk.strides[1], params.a_strides);
    ops::store(walk.strides[2], params.b_strides);
    const auto count = static_cast<double>(shape.count());
    return {dispatch("where", c, ops::quad_candidates(c.target, walk.inner % 4 == 0))
                .read(0)
                .read(1)
                .read(2)
                .write(0)
                .specialize(local, walk.extents.size(), walk.inner_strides[0],
                            walk.inner_strides[1], walk.inner_strides[2], vector ? 1 : 0)
                .push(params)
                .linear_groups(ceil_div(units, local))
                .cost(count, 16.0 * count)};
  }

  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}, {0, 1}, {0, 2}}; }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const Tensor &mask = g.inputs[0], &dy = g.grads[0];
    const Tensor none = constant(0.0F);
    std::vector<Tensor> grads(3);
    if (g.needs(1)) grads[1] = sum_to_shape(where(mask, dy, none), g.inputs[1].shape());
    if (g.needs(2)) grads[2] = sum_to_shape(where(mask, none, dy), g.inputs[2].shape());
    return grads;
  }
};

}  // namespace

Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b) {
  return apply(Where{}, {mask, a, b});
}

}  // namespace ridgeback
