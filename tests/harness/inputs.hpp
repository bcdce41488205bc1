// SPDX-License-Identifier: Apache-2.0
// Inputs of cases: described when the cases are listed, drawn when a test runs.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/array.hpp"

namespace ridgeback::test {

struct Input {
  TensorSpec spec;
  std::function<Array(const Shape&)> draw;  ///< the same values each time
};

/// Uniform in [low, high), rounded to f32. No two calls with different seeds agree.
[[nodiscard]] Input uniform(const Shape& shape, double low, double high, std::uint64_t seed = 1);

/// Standard normal, rounded to f32.
[[nodiscard]] Input normal(const Shape& shape, std::uint64_t seed = 1);

/// Uniform among the integers low..high, both included; of any type that holds them (for packed
/// types: stored codes).
[[nodiscard]] Input integers(const Shape& shape, int low, int high, DType dtype = DType::f32,
                             std::uint64_t seed = 1);

/// Uniform in [-high, -low] and [low, high]: stays off a kink at zero.
[[nodiscard]] Input off_zero(const Shape& shape, double low, double high, std::uint64_t seed = 1);

/// A shuffle of equally spaced values around zero: no two elements are equal or close, so that
/// maxima have a derivative.
[[nodiscard]] Input distinct(const Shape& shape, double spacing = 0.01, std::uint64_t seed = 1);

/// The given values.
[[nodiscard]] Input exactly(const Shape& shape, std::vector<double> values,
                            DType dtype = DType::f32);

/// What an input draws, for tests that run without a case.
[[nodiscard]] std::vector<float> floats(const Input& input);

/// Shapes where kernels break: odd, prime, one more and one less than a vector or a work group,
/// empty, scalar.
[[nodiscard]] const std::vector<Shape>& awkward_shapes();

}  // namespace ridgeback::test
