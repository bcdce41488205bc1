// SPDX-License-Identifier: Apache-2.0
// How far a result may be from its reference.
#pragma once

#include <gtest/gtest.h>

#include "harness/array.hpp"

namespace ridgeback::test {

/// |got - want| <= relative * max(|want|, rms of all wanted) + absolute. Infinities and NaN must be
/// met exactly.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

/// Bit for bit the value that the reference rounds to.
[[nodiscard]] constexpr Tolerance exact() {
  return {};
}

/// `count` units of f32's epsilon (2^-23), relative to the larger of the value and the rms.
[[nodiscard]] constexpr Tolerance epsilons(double count) {
  return {count / 8388608.0, 0};
}

/// Success, or a message that names the worst element and how many are off.
[[nodiscard]] testing::AssertionResult close(const Array& got, const Array& want,
                                             const Tolerance& tolerance);

}  // namespace ridgeback::test
