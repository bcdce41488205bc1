// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/stored_spec.hpp"

#include "ridgeback/core/bits.hpp"

namespace ridgeback::deploy {

StoredSpec stored_spec(const TensorSpec& spec) {
  if (is_packed(spec.dtype)) {
    const auto [rows, cols] = as_matrix(spec.shape);
    return {"U32", {rows, words_per_row(spec.dtype, cols)}};
  }
  const auto extents = spec.shape.extents();
  std::string dtype = "F32";
  if (spec.dtype == DType::f16) dtype = "F16";
  if (spec.dtype == DType::i32) dtype = "I32";
  if (spec.dtype == DType::u32) dtype = "U32";
  return {dtype, {extents.begin(), extents.end()}};
}

}  // namespace ridgeback::deploy
