// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/sparse_step.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/quant/sparsify.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {
namespace {

struct Part {
  const char* name;
  Tensor* tensor;
};

// The tensors of what is left, some of them null.
std::vector<Part> parts_of(LeftPattern& left) {
  SparsePattern& p = left.pattern;
  return {{"starts", &p.starts},
          {"columns", &p.columns},
          {"column_starts", &p.by_column.starts},
          {"column_rows", &p.by_column.rows},
          {"column_places", &p.by_column.places},
          {"pruned_squares", &left.pruned_squares}};
}

}  // namespace

std::vector<Assignment> PatternStore::store(const PrunedWeight& pruned, const Tensor& value) {
  const quant::Perturbation& options = pruned.perturbation;
  LeftPattern left{quant::kept_pattern(value, options.sparsity, options.group), {}};
  left.pattern.by_column = transposed(left.pattern);
  const bool equal_rows = left.pattern.kind != SparsePattern::Kind::csr;
  if (options.codebook == quant::Codebook::none && equal_rows)
    left.pruned_squares = quant::pruned_squares(value, left.pattern);
  const auto [found, added] = patterns_.try_emplace(pruned.name, left);
  const std::vector<Part> from = parts_of(left);
  const std::vector<Part> to = parts_of(found->second);
  std::vector<Assignment> assignments;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!*from[i].tensor) continue;
    if (added) {
      states_.emplace_back(fmt::format("sparse.{}.{}", from[i].name, pruned.name), Tensor{});
      states_.back().second = state(from[i].tensor->spec(), states_.back().first);
      *to[i].tensor = states_.back().second;
    }
    assignments.push_back(assign(*to[i].tensor, *from[i].tensor));
  }
  return assignments;
}

const LeftPattern& PatternStore::stored(const std::string& name) const {
  const auto found = patterns_.find(name);
  require(found != patterns_.end(),
          fmt::format("sparse step: no full step has left a pattern of '{}'", name));
  return found->second;
}

}  // namespace ridgeback::nn
