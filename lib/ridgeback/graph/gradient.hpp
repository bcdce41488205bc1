// SPDX-License-Identifier: Apache-2.0
// Reverse-mode differentiation as a graph-to-graph transform.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <functional>
#include <span>
#include <vector>

namespace ridgeback {

/// The two operations that the transform itself needs; ops/gradient.hpp supplies them.
struct GradientAlgebra {
  std::function<Tensor(const Tensor&, const Tensor&)> add;
  std::function<Tensor(const Shape&)> ones;
};

/// dL/d wrt[i] for each i, where L is the sum of the elements of `loss`. The result is made of
/// ordinary operations and can be differentiated again. Entries without influence on the loss are
/// null.
[[nodiscard]] std::vector<Tensor> gradient(const Tensor& loss, std::span<const Tensor> wrt,
                                           const GradientAlgebra& algebra);

}  // namespace ridgeback
