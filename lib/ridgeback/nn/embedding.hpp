// SPDX-License-Identifier: Apache-2.0
// A learned row of values for each index.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <cstdint>

namespace ridgeback::nn {

/// Parameter "weight" [rows, width], normal with standard deviation 0.02. Takes u32 indices below
/// `rows` of any shape, gives the shape with `width` appended. A perturbation makes every use see
/// the denoised rows.
class Embedding final : public Module {
 public:
  Embedding(std::int64_t rows, std::int64_t width, const quant::Perturbation& perturbation = {});

  [[nodiscard]] Tensor forward(const Tensor& indices, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

  /// The rows as forward() looks them up, [rows, width]; call it once for each context.
  [[nodiscard]] Tensor table(Context& context) const;
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t width() const { return width_; }

 private:
  std::int64_t rows_;
  std::int64_t width_;
  quant::Perturbation perturbation_;  // resolved, or the identity
  Tensor weight_;
};

}  // namespace ridgeback::nn
