// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/norm.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback::nn {
namespace {

void require_channels(const char* layer, const Tensor& x, std::int64_t channels) {
  require(x.shape().rank() >= 2 && x.shape()[-1] == channels,
          fmt::format("{}: the last axis must have {} values (got {})", layer, channels,
                      x.spec().text()));
}

void require_positive(const char* layer, std::int64_t channels) {
  require(channels > 0, fmt::format("{}: channels must be above 0 (got {})", layer, channels));
}

}  // namespace

BatchNorm::BatchNorm(std::int64_t channels, float momentum, float epsilon)
    : channels_(channels), momentum_(momentum), epsilon_(epsilon) {
  require_positive("batch_norm", channels);
  require(momentum >= 0 && momentum <= 1,
          fmt::format("batch_norm: momentum out of 0..1 (got {})", momentum));
  gamma_ = parameter({channels}, {}, "gamma");
  beta_ = parameter({channels}, {}, "beta");
  running_mean_ = state({{channels}, DType::f32}, "running_mean");
  running_variance_ = state({{channels}, DType::f32}, "running_variance");
}

Tensor BatchNorm::forward(const Tensor& x, Context& context) const {
  require_channels("batch_norm", x, channels_);
  if (!context.training()) {
    const FoldedNorm folded =
        fold_batch_norm(gamma_, beta_, running_mean_, running_variance_, epsilon_);
    const Tensor scale = context.frozen("scale", folded.scale);
    const Tensor shift = context.frozen("shift", folded.shift);
    return scale_shift(x, scale, shift);
  }
  const BatchNormed normed = batch_norm(x, gamma_, beta_, epsilon_);
  const auto samples = static_cast<float>(as_matrix(x.shape()).rows);
  const float unbiased = samples / std::max(samples - 1.0F, 1.0F);
  const float kept = 1.0F - momentum_;
  context.update(assign(running_mean_, running_mean_ * kept + normed.mean * momentum_));
  context.update(assign(running_variance_,
                        running_variance_ * kept + normed.variance * (momentum_ * unbiased)));
  return normed.y;
}

void BatchNorm::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  tensors.push_back({prefix + "gamma", gamma_, constant_value(1)});
  tensors.push_back({prefix + "beta", beta_, constant_value(0)});
  tensors.push_back({prefix + "running_mean", running_mean_, constant_value(0), false});
  tensors.push_back({prefix + "running_variance", running_variance_, constant_value(1), false});
}

Description BatchNorm::describe() const {
  return {"batch_norm",
          {{"channels", std::to_string(channels_)},
           {"momentum", fmt::format("{}", momentum_)},
           {"epsilon", fmt::format("{}", epsilon_)}},
          {}};
}

LayerNorm::LayerNorm(std::int64_t channels, float epsilon)
    : channels_(channels), epsilon_(epsilon) {
  require_positive("layer_norm", channels);
  gamma_ = parameter({channels}, {}, "gamma");
  beta_ = parameter({channels}, {}, "beta");
}

Tensor LayerNorm::forward(const Tensor& x, Context& context) const {
  require_channels("layer_norm", x, channels_);
  const Tensor gamma = context.frozen("gamma", gamma_);
  const Tensor beta = context.frozen("beta", beta_);
  return layer_norm(x, gamma, beta, epsilon_);
}

void LayerNorm::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  tensors.push_back({prefix + "gamma", gamma_, constant_value(1)});
  tensors.push_back({prefix + "beta", beta_, constant_value(0)});
}

Description LayerNorm::describe() const {
  return {"layer_norm",
          {{"channels", std::to_string(channels_)}, {"epsilon", fmt::format("{}", epsilon_)}},
          {}};
}

RmsNorm::RmsNorm(std::int64_t channels, float epsilon) : channels_(channels), epsilon_(epsilon) {
  require_positive("rms_norm", channels);
  gamma_ = parameter({channels}, {}, "gamma");
}

Tensor RmsNorm::forward(const Tensor& x, Context& context) const {
  require_channels("rms_norm", x, channels_);
  return rms_norm(x, context.frozen("gamma", gamma_), epsilon_);
}

void RmsNorm::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  tensors.push_back({prefix + "gamma", gamma_, constant_value(1)});
}

Description RmsNorm::describe() const {
  return {"rms_norm",
          {{"channels", std::to_string(channels_)}, {"epsilon", fmt::format("{}", epsilon_)}},
          {}};
}

}  // namespace ridgeback::nn
