// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/cost.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/pass.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <string_view>

namespace ridgeback::deploy {
namespace {

// Energies of a 7 nm process over 1.25 fJ, the energy of one unit of ACE.
constexpr double multiply = 1048, add = 304, compare = 32;

// Bits as ACE counts them; ternary codes carry 1.5 bits, whatever they take in memory.
double priced_bits(DType type) {
  return type == DType::ternary ? 1.5 : bits_of(type);
}

struct Price {
  std::string_view operation;
  double per_element;
};

// Per element of the result. Functions count as one multiplication and one addition, a lower bound.
constexpr std::array prices{
    Price{"add", add},
    Price{"sub", add},
    Price{"add_scalar", add},
    Price{"rsub_scalar", add},
    Price{"mul", multiply},
    Price{"mul_scalar", multiply},
    Price{"square", multiply},
    Price{"scale_shift", multiply + add},
    Price{"relu", compare},
    Price{"maximum", compare},
    Price{"minimum", compare},
    Price{"clamp", 2 * compare},
    Price{"where", compare},
    Price{"greater", compare},
    Price{"less", compare},
    // Mean, variance, scale and shift.
    Price{"layer_norm", 3 * multiply + 4 * add},
    Price{"rms_norm", 3 * multiply + add},
    Price{"softmax", 2 * multiply + 2 * add + compare},
    Price{"causal_softmax", 2 * multiply + 2 * add + compare},
    Price{"log_softmax", multiply + 3 * add + compare},
    // The code, and the sums of x, q, q^2 and x q that the regression needs.
    Price{"perturb", 3 * multiply + 5 * add + 2 * compare},
    Price{"dequantize", multiply + add},
};

constexpr std::array moves{std::string_view("reshape"),      std::string_view("transpose"),
                           std::string_view("slice"),        std::string_view("place"),
                           std::string_view("concat"),       std::string_view("gather_rows"),
                           std::string_view("broadcast_to"), std::string_view("copy"),
                           std::string_view("cast"),         std::string_view("fill"),
                           std::string_view("pack_codes"),   std::string_view("unpack_codes"),
                           std::string_view("same"),         std::string_view("stop_gradient"),
                           std::string_view("split")};

double elementwise_cost(const Node& node) {
  const std::string_view name = node.operation->name();
  if (std::find(moves.begin(), moves.end(), name) != moves.end()) return 0;
  const auto* known = std::find_if(prices.begin(), prices.end(),
                                   [&](const Price& price) { return price.operation == name; });
  const double price = known == prices.end() ? multiply + add : known->per_element;
  return price * static_cast<double>(node.outputs[0].shape.count());
}

void add_product(ArithmeticCost& cost, const Node& node, DType left, DType right,
                 std::int64_t depth) {
  const std::int64_t count = node.outputs[0].shape.count() * depth;
  cost.multiply_adds += count;
  cost.by_types[fmt::format("{} x {}", name(left), name(right))] += count;
  const bool floats = left == DType::f32 && right == DType::f32;
  const double ace = static_cast<double>(count) * priced_bits(left) * priced_bits(right);
  cost.ace += ace;
  cost.ace_v2 += floats ? static_cast<double>(count) * (multiply + add) : ace;
}

// s_x s_w P + (s_x S_x) o_w + o_x (s_w S_w + n o_w) for each element and block.
double correction_cost(const Node& node, const TensorSpec& codes, const TensorSpec& factors) {
  const std::int64_t rows = codes.shape.count() / std::max<std::int64_t>(1, codes.shape[-1]);
  const std::int64_t blocks = factors.shape.count() / 2 / std::max<std::int64_t>(1, rows);
  return static_cast<double>(node.outputs[0].shape.count() * blocks) * (4 * multiply + 3 * add);
}

// The extent that both operands share: the axis of a matrix that the result does not have.
std::int64_t depth_of(const TensorSpec& a, const TensorSpec& result) {
  const std::int64_t rows = result.shape.count() / std::max<std::int64_t>(1, result.shape[-1]);
  return a.shape.count() / std::max<std::int64_t>(1, rows);
}

void add_node(ArithmeticCost& cost, const Node& node) {
  std::string_view name = node.operation->name();
  // Each row is multiplied by one matrix there too.
  if (name.starts_with("grouped_")) name.remove_prefix(std::string_view("grouped_").size());
  const auto in = [&](std::size_t i) -> const TensorSpec& { return node.inputs[i].spec(); };
  if (name == "matmul") {
    add_product(cost, node, in(0).dtype, in(1).dtype, depth_of(in(0), node.outputs[0]));
  } else if (name == "matmul_codes") {
    add_product(cost, node, in(0).dtype, in(2).dtype, in(0).shape[-1]);
    cost.elementwise +=
        std::max(correction_cost(node, in(0), in(1)), correction_cost(node, in(2), in(3)));
  } else if (name == "matmul_dense_codes") {
    add_product(cost, node, in(0).dtype, in(1).dtype, depth_of(in(0), node.outputs[0]));
    cost.elementwise += correction_cost(node, in(1), in(2)) / 2;
  } else {
    cost.elementwise += elementwise_cost(node);
  }
}

}  // namespace

ArithmeticCost cost_of(const nn::Module& module, std::int64_t sample_size, DType type) {
  nn::Context context(nn::Context::Mode::evaluation);
  // In place of what parameters alone decide stands a value from outside.
  context.on_frozen([](const std::string& name, const Tensor& derived) {
    return input(derived.shape(), derived.dtype(), name);
  });
  const Tensor x = input({1, sample_size}, type, "samples");
  // Operations are priced one by one.
  constexpr std::array disabled{std::string_view("fuse_products"),
                                std::string_view("fuse_elementwise")};
  const Graph graph = optimize({{module.forward(x, context)}, {}}, disabled);
  ArithmeticCost cost;
  for (const auto& node : topological_order(graph)) {
    if (dynamic_cast<const Source*>(node->operation.get()) == nullptr) add_node(cost, *node);
  }
  cost.ace_v2 += cost.elementwise;
  return cost;
}

}  // namespace ridgeback::deploy
