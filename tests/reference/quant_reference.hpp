// SPDX-License-Identifier: Apache-2.0
// The method in double precision, written from its formulas and not from the kernels.
#pragma once

#include "ridgeback/graph/step_params.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ridgeback::test::reference {

/// A value of rows x cols with resolved options.
struct QuantInput {
  std::vector<double> x;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  quant::Perturbation options;
  double lambda_scale = 1;
  StepParams step{};  ///< seed and number, for stochastic rounding
  std::uint32_t stream = 0;
  std::vector<double> ranges{};  ///< (low, high) of each block where they are given
};

/// Elements that share a regression, and their scale.
struct QuantBlock {
  std::vector<std::int64_t> members;
  double s_f = 1;
  double b_f = 0;
  double lambda = 0;
  bool constant = false;  ///< s_f fell back to 1
  bool given = false;     ///< the range does not come from the block
  double low = 0;         ///< that range
  double high = 0;
};

struct Coded {
  std::vector<double> codes;  ///< of the codebook, before the shift to stored codes
  std::vector<double> ideal;  ///< what is rounded to the nearest: (z - b_f) / s_f, and u - 1/2 more
                              ///< where rounding is stochastic
  /// How far the value lies from a border between two codes, in units of their distance; only for
  /// power_of_two codes, whose distances differ.
  std::vector<double> margin;
  std::vector<bool> kept;
  std::vector<QuantBlock> blocks;
};

/// Mask, blocks, scales and codes.
[[nodiscard]] Coded code(const QuantInput& in);

/// x_hat for given codes: the regression, or s_f q + b_f for the straight-through estimator.
/// `slopes` and `offsets`, where given, receive s and b of each block (x_hat = s q + b).
[[nodiscard]] std::vector<double> dequantized(const QuantInput& in, const Coded& coded,
                                              std::vector<double>* slopes = nullptr,
                                              std::vector<double>* offsets = nullptr);

/// The gradient of sum(dy x_hat) as the options' estimator and backward say, by the formula
///   affine  Gm + rho (G - Gm) - (c/D) [delta~ + 2 (rho - 1) q~]
///   linear  rho G - (a/D) [delta + 2 (rho - 1) q]
[[nodiscard]] std::vector<double> gradient(const QuantInput& in, const Coded& coded,
                                           std::span<const double> dy);

/// The same by central differences of the surrogate: the noise q - (x - b_f) / s_f held constant,
/// s_f constant (full) or a function of x (live). Wrong where a minimum or maximum is attained
/// more than twice.
[[nodiscard]] std::vector<double> surrogate_gradient(const QuantInput& in, const Coded& coded,
                                                     std::span<const double> dy);

}  // namespace ridgeback::test::reference
