// SPDX-License-Identifier: Apache-2.0
#include "harness/array.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/half.hpp"

#include <cstring>
#include <fmt/core.h>

namespace ridgeback::test {
namespace {

template <class T, class Convert>
std::vector<std::byte> encode_as(const Array& array, const Convert& convert, std::int64_t bytes) {
  std::vector<std::byte> result(static_cast<std::size_t>(bytes));
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    const T value = convert(array.values[i]);
    std::memcpy(result.data() + i * sizeof(T), &value, sizeof(T));
  }
  return result;
}

template <class T, class Convert>
void decode_as(Array& array, std::span<const std::byte> bytes, const Convert& convert) {
  for (std::size_t i = 0; i < array.values.size(); ++i) {
    T value{};
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    array.values[i] = convert(value);
  }
}

std::vector<std::byte> encode_packed(const Array& array, DType dtype) {
  std::vector<std::int32_t> codes;
  codes.reserve(array.values.size());
  for (const double value : array.values) codes.push_back(static_cast<std::int32_t>(value));
  const auto [rows, cols] = as_matrix(array.shape);
  const std::vector<std::uint32_t> words = pack(dtype, codes, rows, cols);
  const auto bytes = std::as_bytes(std::span<const std::uint32_t>(words));
  return {bytes.begin(), bytes.end()};
}

void decode_packed(Array& array, DType dtype, std::span<const std::byte> bytes) {
  std::vector<std::uint32_t> words(bytes.size() / 4);
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), words.size() * 4);
  const auto [rows, cols] = as_matrix(array.shape);
  const std::vector<std::int32_t> codes = unpack(dtype, words, rows, cols);
  array.values.assign(codes.begin(), codes.end());
}

}  // namespace

Array::Array(const Shape& of) : shape(of), values(static_cast<std::size_t>(of.count())) {}

Array::Array(const Shape& of, std::vector<double> elements)
    : shape(of), values(std::move(elements)) {
  require(static_cast<std::int64_t>(values.size()) == shape.count(),
          fmt::format("array: {} takes {} values (got {})", shape.text(), shape.count(),
                      values.size()));
}

std::vector<std::byte> encode(const Array& array, DType dtype) {
  const std::int64_t bytes = TensorSpec{array.shape, dtype}.bytes();
  switch (dtype) {
    case DType::f32:
      return encode_as<float>(
          array, [](double v) { return static_cast<float>(v); }, bytes);
    case DType::f16:
      return encode_as<std::uint16_t>(
          array, [](double v) { return half_from_float(static_cast<float>(v)); }, bytes);
    case DType::i32:
      return encode_as<std::int32_t>(
          array, [](double v) { return static_cast<std::int32_t>(v); }, bytes);
    case DType::u32:
      return encode_as<std::uint32_t>(
          array, [](double v) { return static_cast<std::uint32_t>(v); }, bytes);
    default:
      return encode_packed(array, dtype);
  }
}

Array decode(const TensorSpec& spec, std::span<const std::byte> bytes) {
  require(
      static_cast<std::int64_t>(bytes.size()) == spec.bytes(),
      fmt::format("array: {} takes {} bytes (got {})", spec.text(), spec.bytes(), bytes.size()));
  Array array(spec.shape);
  const auto plain = [](auto v) { return static_cast<double>(v); };
  switch (spec.dtype) {
    case DType::f32:
      decode_as<float>(array, bytes, plain);
      break;
    case DType::f16:
      decode_as<std::uint16_t>(
          array, bytes, [](std::uint16_t v) { return static_cast<double>(float_from_half(v)); });
      break;
    case DType::i32:
      decode_as<std::int32_t>(array, bytes, plain);
      break;
    case DType::u32:
      decode_as<std::uint32_t>(array, bytes, plain);
      break;
    default:
      decode_packed(array, spec.dtype, bytes);
  }
  return array;
}

Array map(const Array& x, const std::function<double(double)>& f) {
  Array y(x.shape);
  for (std::int64_t i = 0; i < y.count(); ++i) y[i] = f(x[i]);
  return y;
}

Array zip(const Array& a, const Array& b, const std::function<double(double, double)>& f) {
  Array y(broadcast(a.shape, b.shape, "zip"));
  for (std::int64_t i = 0; i < y.count(); ++i) {
    y[i] = f(a[broadcast_index(i, y.shape, a.shape)], b[broadcast_index(i, y.shape, b.shape)]);
  }
  return y;
}

std::int64_t broadcast_index(std::int64_t index, const Shape& shape, const Shape& from) {
  std::int64_t result = 0;
  std::int64_t stride = 1;
  for (int axis = 1; axis <= from.rank(); ++axis) {
    const std::int64_t coordinate = index % shape[-axis];
    index /= shape[-axis];
    if (from[-axis] != 1) result += coordinate * stride;
    stride *= from[-axis];
  }
  return result;
}

}  // namespace ridgeback::test
