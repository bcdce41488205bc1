// SPDX-License-Identifier: Apache-2.0
// GradientCode: how the output gradient of a layer's product is quantized, as plain options.
#pragma once

#include "ridgeback/quant/perturbation.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ridgeback::quant {

/// The largest magnitude that codes reach.
enum class GradientRange : std::uint8_t {
  dynamic,    ///< of the values themselves: they are read twice
  hindsight,  ///< as earlier steps had it (Fournarakis and Nagel, "In-hindsight quantization range
              ///< estimation for quantized training", 2021): read once, larger values are clipped
};

/// Symmetric codes -(2^(b-1) - 1) .. 2^(b-1) - 1 of b bits in steps of range / (2^(b-1) - 1). With
/// the defaults nothing is done.
struct GradientCode {
  int bits = unquantized_bits;  ///< 2 to 8, or unquantized_bits
  Rounding rounding = Rounding::stochastic;
  GradientRange range = GradientRange::dynamic;
  /// Of hindsight: range(t + 1) = momentum range(t) + (1 - momentum) largest(t), in [0, 1); the
  /// first step measures its own. 0 is the last step's range.
  float momentum = 0.9F;

  [[nodiscard]] bool is_identity() const { return bits == unquantized_bits; }
  /// Throws InvalidArgument for bits or a momentum out of range.
  void check() const;

  bool operator==(const GradientCode&) const = default;
};

// Text forms, for command lines, logs and model files. The readers throw InvalidArgument.
[[nodiscard]] std::string_view name(GradientRange range);  ///< "dynamic", "hindsight"
[[nodiscard]] GradientRange gradient_range_from_text(std::string_view text);

/// "bits=4 rounding=stochastic range=dynamic momentum=0.9"; the reader takes any subset of the
/// keys.
[[nodiscard]] std::string text(const GradientCode& code);
[[nodiscard]] GradientCode gradient_code_from_text(std::string_view text);

}  // namespace ridgeback::quant
