// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/dtype.hpp"

#include "ridgeback/core/error.hpp"

#include <array>
#include <fmt/core.h>
#include <utility>

namespace ridgeback {
namespace {

constexpr std::array<std::pair<DType, std::string_view>, 10> names{{
    {DType::f32, "f32"},
    {DType::f16, "f16"},
    {DType::i32, "i32"},
    {DType::u32, "u32"},
    {DType::b1, "b1"},
    {DType::s1, "s1"},
    {DType::ternary, "ternary"},
    {DType::i2, "i2"},
    {DType::i4, "i4"},
    {DType::i8, "i8"},
}};

}  // namespace

std::string_view name(DType type) {
  for (const auto& [value, text] : names) {
    if (value == type) return text;
  }
  return "?";
}

DType dtype_from_name(std::string_view text) {
  for (const auto& [value, known] : names) {
    if (known == text) return value;
  }
  throw InvalidArgument(fmt::format("dtype: unknown element type '{}'", text));
}

}  // namespace ridgeback
