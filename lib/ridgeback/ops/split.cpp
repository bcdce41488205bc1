// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <memory>

namespace ridgeback {
namespace {

// The inverse of concat: output i is extents[i] long along the axis.
struct Split final : OperationOf<Split> {
  int axis = 0;
  std::vector<std::int64_t> extents;

  bool operator==(const Split&) const = default;
  [[nodiscard]] std::string_view name() const override { return "split"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("axis={},extents={}", axis, fmt::join(extents, "+"));
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_words(in[0], "split");
    std::vector<TensorSpec> parts;
    std::int64_t sum = 0;
    for (const std::int64_t extent : extents) {
      parts.push_back({in[0].shape.with(axis, extent), in[0].dtype});
      sum += extent;
    }
    require(sum == in[0].shape[axis], fmt::format("split: parts of {} do not make up axis {} of {}",
                                                  fmt::join(extents, ", "), axis, in[0].text()));
    return parts;
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::vector<std::int64_t> strides = ops::row_major_strides(c.in[0].shape);
    std::vector<Dispatch> launches;
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < c.out.size(); ++i) {
      const Shape& part = c.out[i].shape;
      const std::int64_t offset = begin * strides[static_cast<std::size_t>(axis)];
      begin += part[axis];
      if (part.count() == 0) continue;
      launches.push_back(
          ops::copy_strided(c, part, {offset, strides}, {0, ops::row_major_strides(part)})
              .read(0)
              .write(static_cast<int>(i)));
    }
    return launches;
  }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    std::vector<Tensor> parts;
    for (std::size_t i = 0; i < g.grads.size(); ++i)
      parts.push_back(g.grads[i] ? g.grads[i] : zeros(g.outputs[i].shape()));
    return {concat(parts, axis)};
  }
};

}  // namespace

std::vector<Tensor> split(const Tensor& x, int axis, const std::vector<std::int64_t>& extents) {
  require(!extents.empty(), "split: needs a part");
  for (const std::int64_t extent : extents)
    require(extent >= 0, fmt::format("split: a part cannot have {} elements", extent));
  auto operation = std::make_shared<Split>();
  operation->axis = x.shape().normalize(axis);
  operation->extents = extents;
  if (extents.size() == 1 && extents[0] == x.shape()[axis]) return {x};
  return apply_all(operation, {x});
}

}  // namespace ridgeback
