// SPDX-License-Identifier: Apache-2.0
// Normalization layers.
#pragma once

#include "ridgeback/nn/module.hpp"

#include <cstdint>

namespace ridgeback::nn {

/// Batch normalization over all axes but the last (Ioffe and Szegedy 2015). Training uses the
/// batch's statistics and moves the running ones by `momentum` (running variance from the unbiased
/// estimate, as common); evaluation uses one multiply-add per channel, folded from the running
/// statistics. Parameters "gamma" (1) and "beta" (0), states "running_mean" (0) and
/// "running_variance" (1).
class BatchNorm final : public Module {
 public:
  explicit BatchNorm(std::int64_t channels, float momentum = 0.1F, float epsilon = 1e-5F);

  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

 private:
  std::int64_t channels_;
  float momentum_;
  float epsilon_;
  Tensor gamma_, beta_, running_mean_, running_variance_;
};

/// Layer normalization over the last axis. Parameters "gamma" (1) and "beta" (0).
class LayerNorm final : public Module {
 public:
  explicit LayerNorm(std::int64_t channels, float epsilon = 1e-5F);

  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

 private:
  std::int64_t channels_;
  float epsilon_;
  Tensor gamma_, beta_;
};

/// Root-mean-square normalization over the last axis. Parameter "gamma" (1).
class RmsNorm final : public Module {
 public:
  explicit RmsNorm(std::int64_t channels, float epsilon = 1e-5F);

  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

 private:
  std::int64_t channels_;
  float epsilon_;
  Tensor gamma_;
};

}  // namespace ridgeback::nn
