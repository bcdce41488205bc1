// SPDX-License-Identifier: Apache-2.0
// The operation behind dequantize(), for the pass that looks for it.
#pragma once

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::quant {

/// y[r,c] = s[r,b] q[r,c] + o[r,b], b the block of column c. Inputs: codes, factors.
struct Dequantize final : OperationOf<Dequantize> {
  Group group;

  bool operator==(const Dequantize&) const = default;
  [[nodiscard]] std::string_view name() const override { return "dequantize"; }
  [[nodiscard]] std::string attributes() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& context) const override;
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& context) const override;
  [[nodiscard]] std::vector<const Pass*> required_passes() const override;
};

}  // namespace ridgeback::quant
