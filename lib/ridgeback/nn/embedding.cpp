// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/embedding.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/nn/operand.hpp"
#include "ridgeback/ops/ops.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {

Embedding::Embedding(std::int64_t rows, std::int64_t width, const quant::Perturbation& perturbation)
    : rows_(rows),
      width_(width),
      perturbation_(perturbation.is_identity() ? perturbation : perturbation.resolved()) {
  require(rows > 0 && width > 0,
          fmt::format("embedding: sizes must be above 0 (got {} rows of {})", rows, width));
  weight_ = parameter({rows, width}, {}, "weight");
}

Tensor Embedding::table(Context& context) const {
  return denoised_weight("weight", weight_, perturbation_, context);
}

Tensor Embedding::forward(const Tensor& indices, Context& context) const {
  return gather_rows(table(context), indices);
}

void Embedding::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  tensors.push_back({prefix + "weight", weight_, normal_values(0.02F)});
}

Description Embedding::describe() const {
  return {"embedding",
          {{"rows", std::to_string(rows_)},
           {"width", std::to_string(width_)},
           {"weights", quant::text(perturbation_)}},
          {}};
}

}  // namespace ridgeback::nn
