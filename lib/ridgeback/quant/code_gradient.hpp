// SPDX-License-Identifier: Apache-2.0
// An output gradient as codes, along its rows or along its columns.
#pragma once

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/quant/gradient_code.hpp"

namespace ridgeback::quant {

/// Which way a block of codes runs over a gradient g [rows, cols].
enum class Along : std::uint8_t { rows, columns };

struct CodedGradient {
  Tensor codes;    ///< i2, i4 or i8: [rows, cols], or [cols, rows] along columns; one block a row
  Tensor factors;  ///< f32 [blocks, 1, 2]: (s_q, 0), value = s_q * code
  Tensor term;     ///< f32 [blocks]: sum of o g over the block; 0 without factors
  /// f32: the largest magnitude of each block; in hindsight the range for the next step, [1] along
  /// rows, [blocks] along columns.
  Tensor range;
};

/// Codes of s g, g f32 [..., cols], with one block for each row or each column. `factors` are pairs
/// (s, o) of the matrix that the codes will be multiplied with, f32 with two for each column of g
/// along rows, for each row along columns; null: s = 1. `stream` numbers the draws of stochastic
/// rounding (ops/random.hpp). `range`, in hindsight: what the codes reach, [1] along rows, [cols]
/// along columns, where 0 means that the block measures its own. Not differentiable.
[[nodiscard]] CodedGradient code_gradient(const Tensor& g, Along along, const Tensor& factors,
                                          const GradientCode& code, std::uint32_t stream,
                                          const Tensor& range = {});

/// Inputs: g, the step parameters, factors where scaled, the range in hindsight. Outputs: those of
/// CodedGradient, with a range for each block.
struct CodeGradient final : OperationOf<CodeGradient> {
  Along along = Along::rows;
  GradientCode code;
  std::uint32_t stream = 0;
  bool scaled = false;

  bool operator==(const CodeGradient&) const = default;
  [[nodiscard]] std::string_view name() const override { return "code_gradient"; }
  [[nodiscard]] std::string attributes() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& context) const override;

 private:
  [[nodiscard]] bool hindsight() const { return code.range == GradientRange::hindsight; }
};

}  // namespace ridgeback::quant
