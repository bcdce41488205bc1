// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/tensor_spec.hpp"

#include "ridgeback/core/bits.hpp"

#include <fmt/core.h>

namespace ridgeback {

std::int64_t TensorSpec::bytes() const {
  if (is_packed(dtype)) {
    const auto [rows, cols] = as_matrix(shape);
    return rows * words_per_row(dtype, cols) * 4;
  }
  return round_up(shape.count() * bits_of(dtype) / 8, 4);
}

std::string TensorSpec::text() const {
  return fmt::format("{}{}", name(dtype), shape.text());
}

}  // namespace ridgeback
