// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/half.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace ridgeback {
namespace {

TEST(Half, AllHalvesComeBackFromFloats) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = float_from_half(half);
    const bool is_nan = (bits & 0x7fffU) > 0x7c00U;
    ASSERT_EQ(std::isnan(value), is_nan) << bits;
    if (is_nan) {
      EXPECT_TRUE(std::isnan(float_from_half(half_from_float(value)))) << bits;
    } else {
      EXPECT_EQ(half_from_float(value), half) << bits;
    }
  }
}

TEST(Half, FiniteValuesAreWhatTheFormulaSays) {
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const int exponent = static_cast<int>(bits >> 10);
    const double fraction = bits & 0x3ff;
    const double expected =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    EXPECT_EQ(float_from_half(static_cast<std::uint16_t>(bits)), expected) << bits;
    EXPECT_EQ(float_from_half(static_cast<std::uint16_t>(bits | 0x8000)), -expected) << bits;
  }
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  for (std::uint32_t bits = 0; bits + 1 < 0x7c00; ++bits) {
    const float low = float_from_half(static_cast<std::uint16_t>(bits));
    const float high = float_from_half(static_cast<std::uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;  // exact in 24 bits
    EXPECT_EQ(half_from_float(middle), bits + (bits & 1)) << bits;
    EXPECT_EQ(half_from_float(std::nextafter(middle, low)), bits) << bits;
    EXPECT_EQ(half_from_float(std::nextafter(middle, high)), bits + 1) << bits;
  }
}

TEST(Half, OverflowAndSpecialValues) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(half_from_float(65504.0F), 0x7bff);
  EXPECT_EQ(half_from_float(65519.996F), 0x7bff);
  EXPECT_EQ(half_from_float(65520.0F), 0x7c00);
  EXPECT_EQ(half_from_float(-1e30F), 0xfc00);
  EXPECT_EQ(half_from_float(infinity), 0x7c00);
  EXPECT_EQ(half_from_float(-0.0F), 0x8000);
  EXPECT_EQ(half_from_float(std::ldexp(1.0F, -25)), 0) << "half of the smallest, tie to even";
  EXPECT_EQ(half_from_float(std::ldexp(1.5F, -25)), 1);
  EXPECT_EQ(half_from_float(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_TRUE(std::isnan(float_from_half(half_from_float(std::nanf("")))));
}

}  // namespace
}  // namespace ridgeback
