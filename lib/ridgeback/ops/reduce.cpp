// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/reduce.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <fmt/core.h>
#include <numeric>

#include "reduce/reduce_columns.h"
#include "reduce/reduce_rows.h"

namespace ridgeback {
namespace {

// All but the last are kernel constants. A mean is a sum whose last stage divides; what squares and
// not_finite make of values in the first stage is summed in the others.
enum class Kind : std::uint32_t { sum, max, min, squares, not_finite, mean };
constexpr std::array<std::string_view, 6> names{
    "sum", "max", "min", "sum_squares", "count_not_finite", "mean"};

// [outer, extent, inner]: `extent` is reduced.
struct Extents {
  std::int64_t outer;
  std::int64_t extent;
  std::int64_t inner;
};

// One stage of a reduction: what comes in, and how many elements of `extent` become one.
struct Stage {
  Extents in;
  std::int64_t segment;
  // One even where there is nothing to add up: its sum is 0.
  [[nodiscard]] std::int64_t segments() const {
    return std::max<std::int64_t>(ceil_div(in.extent, segment), 1);
  }
};

// Stages until one element is left. A stage is cut into segments while there are too few results to
// fill the device; segments are multiples of 4, and short enough for blocked sums to stay accurate.
std::vector<Stage> stages_of(Extents extents, const Target& target) {
  const std::int64_t wanted = target.is_cpu() ? 1024 : 65536;
  const std::int64_t shortest = target.is_cpu() ? 256 : 64;
  constexpr std::int64_t longest = 16384;
  std::vector<Stage> stages;
  do {
    const std::int64_t results = extents.outer * extents.inner;
    std::int64_t segment = extents.extent;
    if (results < wanted || segment > longest) {
      const std::int64_t even = ceil_div(extents.extent * results, wanted);
      segment = std::min(segment, round_up(std::clamp(even, shortest, longest), 4));
    }
    stages.push_back({extents, std::max<std::int64_t>(segment, 1)});
    extents.extent = stages.back().segments();
  } while (extents.extent > 1);
  return stages;
}

// Reduces the axes [first, last), which vanish.
struct Reduce final : OperationOf<Reduce> {
  Kind kind = Kind::sum;
  int first = 0;
  int last = 0;

