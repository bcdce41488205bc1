// SPDX-License-Identifier: Apache-2.0
// A tensor as it lies in a file: name, type, shape, bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::io {

/// Values are little endian and row-major without gaps. `dtype` is a safetensors name: BOOL U8 I8
/// F8_E5M2 F8_E4M3 U16 I16 F16 BF16 U32 I32 F32 U64 I64 F64.
struct StoredTensor {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;

  bool operator==(const StoredTensor&) const = default;
};

/// Bytes of one element of a type; 0 for a name that is not one.
[[nodiscard]] std::int64_t dtype_bytes(std::string_view dtype);

/// Tensors from plain values. Throw InvalidArgument if the shape does not fit the number of values.
[[nodiscard]] StoredTensor store_f32(std::string name, std::vector<std::int64_t> shape,
                                     std::span<const float> values);
[[nodiscard]] StoredTensor store_u32(std::string name, std::vector<std::int64_t> shape,
                                     std::span<const std::uint32_t> values);
[[nodiscard]] StoredTensor store_i32(std::string name, std::vector<std::int64_t> shape,
                                     std::span<const std::int32_t> values);
[[nodiscard]] StoredTensor store_u8(std::string name, std::vector<std::int64_t> shape,
                                    std::span<const std::uint8_t> values);

/// The values of a tensor. Throw InvalidArgument if it is of another type.
[[nodiscard]] std::vector<float> f32_values(const StoredTensor& tensor);
[[nodiscard]] std::vector<std::uint32_t> u32_values(const StoredTensor& tensor);
[[nodiscard]] std::vector<std::int32_t> i32_values(const StoredTensor& tensor);
[[nodiscard]] std::vector<std::uint8_t> u8_values(const StoredTensor& tensor);

/// Index of the first NaN or infinity of an F32, F16, BF16 or F64 tensor; -1 where there is none or
/// the type is another.
[[nodiscard]] std::int64_t first_not_finite(const StoredTensor& tensor);

/// The tensor of that name, or nullptr.
[[nodiscard]] const StoredTensor* find_tensor(std::span<const StoredTensor> tensors,
                                              std::string_view name);

}  // namespace ridgeback::io
