// SPDX-License-Identifier: Apache-2.0
// Element types: dense ones of 32 or 16 bits, and packed codes of 8 bits down to 1.
#pragma once

#include <cstdint>
#include <string_view>

namespace ridgeback {

/// What one element of a tensor is. Packed types hold integer codes, several to a 32-bit word; the
/// layout of each is defined in core/bits.hpp.
enum class DType : std::uint8_t {
  f32,      ///< IEEE binary32
  f16,      ///< IEEE binary16, two to a word
  i32,      ///< two's complement
  u32,      ///< unsigned
  b1,       ///< one bit, code = bit: {0, 1}
  s1,       ///< one bit, a sign: 0 is +1 and 1 is -1
  ternary,  ///< a sign plane and a non-zero plane, words interleaved: {-1, 0, +1}
  i2,       ///< two's complement, 16 to a word
  i4,       ///< two's complement, 8 to a word
  i8,       ///< two's complement, 4 to a word
};

/// Short name: "f32", "b1", "ternary"...
[[nodiscard]] std::string_view name(DType type);

/// The type of that name; throws InvalidArgument for any other.
[[nodiscard]] DType dtype_from_name(std::string_view name);

/// Codes packed several to a word (b1, s1, ternary, i2, i4, i8).
[[nodiscard]] constexpr bool is_packed(DType type) {
  return type >= DType::b1;
}

/// f32 or f16.
[[nodiscard]] constexpr bool is_float(DType type) {
  return type <= DType::f16;
}

/// Storage bits of one element; 2 for ternary.
[[nodiscard]] constexpr int bits_of(DType type) {
  switch (type) {
    case DType::f32:
    case DType::i32:
    case DType::u32:
      return 32;
    case DType::f16:
      return 16;
    case DType::i8:
      return 8;
    case DType::i4:
      return 4;
    case DType::i2:
    case DType::ternary:
      return 2;
    case DType::b1:
    case DType::s1:
      return 1;
  }
  return 0;
}

}  // namespace ridgeback
