// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/fill_launch.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

std::int64_t extent_of(const Range& range) {
  return ceil_div(range.end - range.begin, range.step);
}

// Begin and step of each axis: where a box lies inside a larger tensor.
struct Box {
  std::vector<std::int64_t> begins;
  std::vector<std::int64_t> steps;
  bool operator==(const Box&) const = default;
};

Box box_of(const std::vector<Range>& ranges) {
  Box box;
  for (const Range& range : ranges) {
    box.begins.push_back(range.begin);
    box.steps.push_back(range.step);
  }
  return box;
}

std::vector<Range> ranges_of(const Box& box, const Shape& extents) {
  std::vector<Range> ranges;
  for (int axis = 0; axis < extents.rank(); ++axis) {
    const auto at = static_cast<std::size_t>(axis);
    const std::int64_t count = extents[axis];
    const std::int64_t begin = box.begins[at];
    const std::int64_t end = count == 0 ? begin : begin + (count - 1) * box.steps[at] + 1;
    ranges.push_back({begin, end, box.steps[at]});
  }
  return ranges;
}

// The view of a box in a row-major tensor of this shape.
ops::View view_of(const Box& box, const Shape& shape) {
  ops::View view{0, ops::row_major_strides(shape)};
  for (std::size_t axis = 0; axis < view.strides.size(); ++axis) {
    view.offset += box.begins[axis] * view.strides[axis];
    view.strides[axis] *= box.steps[axis];
  }
  return view;
}

Shape checked_extents(const std::vector<Range>& ranges, const Shape& shape,
                      std::string_view operation) {
  require(static_cast<int>(ranges.size()) == shape.rank(),
          fmt::format("{}: needs one range per axis (got {} for {})", operation, ranges.size(),
                      shape.text()));
  std::vector<std::int64_t> extents;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const Range& range = ranges[static_cast<std::size_t>(axis)];
    require(
        range.step >= 1 && 0 <= range.begin && range.begin <= range.end && range.end <= shape[axis],
        fmt::format("{}: range [{}, {}) step {} does not lie in axis {} of {}", operation,
                    range.begin, range.end, range.step, axis, shape.text()));
    extents.push_back(extent_of(range));
  }
  return Shape(std::span<const std::int64_t>(extents));
}

struct Slice final : OperationOf<Slice> {
  Box box;
  Shape extents;

  bool operator==(const Slice&) const = default;
  [[nodiscard]] std::string_view name() const override { return "slice"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_words(in[0], "slice");
    return {{extents, in[0].dtype}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    if (extents.count() == 0) return {};
    return {ops::copy_strided(c, extents, view_of(box, c.in[0].shape),
                              {0, ops::row_major_strides(extents)})
                .read(0)
                .write(0)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {place(g.grads[0], g.inputs[0].shape(), ranges_of(box, extents))};
  }
};

struct Place final : OperationOf<Place> {
  Box box;
  Shape shape;

  bool operator==(const Place&) const = default;
  [[nodiscard]] std::string_view name() const override { return "place"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_words(in[0], "place");
    return {{shape, in[0].dtype}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = shape.count();
    if (count == 0) return {};
    std::vector<Dispatch> launches;
    if (c.in[0].shape.count() < count) {
      launches.push_back(ops::fill_launch(c, 0));
    }
    if (c.in[0].shape.count() > 0) {
      launches.push_back(ops::copy_strided(c, c.in[0].shape,
                                           {0, ops::row_major_strides(c.in[0].shape)},
                                           view_of(box, shape))
                             .read(0)
                             .write(0));
    }
    return launches;
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {slice(g.grads[0], ranges_of(box, g.inputs[0].shape()))};
  }
};

std::vector<Range> whole(const Shape& shape) {
  std::vector<Range> ranges;
  for (const std::int64_t extent : shape.extents()) ranges.push_back({0, extent, 1});
  return ranges;
}

}  // namespace

Tensor slice(const Tensor& x, const std::vector<Range>& ranges) {
  Slice operation;
  operation.extents = checked_extents(ranges, x.shape(), "slice");
  operation.box = box_of(ranges);
  return operation.extents == x.shape() ? x : apply(operation, {x});
}

Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end, std::int64_t step) {
  std::vector<Range> ranges = whole(x.shape());
  ranges[static_cast<std::size_t>(x.shape().normalize(axis))] = {begin, end, step};
  return slice(x, ranges);
}

Tensor place(const Tensor& x, const Shape& shape, const std::vector<Range>& ranges) {
  const Shape extents = checked_extents(ranges, shape, "place");
  require(extents == x.shape(), fmt::format("place: ranges of extents {} do not take {}",
                                            extents.text(), x.spec().text()));
  Place operation;
  operation.box = box_of(ranges);
  operation.shape = shape;
  return shape == x.shape() ? x : apply(operation, {x});
}

Tensor pad(const Tensor& x, const std::vector<std::int64_t>& before,
           const std::vector<std::int64_t>& after) {
  const auto rank = static_cast<std::size_t>(x.shape().rank());
  require(before.size() == rank && after.size() == rank,
          fmt::format("pad: needs one count per axis (got {} and {} for {})", before.size(),
                      after.size(), x.spec().text()));
  std::vector<std::int64_t> extents;
  std::vector<Range> ranges;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    require(before[axis] >= 0 && after[axis] >= 0, "pad: counts must not be negative");
    const std::int64_t extent = x.shape()[static_cast<int>(axis)];
    extents.push_back(before[axis] + extent + after[axis]);
    ranges.push_back({before[axis], before[axis] + extent, 1});
  }
  return place(x, Shape(std::span<const std::int64_t>(extents)), ranges);
}

}  // namespace ridgeback
