// SPDX-License-Identifier: Apache-2.0
// The extents of a dense, row-major tensor.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace ridgeback {

/// Up to `max_rank` extents, outermost first. Rank 0 is a scalar with one element; an extent of 0
/// is allowed and makes the tensor empty.
class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;
  /// Throws InvalidArgument for a negative extent, too high a rank, or a count above 2^40.
  Shape(std::initializer_list<std::int64_t> extents);
  explicit Shape(std::span<const std::int64_t> extents);

  [[nodiscard]] int rank() const { return rank_; }
  /// Extent of an axis; negative axes count from the end. Throws InvalidArgument out of range.
  [[nodiscard]] std::int64_t operator[](int axis) const { return extents_[normalize(axis)]; }
  /// Number of elements.
  [[nodiscard]] std::int64_t count() const;
  /// Elements in the axes [first, last).
  [[nodiscard]] std::int64_t count(int first, int last) const;
  /// The axis in 0..rank-1 that `axis` means.
  [[nodiscard]] int normalize(int axis) const;
  [[nodiscard]] std::span<const std::int64_t> extents() const {
    return {extents_.data(), static_cast<std::size_t>(rank_)};
  }
  /// A copy with one extent replaced.
  [[nodiscard]] Shape with(int axis, std::int64_t extent) const;
  /// A copy without one axis.
  [[nodiscard]] Shape without(int axis) const;
  /// "[2, 3]"
  [[nodiscard]] std::string text() const;

  bool operator==(const Shape&) const = default;

 private:
  std::array<std::int64_t, max_rank> extents_{};
  int rank_ = 0;
};

/// The shape that two operands broadcast to (trailing axes aligned, extents equal or 1).
/// `operation` prefixes the InvalidArgument thrown when there is none.
[[nodiscard]] Shape broadcast(const Shape& a, const Shape& b, std::string_view operation);

/// Rows and columns of a shape seen as a matrix: the last axis is the columns, all others the rows.
struct MatrixShape {
  std::int64_t rows;
  std::int64_t cols;
};
[[nodiscard]] MatrixShape as_matrix(const Shape& shape);

/// a * b, or throws InvalidArgument naming `what` on overflow of 64 bits. Both must be >= 0.
[[nodiscard]] std::int64_t checked_multiply(std::int64_t a, std::int64_t b, std::string_view what);

/// Smallest multiple of `unit` that is >= value.
[[nodiscard]] constexpr std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}
/// value / unit rounded up.
[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit;
}

}  // namespace ridgeback
