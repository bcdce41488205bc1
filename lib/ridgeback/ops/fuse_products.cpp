// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/fuse_products.hpp"

#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/graph/readers.hpp"
#include "ridgeback/ops/epilogue.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "elementwise/binary.h"
#include "elementwise/chain.h"

namespace ridgeback {
namespace {

using ops::ElementwiseCode;
using ops::Epilogue;
using ops::TakesEpilogue;

// A function that an operation applies to one of its inputs, and the other one if it has two.
struct Function {
  ElementwiseCode code;
  const Tensor* operand = nullptr;
  bool swapped = false;
  std::string_view name;
};

// What `operation` does to its input `at`, one after the other; nothing where it does anything
// else.
std::vector<Function> functions_of(const Operation& operation, std::span<const Tensor> inputs,
                                   std::size_t at) {
  if (const auto unary = ops::unary_code(operation))
    return {{*unary, nullptr, false, operation.name()}};
  if (const auto binary = ops::binary_code(operation))
    return {{*binary, &inputs[1 - at], at == 1, operation.name()}};
  if (at == 0 && ops::is_scale_shift(operation)) {
    const ElementwiseCode times{shaders::CHAIN_BINARY + shaders::BINARY_MUL};
    const ElementwiseCode plus{shaders::CHAIN_BINARY + shaders::BINARY_ADD};
    return {{times, &inputs[1], false, "scale"}, {plus, &inputs[2], false, "shift"}};
  }
  return {};
}

// The product inputs[at] with the node's functions after it; nothing where it takes no more.
std::optional<Tensor> absorbed(const Node& node, std::span<const Tensor> inputs, std::size_t at) {
  const Tensor& sums = inputs[at];
  const auto* product = dynamic_cast<const TakesEpilogue*>(&sums.operation());
  const Shape& shape = node.outputs[0].shape;
  if (product == nullptr || sums.shape() != shape || node.outputs.size() != 1) return std::nullopt;
  const std::vector<Function> functions = functions_of(*node.operation, inputs, at);
  Epilogue epilogue = product->epilogue;
  if (functions.empty()) return std::nullopt;
  std::vector<Tensor> all = sums.node().inputs;
  const std::size_t own = all.size() - epilogue.operands;
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < own; ++i) specs.push_back(all[i].spec());
  if (!product->has_terms(specs)) return std::nullopt;
  for (const Function& function : functions) {
    ops::EpilogueStep step{function.code, 0, function.swapped, function.name};
    if (function.operand != nullptr) {
      const Tensor& operand = *function.operand;
      if (operand.dtype() != DType::f32 || !ops::fits_epilogue(operand.shape(), shape))
        return std::nullopt;
      const auto known = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(own), all.end(),
                                      [&](const Tensor& other) { return other.is(operand); });
      step.operand = static_cast<int>(known - all.begin()) - static_cast<int>(own);
      if (known == all.end()) all.push_back(operand);
    }
    epilogue.steps.push_back(step);
  }
  epilogue.operands = all.size() - own;
  if (epilogue.operands > product->most_operands() || !ops::epilogue_places(epilogue.steps))
    return std::nullopt;
  return apply_all(product->with(std::move(epilogue)), std::move(all)).front();
}

class FuseProducts final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return pass_name("fuse_products"); }
  [[nodiscard]] Stage stage() const override { return Stage::fuse; }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    const Readers readers(graph);
    return rewrite(graph,
                   [&](const Node& node,
                       std::span<const Tensor> inputs) -> std::optional<std::vector<Tensor>> {
                     for (std::size_t i = 0; i < inputs.size(); ++i) {
                       if (!inputs[i] || readers.of(node.inputs[i]).size() != 1) continue;
                       const std::optional<Tensor> result = absorbed(node, inputs, i);
                       if (result) return std::vector<Tensor>{*result};
                     }
                     return std::nullopt;
                   });
  }
};

}  // namespace

const Pass& fuse_products() {
  static const FuseProducts pass;
  return pass;
}

}  // namespace ridgeback
