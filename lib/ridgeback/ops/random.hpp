// SPDX-License-Identifier: Apache-2.0
// Random tensors of a step. Each operation draws from a stream of its own number; seed and step
// come from StepParams, so a replayed step draws anew, and the same seed, step and stream give the
// same numbers on every device and in every graph. None of them has a gradient but dropout.
#pragma once

#include "ridgeback/graph/step_params.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <array>
#include <cstdint>

namespace ridgeback {

/// Elements 4 block to 4 block + 3 of a stream draw from these words, and u = unit_float(word).
[[nodiscard]] std::array<std::uint32_t, 4> random_words(const StepParams& step,
                                                        std::uint32_t stream, std::uint32_t block);

/// low + (high - low) u, f32, exactly as the host computes it: in [low, high) up to the rounding of
/// the last operation. Needs low <= high.
[[nodiscard]] Tensor random_uniform(const Shape& shape, float low, float high,
                                    std::uint32_t stream);

/// Standard normal by Box and Muller: of four words a, b, c, d the first two elements are
/// sqrt(-2 log(1 - u_a)) times the cosine and sine of 2 pi u_b. At most 5.8 in magnitude.
[[nodiscard]] Tensor random_normal(const Shape& shape, std::uint32_t stream);

/// 1 where u < probability, else 0, as f32. Needs 0 <= probability <= 1.
[[nodiscard]] Tensor random_bernoulli(const Shape& shape, float probability, std::uint32_t stream);

/// x / (1 - rate) where u >= rate, else 0. The gradient passes the same elements: the mask is drawn
/// again, not kept. Rate 0 is x itself. Needs 0 <= rate < 1.
[[nodiscard]] Tensor dropout(const Tensor& x, float rate, std::uint32_t stream);

}  // namespace ridgeback
