// SPDX-License-Identifier: Apache-2.0
// Networks that run over time steps: values are [steps * batch, ...], all samples of step 1 first.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::nn {

/// [batch, ...] to [steps * batch, ...]: every step sees the same.
class Repeat final : public StatelessModule {
 public:
  explicit Repeat(int steps);
  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  [[nodiscard]] Description describe() const override;

 private:
  int steps_;
};

/// A layer of units with a membrane m that leaks, integrates its input z and emits codes:
///   m_t = leak (m_(t-1) - y_(t-1)) + z_t      y_t = denoise(code of m_t)      m_0 = y_0 = 0
/// What a code leaves of the membrane stays in it, so that the mean of y over the steps approaches
/// that of z. Trained through time: the gradient runs through every membrane and code. The codes of
/// all steps are one batch, of which the layer after makes one product.
class Leaky final : public StatelessModule {
 public:
  /// `leak` in [0, 1]; 1 keeps all of the residual, 0 none. `activations` must not be the identity.
  Leaky(int steps, float leak, const quant::Perturbation& activations);
  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  [[nodiscard]] Description describe() const override;

 private:
  int steps_;
  float leak_;
  quant::Perturbation activations_;
};

/// [steps * batch, ...] to [batch, ...]: the mean over the steps.
class MeanOverSteps final : public StatelessModule {
 public:
  explicit MeanOverSteps(int steps);
  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  [[nodiscard]] Description describe() const override;

 private:
  int steps_;
};

}  // namespace ridgeback::nn
