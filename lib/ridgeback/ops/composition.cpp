// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/composition.hpp"

#include "ridgeback/graph/gradient.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"

namespace ridgeback::ops {
namespace {

// The same tensor under another node, so that what flows to it is told apart from what flows to the
// tensor on other ways: the inputs of an operation may depend on each other.
struct Same final : OperationOf<Same> {
  bool operator==(const Same&) const = default;
  [[nodiscard]] std::string_view name() const override { return "same"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& /*c*/) const override { return {}; }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {g.grads[0]};
  }
  [[nodiscard]] std::optional<int> alias_of() const override { return 0; }
};

}  // namespace

std::vector<Tensor> gradient_of(const GradientContext& g, const Composition& compose) {
  std::vector<Tensor> inputs(g.inputs.begin(), g.inputs.end());
  std::vector<Tensor> wanted(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!g.needed[i]) continue;
    inputs[i] = apply(Same{}, {inputs[i]});
    wanted[i] = inputs[i];
  }
  const GradientAlgebra algebra{[](const Tensor& a, const Tensor& b) { return add(a, b); }, ones};
  const std::vector<Tensor> outputs = compose(inputs);
  std::vector<Tensor> result(inputs.size());
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (!outputs[k] || !g.grads[k]) continue;
    const auto parts = gradient(outputs[k] * g.grads[k], std::span<const Tensor>(wanted), algebra);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i]) result[i] = result[i] ? result[i] + parts[i] : parts[i];
    }
  }
  return result;
}

}  // namespace ridgeback::ops
