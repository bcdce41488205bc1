// SPDX-License-Identifier: Apache-2.0
// An optimizer's step together with the gradient of the denoised parameter. For sources of quant
// only.
#pragma once

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/optimizer_update.hpp"
#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::quant {

/// Inputs: the parameter, the states of its optimizer, the gradient of the denoised parameter, its
/// codes, what DenoiseCoefficients makes of those, step parameters. Outputs: the new parameter, the
/// new states and, with `squares`, f32 [rows, ceil(cols / 16)]: the sums of the squares of the
/// parameter's gradient over 16 values each. The gradient itself is in no memory.
struct DenoiseUpdate final : OperationOf<DenoiseUpdate> {
  ops::OptimizerUpdate update;
  Group group;
  bool squares = false;

  bool operator==(const DenoiseUpdate&) const = default;
  [[nodiscard]] std::string_view name() const override { return "denoise_update"; }
  [[nodiscard]] std::string attributes() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;
  [[nodiscard]] std::vector<InPlace> in_place() const override;
};

}  // namespace ridgeback::quant
