// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/dtype.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/tensor_spec.hpp"

#include <array>
#include <gtest/gtest.h>

namespace ridgeback {
namespace {

constexpr std::array<DType, 10> all{DType::f32, DType::f16,     DType::i32, DType::u32, DType::b1,
                                    DType::s1,  DType::ternary, DType::i2,  DType::i4,  DType::i8};

TEST(DType, NamesComeBack) {
  for (const DType type : all) EXPECT_EQ(dtype_from_name(name(type)), type);
  EXPECT_EQ(name(DType::ternary), "ternary");
  for (const char* text : {"", "f64", "F32", "?"}) {
    EXPECT_THROW(static_cast<void>(dtype_from_name(text)), InvalidArgument) << text;
  }
}

TEST(DType, PackedAndFloatTypesAreTold) {
  int packed = 0;
  int floats = 0;
  for (const DType type : all) {
    packed += is_packed(type) ? 1 : 0;
    floats += is_float(type) ? 1 : 0;
    EXPECT_EQ(32 % bits_of(type), 0);
  }
  EXPECT_EQ(packed, 6);
  EXPECT_EQ(floats, 2);
}

TEST(DType, TensorsTakeWholeWordsAndPackedRowsWholeVectors) {
  const auto bytes = [](DType type, const Shape& shape) {
    return TensorSpec{.shape = shape, .dtype = type}.bytes();
  };
  EXPECT_EQ(bytes(DType::f32, {3, 5}), 60);
  EXPECT_EQ(bytes(DType::f16, {3}), 8);
  EXPECT_EQ(bytes(DType::f32, {}), 4);
  EXPECT_EQ(bytes(DType::f32, {0, 5}), 0);
  EXPECT_EQ(bytes(DType::b1, {2, 129}), 2 * 32);
  EXPECT_EQ(bytes(DType::i8, {2, 3, 16}), 6 * 16);
  EXPECT_EQ(bytes(DType::ternary, {1, 65}), 32);
  EXPECT_EQ(bytes(DType::i4, {4, 0}), 0);
  EXPECT_EQ((TensorSpec{.shape = {2, 3}, .dtype = DType::i4}).text(), "i4[2, 3]");
}

}  // namespace
}  // namespace ridgeback
