// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/shape.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>

namespace ridgeback {
namespace {

constexpr std::int64_t max_count = std::int64_t{1} << 40;

}  // namespace

Shape::Shape(std::initializer_list<std::int64_t> extents)
    : Shape(std::span<const std::int64_t>(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const std::int64_t> extents) {
  require(extents.size() <= max_rank,
          fmt::format("shape: rank too high (got {}, expected at most {})", extents.size(),
                      static_cast<int>(max_rank)));
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    require(extent >= 0, fmt::format("shape: negative extent (got {})", extent));
    require(extent == 0 || product <= max_count / extent, "shape: more than 2^40 elements");
    product *= std::max<std::int64_t>(extent, 1);
    extents_[static_cast<std::size_t>(rank_++)] = extent;
  }
}

std::int64_t Shape::count() const {
  return count(0, rank_);
}

std::int64_t Shape::count(int first, int last) const {
  std::int64_t product = 1;
  for (int axis = first; axis < last; ++axis) product *= extents_[static_cast<std::size_t>(axis)];
  return product;
}

int Shape::normalize(int axis) const {
  const int positive = axis < 0 ? axis + rank_ : axis;
  // The message is made only when it is needed: every access to an extent comes here.
  if (positive < 0 || positive >= rank_) {
    throw InvalidArgument(fmt::format("shape: axis out of range (got {} for {})", axis, text()));
  }
  return positive;
}

Shape Shape::with(int axis, std::int64_t extent) const {
  Shape copy = *this;
  copy.extents_[static_cast<std::size_t>(normalize(axis))] = extent;
  return Shape(copy.extents());
}

Shape Shape::without(int axis) const {
  const int removed = normalize(axis);
  Shape copy;
  for (int i = 0; i < rank_; ++i) {
    if (i != removed) {
      copy.extents_[static_cast<std::size_t>(copy.rank_++)] = extents_[static_cast<std::size_t>(i)];
    }
  }
  return copy;
}

std::string Shape::text() const {
  return fmt::format("[{}]", fmt::join(extents(), ", "));
}

Shape broadcast(const Shape& a, const Shape& b, std::string_view operation) {
  std::array<std::int64_t, Shape::max_rank> extents{};
  const int rank = std::max(a.rank(), b.rank());
  for (int i = 1; i <= rank; ++i) {
    const std::int64_t from_a = i <= a.rank() ? a[-i] : 1;
    const std::int64_t from_b = i <= b.rank() ? b[-i] : 1;
    if (from_a != from_b && from_a != 1 && from_b != 1) {
      throw InvalidArgument(fmt::format("{}: shapes do not broadcast (got {} and {})", operation,
                                        a.text(), b.text()));
    }
    extents[static_cast<std::size_t>(rank - i)] = from_a == 1 ? from_b : from_a;
  }
  return Shape(std::span<const std::int64_t>(extents.data(), static_cast<std::size_t>(rank)));
}

MatrixShape as_matrix(const Shape& shape) {
  if (shape.rank() == 0) return {1, 1};
  return {shape.count(0, shape.rank() - 1), shape[-1]};
}

std::int64_t checked_multiply(std::int64_t a, std::int64_t b, std::string_view what) {
  std::int64_t product = 0;
  require(a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, &product),
          fmt::format("{}: size overflows ({} x {})", what, a, b));
  return product;
}

}  // namespace ridgeback