  bool operator==(const Reduce&) const = default;
  [[nodiscard]] std::string_view name() const override {
    return names[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("axes={}..{}", first, last - 1);
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const Shape& shape = in[0].shape;
    require(in[0].dtype == DType::f32,
            fmt::format("{}: input must be f32 (got {})", name(), in[0].text()));
    Shape result = shape;
    for (int axis = last - 1; axis >= first; --axis) result = result.without(axis);
    const bool adds = kind != Kind::max && kind != Kind::min && kind != Kind::mean;
    require(adds || shape.count(first, last) > 0 || result.count() == 0,
            fmt::format("{}: nothing to reduce (got {})", name(), in[0].text()));
    return {{result, DType::f32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const Tensor& x = g.inputs[0];
    Shape kept = x.shape();
    for (int axis = first; axis < last; ++axis) kept = kept.with(axis, 1);
    const Tensor dy = reshape(g.grads[0], kept);
    const auto count = static_cast<float>(x.shape().count(first, last));
    if (kind == Kind::sum) return {broadcast_to(dy, x.shape())};
    if (kind == Kind::mean) return {broadcast_to(dy / count, x.shape())};
    if (kind == Kind::squares) return {x * (dy * 2.0F)};
    if (kind == Kind::not_finite) return {Tensor{}};
    // max, min: dx = dy * hit / (number of hits)
    const Tensor hit = equal(x, reshape(g.outputs[0], kept));
    Axes axes(static_cast<std::size_t>(last - first));
    std::iota(axes.begin(), axes.end(), first);
    return {hit * (dy / sum(hit, axes, true))};
  }
};

std::uint32_t kernel_kind(Kind kind) {
  return static_cast<std::uint32_t>(kind == Kind::mean ? Kind::sum : kind);
}

Dispatch rows_dispatch(const LowerContext& c, Kind kind, const Stage& stage, float divisor) {
  const std::int64_t tasks = stage.in.outer * stage.segments();
  const std::uint32_t local = ops::local_size(c.target);
  const bool vector = stage.in.extent % 4 == 0 || stage.in.outer == 1;
  const auto u32 = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  std::vector<std::string> candidates = ops::serial_or_baseline(c.target);
  if (stage.in.extent % 4 == 0)
    candidates.insert(c.target.is_cpu() ? candidates.begin() : candidates.end(), "wide");
  Dispatch launch = dispatch("reduce_rows", c, candidates);
  launch.specialize(local, kernel_kind(kind), vector ? 1 : 0)
      .push(shaders::ReduceRowsParams{u32(stage.in.extent), u32(stage.segment),
                                      u32(stage.segments()), u32(tasks), divisor});
  if (launch.variant != "baseline") return launch.linear_groups(ceil_div(tasks, local));
  const std::int64_t vectors = std::min<std::int64_t>(ceil_div(stage.segment, 4), local);
  const std::uint32_t lanes = std::bit_ceil(u32(vectors));
  return launch.specialize(lanes, local).linear_groups(ceil_div(tasks, local / lanes));
}

Dispatch columns_dispatch(const LowerContext& c, Kind kind, const Stage& stage, float divisor) {
  const bool vector = stage.in.inner % 4 == 0;
  const std::int64_t units =
      stage.in.outer * stage.segments() * (vector ? stage.in.inner / 4 : stage.in.inner);
  Dispatch launch = dispatch("reduce_columns", c, ops::quad_candidates(c.target, vector));
  const bool wide = launch.variant == "wide";
  // A vector of lanes of `wide` reads 512 bytes of each row.
  const std::uint32_t local = wide ? 8 : ops::local_size(c.target);
  const std::int64_t groups =
      wide ? stage.in.outer * stage.segments() * ceil_div(stage.in.inner / 4, 4 * local)
           : ceil_div(units, local);
  const auto u32 = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  return launch.specialize(local, kernel_kind(kind), vector ? 1 : 0)
      .push(shaders::ReduceColumnsParams{u32(stage.in.extent), u32(stage.in.inner),
                                         u32(stage.segment), u32(stage.segments()), u32(units),
                                         divisor})
      .linear_groups(groups);
}

std::vector<Dispatch> Reduce::lower(const LowerContext& c) const {
  const Shape& shape = c.in[0].shape;
  if (c.out[0].shape.count() == 0) return {};
  const Extents extents{shape.count(0, first), shape.count(first, last),
                        shape.count(last, shape.rank())};
  const float divisor = kind == Kind::mean ? static_cast<float>(extents.extent) : 1.0F;
  const std::vector<Stage> stages = stages_of(extents, c.target);
  std::vector<Dispatch> launches;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i];
    const bool end = i + 1 == stages.size();
    const bool maps = kind == Kind::squares || kind == Kind::not_finite;
    const Kind now = maps && i > 0 ? Kind::sum : kind;
    Dispatch launch = extents.inner == 1 ? rows_dispatch(c, now, stage, end ? divisor : 1.0F)
                                         : columns_dispatch(c, now, stage, end ? divisor : 1.0F);
    const std::int64_t read = stage.in.outer * stage.in.extent * stage.in.inner;
    const std::int64_t written = stage.in.outer * stage.segments() * stage.in.inner;
    const int from = static_cast<int>(i) - 1;
    i == 0 ? launch.read(0) : launch.read_scratch(from, 4 * read);
    end ? launch.write(0) : launch.write_scratch(from + 1, 4 * written);
    launch.cost(static_cast<double>(read), 4.0 * static_cast<double>(read + written));
    launches.push_back(std::move(launch));
  }
  return launches;
}

Axes all_axes(const Tensor& x) {
  Axes axes(static_cast<std::size_t>(x.shape().rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

// One operation for each run of neighbouring axes, the last run first so that the numbers of the
// others stay valid.
Tensor reduce(Kind kind, const Tensor& x, Axes axes) {
  const std::string_view name = names[static_cast<std::size_t>(kind)];
  for (int& axis : axes) axis = x.shape().normalize(axis);
  std::ranges::sort(axes);
  require(std::ranges::adjacent_find(axes) == axes.end(),
          fmt::format("{}: an axis is given twice", name));
  Tensor y = x;
  while (!axes.empty()) {
    Reduce operation;
    operation.kind = kind;
    operation.last = axes.back() + 1;
    operation.first = axes.back();
    axes.pop_back();
    while (!axes.empty() && axes.back() == operation.first - 1) {
      operation.first = axes.back();
      axes.pop_back();
    }
    y = apply(operation, {y});
  }
  return y;
}

Tensor reduce_keeping(Kind kind, const Tensor& x, const Axes& axes, bool keep_dims) {
  const Tensor y = reduce(kind, x, axes);
  if (!keep_dims) return y;
  Shape kept = x.shape();
  for (const int axis : axes) kept = kept.with(axis, 1);
  return reshape(y, kept);
}

}  // namespace

Tensor sum(const Tensor& x) {
  return sum(x, all_axes(x));
}
Tensor sum(const Tensor& x, int axis, bool keep_dims) {
  return sum(x, Axes{axis}, keep_dims);
}
Tensor sum(const Tensor& x, const Axes& axes, bool keep_dims) {
  return reduce_keeping(Kind::sum, x, axes, keep_dims);
}

Tensor mean(const Tensor& x) {
  return mean(x, all_axes(x));
}
Tensor mean(const Tensor& x, int axis, bool keep_dims) {
  return mean(x, Axes{axis}, keep_dims);
}
Tensor mean(const Tensor& x, const Axes& axes, bool keep_dims) {
  return reduce_keeping(Kind::mean, x, axes, keep_dims);
}

Tensor max(const Tensor& x) {
  return max(x, all_axes(x));
}
Tensor max(const Tensor& x, int axis, bool keep_dims) {
  return max(x, Axes{axis}, keep_dims);
}
Tensor max(const Tensor& x, const Axes& axes, bool keep_dims) {
  return reduce_keeping(Kind::max, x, axes, keep_dims);
}

Tensor min(const Tensor& x) {
  return min(x, all_axes(x));
}
Tensor min(const Tensor& x, int axis, bool keep_dims) {
  return min(x, Axes{axis}, keep_dims);
}
Tensor min(const Tensor& x, const Axes& axes, bool keep_dims) {
  return reduce_keeping(Kind::min, x, axes, keep_dims);
}

namespace {

// A scalar has no axis to reduce.
Tensor as_array(const Tensor& x) {
  return x.shape().rank() == 0 ? reshape(x, {1}) : x;
}

}  // namespace

Tensor sum_squares(const Tensor& x) {
  const Tensor array = as_array(x);
  return reduce(Kind::squares, array, all_axes(array));
}

Tensor count_not_finite(const Tensor& x) {
  const Tensor array = as_array(x);
  return reduce(Kind::not_finite, array, all_axes(array));
}

Tensor sum_to_shape(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  require(broadcast(x.shape(), shape, "sum_to_shape") == x.shape(),
          fmt::format("sum_to_shape: {} does not broadcast to {}", shape.text(), x.shape().text()));
  const int added = x.shape().rank() - shape.rank();
  Axes axes;
  for (int axis = 0; axis < x.shape().rank(); ++axis) {
    if (axis < added || (shape[axis - added] == 1 && x.shape()[axis] != 1)) axes.push_back(axis);
  }
  return reshape(sum(x, axes), shape);
}

}  // namespace ridgeback
