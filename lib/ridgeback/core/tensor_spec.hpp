// SPDX-License-Identifier: Apache-2.0
// Shape and element type of a tensor, and how many bytes it takes.
#pragma once

#include "ridgeback/core/dtype.hpp"
#include "ridgeback/core/shape.hpp"

#include <cstdint>
#include <string>

namespace ridgeback {

/// Dense tensors are row-major without gaps. Packed ones are packed along the last axis and every
/// row starts on a 16-byte boundary (core/bits.hpp).
struct TensorSpec {
  Shape shape;
  DType dtype = DType::f32;

  /// Bytes of storage, always a multiple of 4.
  [[nodiscard]] std::int64_t bytes() const;
  /// "f32[2, 3]"
  [[nodiscard]] std::string text() const;

  bool operator==(const TensorSpec&) const = default;
};

}  // namespace ridgeback
