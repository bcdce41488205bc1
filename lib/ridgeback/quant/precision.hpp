// SPDX-License-Identifier: Apache-2.0
// Precision: the options of a whole layer or network, as the command line gives them.
#pragma once

#include "ridgeback/quant/gradient_code.hpp"
#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::quant {

/// Bits of both operands and what else differs from the method's defaults. Sparsity is of the
/// weights. Options without an operand in their name hold for both, an operand's own option wins.
/// Custom gradient estimators are for weights: activations beside them are straight-through ones.
/// Sparse weights use a linear form whatever `codebook` says; only `weight_codebook` changes that.
struct Precision {
  int weights = unquantized_bits;  ///< 1 to 8, ternary_bits or unquantized_bits
  int activations = unquantized_bits;
  int gradients = unquantized_bits;  ///< of output gradients, 2 to 8: see GradientCode
  Codebook codebook = Codebook::automatic;
  Group group{};
  Sparsity sparsity{};
  std::optional<Lambda> lambda{};
  Estimator estimator = Estimator::denoise;
  Backward backward = Backward::full;
  bool clipped = false;
  int timesteps = 1;  ///< of activations: above 1 they are trains of codes (temporal.hpp)
  Rounding rounding = Rounding::nearest;  ///< while training; evaluation rounds to the nearest

  ValueRange range{};            ///< of pokebnn: the activations' only, fixed at 3 where not given
  std::optional<float> shape{};  ///< of a custom gradient estimator

  Codebook weight_codebook = Codebook::automatic;
  Codebook activation_codebook = Codebook::automatic;
  Group weight_group{};
  Group activation_group{};
  std::optional<Lambda> weight_lambda{};
  std::optional<Lambda> activation_lambda{};
  std::optional<Estimator> weight_estimator{};
  std::optional<Estimator> activation_estimator{};
  ValueRange weight_range{};
  ValueRange activation_range{};
  std::optional<Rounding> weight_rounding{};
  std::optional<Rounding> activation_rounding{};
  std::optional<Backward> weight_backward{};
  std::optional<Backward> activation_backward{};
  Rounding gradient_rounding = Rounding::stochastic;
  GradientRange gradient_range = GradientRange::dynamic;
  float gradient_momentum = GradientCode{}.momentum;

  /// The resolved perturbations of the two operands. Throw InvalidArgument for combinations that
  /// make no sense, among them activations in one group for the whole tensor.
  [[nodiscard]] Perturbation weight() const;
  [[nodiscard]] Perturbation activation() const;

  /// The codes of output gradients. Throws InvalidArgument for bits out of range.
  [[nodiscard]] GradientCode gradient() const;

  /// Neither operand is touched.
  [[nodiscard]] bool is_identity() const;

  bool operator==(const Precision&) const = default;
};

/// "A1W1 minmax/64 dY4" for tables and logs: bits, sparsity, codebooks and groups, estimator, and
/// the bits of output gradients where they are quantized.
[[nodiscard]] std::string short_text(const Precision& precision);

}  // namespace ridgeback::quant
