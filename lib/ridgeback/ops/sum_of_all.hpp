// SPDX-License-Identifier: Apache-2.0
// One sum over several tensors, in one reading of each and few launches.
#pragma once

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <span>
#include <vector>

namespace ridgeback {

/// An f32 tensor of any shape whose values count in a sum, as they are or squared.
struct Summand {
  Tensor values;
  bool squared = false;
};

/// The sum over all values of all summands, a scalar; 0 without any. NaN or infinite where one of
/// them is, and where a square overflows. Throws InvalidArgument for tensors that are not f32.
[[nodiscard]] Tensor sum_of_all(std::span<const Summand> summands);

namespace ops {

/// What sum_of_all() makes, for passes that put other tensors in the place of its inputs.
struct SumOfAll final : OperationOf<SumOfAll> {
  std::vector<bool> squared;  ///< one an input

  bool operator==(const SumOfAll&) const = default;
  [[nodiscard]] std::string_view name() const override { return "sum_of_all"; }
  [[nodiscard]] std::string attributes() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override;
};

}  // namespace ops
}  // namespace ridgeback
