// SPDX-License-Identifier: Apache-2.0
// What matrix hardware multiplies at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ridgeback {

/// Extents of the product C[m,n] += A[m,k] B[k,n] that a subgroup makes with matrix hardware; all
/// 0: there is none.
struct MatrixUnit {
  std::uint32_t m = 0;
  std::uint32_t n = 0;
  std::uint32_t k = 0;

  [[nodiscard]] bool exists() const { return m > 0; }
  bool operator==(const MatrixUnit&) const = default;
};

/// "16x16x32", or "" for none.
[[nodiscard]] std::string text(const MatrixUnit& unit);

/// The inverse of text(); none for any other text.
[[nodiscard]] MatrixUnit matrix_unit_from_text(std::string_view text);

}  // namespace ridgeback
