// SPDX-License-Identifier: Apache-2.0
// What a quantized operand of a layer keeps from step to step: the range of former steps, or the
// learned step of lsq.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/quant/quant.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::nn {

class OperandRange {
 public:
  /// An activation's rows come and go: all share one range for each block of columns. A weight has
  /// one for each of its blocks.
  enum class Kind : std::uint8_t { weight, activation };

  /// `options` are resolved or the identity, rows x cols is the shape of a weight. Holds the state
  /// "<name>_range", or the parameter "<name>_step", which begins at 0, and the state
  /// "<name>_step_base" that is added to it: what the first training step saw.
  OperandRange(Kind kind, const quant::Perturbation& options, std::int64_t rows, std::int64_t cols);

  /// What perturb() takes beside x in this pass. A training step updates the state; evaluation uses
  /// it as it is, that of activations as a frozen value.
  [[nodiscard]] quant::PerturbInputs inputs(const Tensor& x, Context& context) const;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const;

 private:
  [[nodiscard]] const char* name() const;
  [[nodiscard]] Tensor remembered(const Tensor& x, Context& context) const;
  [[nodiscard]] Tensor learned(const Tensor& x, Context& context) const;

  Kind kind_;
  quant::Perturbation options_;
  Tensor range_;  ///< null without
  Tensor step_;   ///< null without
  Tensor base_;
};

}  // namespace ridgeback::nn
