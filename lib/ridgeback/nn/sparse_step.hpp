// SPDX-License-Identifier: Apache-2.0
// Training steps whose products skip pruned weights.
#pragma once

#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ridgeback::nn {

/// How a training step makes the products of layers with pruned weights. Layers that keep more than
/// 15 % of their weights (30 % in blocks of 4x4 and more, of which rows of blocks keep equally
/// many) are trained densely, every weight at every step, because that is faster, and so are those
/// with affine codes (quant::is_affine), to which a pruned weight is not zero.
enum class SparseStep : std::uint8_t {
  none,  ///< densely, of weights with zeros: the reference
  full,  ///< forward and dX from the entries; the pattern is made anew, and every weight has its
         ///< gradient, which takes the dense product dW = dY^T X. The same results as `none`, to
         ///< rounding
  kept,  ///< everything from the entries of the last full step's pattern; pruned weights stand
         ///< still
};

/// What a full step leaves of a weight: its pattern and, where the weights are not coded, what
/// denoising needs of those that stand still (quant::pruned_squares; else null).
struct LeftPattern {
  SparsePattern pattern;
  Tensor pruned_squares;
};

/// A weight of which a full step must leave a pattern, by its full name.
struct PrunedWeight {
  std::string name;
  Tensor weight;
  quant::Perturbation perturbation;
};

/// The patterns that full steps leave for the steps after them, made of the weights that they
/// leave. They are states, which a checkpoint must hold.
class PatternStore {
 public:
  /// What stores the pattern of `value`, which is the weight after the step.
  [[nodiscard]] std::vector<Assignment> store(const PrunedWeight& pruned, const Tensor& value);
  /// What was stored under that name. Throws InvalidArgument where no full step was built before.
  [[nodiscard]] const LeftPattern& stored(const std::string& name) const;

  /// All states under their names, u32 and f32.
  [[nodiscard]] const std::vector<std::pair<std::string, Tensor>>& states() const {
    return states_;
  }

 private:
  std::map<std::string, LeftPattern> patterns_;
  std::vector<std::pair<std::string, Tensor>> states_;
};

/// A parameter of which a step trains the entries of a pattern alone: the loss depends on `values`,
/// which are its entries.
struct TrainedEntries {
  Tensor parameter;
  SparsePattern pattern;
  Tensor values;
};

}  // namespace ridgeback::nn
