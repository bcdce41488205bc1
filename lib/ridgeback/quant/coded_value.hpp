// SPDX-License-Identifier: Apache-2.0
// The codes behind a dequantized value. For sources of quant only.
#pragma once

#include "ridgeback/quant/products.hpp"

#include <optional>

namespace ridgeback::quant {

/// The codes behind a dequantized value, seen through reshapes that keep the last axis; nothing for
/// any other value and for codes that are not packed.
[[nodiscard]] std::optional<CodedMatrix> as_coded(const Tensor& value);

/// As above where every row is one block.
[[nodiscard]] std::optional<CodedMatrix> as_coded_rows(const Tensor& value);

/// The stored codes of a matrix with one block a row, as a value: dequantized with s = 1 and o = 0.
[[nodiscard]] Tensor value_of_codes(const Tensor& codes);
/// Whether factors are those that value_of_codes() gives.
[[nodiscard]] bool are_unit_factors(const Tensor& factors);

}  // namespace ridgeback::quant
