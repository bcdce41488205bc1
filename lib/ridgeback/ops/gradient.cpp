// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/gradient.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

struct StopGradient final : OperationOf<StopGradient> {
  bool operator==(const StopGradient&) const = default;
  [[nodiscard]] std::string_view name() const override { return "stop_gradient"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& /*c*/) const override { return {}; }
  [[nodiscard]] std::optional<int> alias_of() const override { return 0; }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

}  // namespace

std::vector<Tensor> gradient(const Tensor& loss, const std::vector<Tensor>& wrt) {
  for (const Tensor& tensor : wrt) {
    require(tensor.dtype() == DType::f32,
            fmt::format("gradient: only f32 tensors have one (got {})", tensor.spec().text()));
  }
  const GradientAlgebra algebra{[](const Tensor& a, const Tensor& b) { return add(a, b); }, ones};
  std::vector<Tensor> grads = gradient(loss, std::span<const Tensor>(wrt), algebra);
  for (std::size_t i = 0; i < grads.size(); ++i) {
    if (!grads[i]) grads[i] = zeros(wrt[i].shape());
  }
  return grads;
}

Tensor stop_gradient(const Tensor& x) {
  return apply(StopGradient{}, {x});
}

}  // namespace ridgeback
