// SPDX-License-Identifier: Apache-2.0
// How tensors of the graph lie in a packed model file.
#pragma once

#include "ridgeback/core/tensor_spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::deploy {

inline constexpr const char* packed_format = "ridgeback-packed-1";

/// Type and shape in the file: packed codes are U32 [rows, words per row] (core/bits.hpp), dense
/// types keep their shape.
struct StoredSpec {
  std::string dtype;
  std::vector<std::int64_t> shape;
};

[[nodiscard]] StoredSpec stored_spec(const TensorSpec& spec);

}  // namespace ridgeback::deploy
