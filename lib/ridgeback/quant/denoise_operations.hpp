// SPDX-License-Identifier: Apache-2.0
// The gradient of a denoised value as an operation, and what of it comes before its last pass over
// the values. For sources of quant only.
#pragma once

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <quant/codes.h>

namespace ridgeback::quant {

/// dx = denoise_backward(grad of x_hat, x, codes, stats[, mask])
struct DenoiseBackward final : OperationOf<DenoiseBackward> {
  Codebook codebook = Codebook::minmax;
  int top = 1;
  Group group;
  std::uint32_t mode = shaders::MODE_FULL;
  Estimator estimator = Estimator::denoise;
  float shape = 0;
  bool gated = false;  ///< dx is 0 where x is not above 0 (fuse_gates); not where elementwise

  bool operator==(const DenoiseBackward&) const = default;
  [[nodiscard]] std::string_view name() const override { return "denoise_backward"; }
  [[nodiscard]] std::string attributes() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;
  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}}; }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override;
  /// fuse_gates() and fuse_updates().
  [[nodiscard]] std::vector<const Pass*> required_passes() const override;

  /// Without sums over the group.
  [[nodiscard]] bool elementwise() const {
    return mode == shaders::MODE_CLIPPED || mode == shaders::MODE_FACTOR;
  }
};

/// The coefficients that make the gradient of denoised values (shaders/quant/corrections.glsl): f32
/// [rows, blocks, COEFFICIENTS], or [1, 1, COEFFICIENTS] of a group that is the whole tensor.
[[nodiscard]] TensorSpec coefficients_spec(const Shape& values, const Group& group);

/// Inputs: grad of x_hat, codes, stats. Output: coefficients_spec(), 0 of a whole tensor that has
/// no values. One of them is NaN or infinite where a value of the gradient is.
struct DenoiseCoefficients final : OperationOf<DenoiseCoefficients> {
  DenoiseBackward backward;  ///< of MODE_FULL

  bool operator==(const DenoiseCoefficients&) const = default;
  [[nodiscard]] std::string_view name() const override { return "denoise_coefficients"; }
  [[nodiscard]] std::string attributes() const override { return backward.attributes(); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;
};

}  // namespace ridgeback::quant
