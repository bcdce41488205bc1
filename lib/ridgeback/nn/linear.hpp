// SPDX-License-Identifier: Apache-2.0
// y = x W^T + b with both operands perturbed as a Precision says.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/nn/operand_range.hpp"
#include "ridgeback/quant/perturbation.hpp"
#include "ridgeback/quant/precision.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/quant/quantize_gradient.hpp"

#include <cstdint>

namespace ridgeback::nn {

/// Parameters "weight" [outputs, inputs] and "bias" [outputs], both uniform in +-1/sqrt(inputs).
/// Takes [..., inputs]. With the default Precision an ordinary fp32 layer; else the products run on
/// packed codes, those of training with a quantized output gradient where Precision::gradients says
/// so (quant::quantize_gradient). Ranges in hindsight are states: "dx_range" [1] and "dw_range"
/// [outputs]; ranges of values with a memory and learned steps add tensors of their own
/// (OperandRange). Pruned weights are skipped where the
/// Context asks for it (SparseStep); both backward products are then made in f32 of one quantized
/// dY, whose range in hindsight is "dx_range".
class Linear final : public Module {
 public:
  Linear(std::int64_t inputs, std::int64_t outputs, const quant::Precision& precision = {},
         bool bias = true);
  /// As above with the two operands given one by one.
  Linear(std::int64_t inputs, std::int64_t outputs, const quant::Perturbation& weights,
         const quant::Perturbation& activations, bool bias,
         const quant::GradientCode& gradients = {});

  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

  [[nodiscard]] const Tensor& weight() const { return weight_; }
  [[nodiscard]] const quant::Perturbation& weights() const { return weights_; }
  [[nodiscard]] const quant::Perturbation& activations() const { return activations_; }
  [[nodiscard]] const quant::GradientCode& gradients() const { return gradients_; }

 private:
  /// x W^T.
  [[nodiscard]] Tensor product(const Tensor& x, Context& context) const;
  /// x W^T by the entries of W.
  [[nodiscard]] Tensor sparse_product(const Tensor& x, Context& context) const;

  std::int64_t inputs_;
  std::int64_t outputs_;
  quant::Perturbation weights_;      // resolved, or the identity
  quant::Perturbation activations_;  // resolved, or the identity
  OperandRange weight_range_;
  OperandRange activation_range_;
  quant::GradientCode gradients_;
  Tensor weight_;
  Tensor bias_;                   ///< null without
  quant::GradientRanges ranges_;  ///< null without hindsight
};

}  // namespace ridgeback::nn
