// SPDX-License-Identifier: Apache-2.0
// How tensors of the graph lie in a packed model file.
#pragma once

#include "ridgeback/core/tensor_spec.hpp"
#include "ridgeback/io/stored_tensor.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::deploy {

inline constexpr const char* packed_format = "ridgeback-packed-1";

/// Type and shape in the file: packed codes are U32 [rows, words per row] (core/bits.hpp), dense
/// types keep their shape. Matrices with many zeros are U32 [words] (core/compact.hpp) in place of
/// that where it is smaller.
struct StoredSpec {
  std::string dtype;
  std::vector<std::int64_t> shape;
};

[[nodiscard]] StoredSpec stored_spec(const TensorSpec& spec);

/// Turns a tensor that lies as stored_spec() says into the compact form if that is smaller.
void leave_out_zeros(io::StoredTensor& stored, const TensorSpec& spec);

/// The bytes of a tensor of a file as the device wants them, from either form. Throws
/// InvalidArgument for one of another type or shape, or that is broken.
[[nodiscard]] std::vector<std::byte> dense_bytes(const io::StoredTensor& stored,
                                                 const TensorSpec& spec);

}  // namespace ridgeback::deploy
