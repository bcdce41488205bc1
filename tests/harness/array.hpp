// SPDX-License-Identifier: Apache-2.0
// Array: what references compute with. Double precision, row-major, whatever the element type of
// the tensor that it stands for.
#pragma once

#include "ridgeback/core/tensor_spec.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ridgeback::test {

struct Array {
  Shape shape;
  std::vector<double> values;

  Array() = default;
  /// Zeros.
  explicit Array(const Shape& of);
  Array(const Shape& of, std::vector<double> elements);

  [[nodiscard]] std::int64_t count() const { return shape.count(); }
  [[nodiscard]] double& operator[](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
  [[nodiscard]] double operator[](std::int64_t i) const {
    return values[static_cast<std::size_t>(i)];
  }
};

/// The bytes that hold these values in a tensor of type `dtype`: rounded to it for floats; integers
/// and codes must be exact.
[[nodiscard]] std::vector<std::byte> encode(const Array& array, DType dtype);

/// The inverse of encode.
[[nodiscard]] Array decode(const TensorSpec& spec, std::span<const std::byte> bytes);

/// f of every element.
[[nodiscard]] Array map(const Array& x, const std::function<double(double)>& f);

/// f of every pair of elements, with broadcasting.
[[nodiscard]] Array zip(const Array& a, const Array& b,
                        const std::function<double(double, double)>& f);

/// The position of an element of `shape` in a tensor of shape `from` that broadcasts to it.
[[nodiscard]] std::int64_t broadcast_index(std::int64_t index, const Shape& shape,
                                           const Shape& from);

}  // namespace ridgeback::test
