// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/stored_tensor.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::io {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little endian");

struct DTypeSize {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<DTypeSize, 15> dtype_sizes{{{"BOOL", 1},
                                                 {"U8", 1},
                                                 {"I8", 1},
                                                 {"F8_E5M2", 1},
                                                 {"F8_E4M3", 1},
                                                 {"U16", 2},
                                                 {"I16", 2},
                                                 {"F16", 2},
                                                 {"BF16", 2},
                                                 {"U32", 4},
                                                 {"I32", 4},
                                                 {"F32", 4},
                                                 {"U64", 8},
                                                 {"I64", 8},
                                                 {"F64", 8}}};

template <typename T>
StoredTensor store(std::string name, std::string_view dtype, std::vector<std::int64_t> shape,
                   std::span<const T> values) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count = checked_multiply(count, extent, name);
  require(count == static_cast<std::int64_t>(values.size()),
          fmt::format("{}: shape does not fit the values (got {} values, expected {})", name,
                      values.size(), count));
  const auto bytes = std::as_bytes(values);
  return {std::move(name), std::string(dtype), std::move(shape), {bytes.begin(), bytes.end()}};
}

template <typename T>
std::vector<T> values_of(const StoredTensor& tensor, std::string_view dtype) {
  require(tensor.dtype == dtype, fmt::format("{}: wrong element type (got {}, expected {})",
                                             tensor.name, tensor.dtype, dtype));
  require(tensor.bytes.size() % sizeof(T) == 0,
          fmt::format("{}: {} bytes do not hold whole elements", tensor.name, tensor.bytes.size()));
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

// Index of the first element all of whose exponent bits are set.
template <typename T>
std::int64_t first_full_exponent(const StoredTensor& tensor, T exponent_mask) {
  const std::size_t count = tensor.bytes.size() / sizeof(T);
  for (std::size_t i = 0; i < count; ++i) {
    T bits;
    std::memcpy(&bits, tensor.bytes.data() + i * sizeof(T), sizeof(T));
    if ((bits & exponent_mask) == exponent_mask) return static_cast<std::int64_t>(i);
  }
  return -1;
}

}  // namespace

std::int64_t dtype_bytes(std::string_view dtype) {
  const auto it = std::find_if(dtype_sizes.begin(), dtype_sizes.end(),
                               [&](const DTypeSize& size) { return size.name == dtype; });
  return it == dtype_sizes.end() ? 0 : it->bytes;
}

StoredTensor store_f32(std::string name, std::vector<std::int64_t> shape,
                       std::span<const float> values) {
  return store(std::move(name), "F32", std::move(shape), values);
}

StoredTensor store_u32(std::string name, std::vector<std::int64_t> shape,
                       std::span<const std::uint32_t> values) {
  return store(std::move(name), "U32", std::move(shape), values);
}

StoredTensor store_i32(std::string name, std::vector<std::int64_t> shape,
                       std::span<const std::int32_t> values) {
  return store(std::move(name), "I32", std::move(shape), values);
}

StoredTensor store_u8(std::string name, std::vector<std::int64_t> shape,
                      std::span<const std::uint8_t> values) {
  return store(std::move(name), "U8", std::move(shape), values);
}

std::vector<float> f32_values(const StoredTensor& tensor) {
  return values_of<float>(tensor, "F32");
}

std::vector<std::uint32_t> u32_values(const StoredTensor& tensor) {
  return values_of<std::uint32_t>(tensor, "U32");
}

std::vector<std::int32_t> i32_values(const StoredTensor& tensor) {
  return values_of<std::int32_t>(tensor, "I32");
}

std::vector<std::uint8_t> u8_values(const StoredTensor& tensor) {
  return values_of<std::uint8_t>(tensor, "U8");
}

std::int64_t first_not_finite(const StoredTensor& tensor) {
  if (tensor.dtype == "F32") return first_full_exponent<std::uint32_t>(tensor, 0x7F800000U);
  if (tensor.dtype == "F16") return first_full_exponent<std::uint16_t>(tensor, 0x7C00U);
  if (tensor.dtype == "BF16") return first_full_exponent<std::uint16_t>(tensor, 0x7F80U);
  if (tensor.dtype == "F64") {
    return first_full_exponent<std::uint64_t>(tensor, 0x7FF0000000000000U);
  }
  return -1;
}

const StoredTensor* find_tensor(std::span<const StoredTensor> tensors, std::string_view name) {
  const auto it = std::find_if(tensors.begin(), tensors.end(),
                               [&](const StoredTensor& tensor) { return tensor.name == name; });
  return it == tensors.end() ? nullptr : &*it;
}

}  // namespace ridgeback::io
