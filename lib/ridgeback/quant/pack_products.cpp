// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/pack_products.hpp"

#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/quant/dequantize.hpp"
#include "ridgeback/quant/products.hpp"

namespace ridgeback::quant {
namespace {

// The codes behind a dequantized value, seen through reshapes that keep the last axis; nothing for
// any other value and for codes that are not packed.
std::optional<CodedMatrix> as_coded(const Tensor& value) {
  if (const auto* made = dynamic_cast<const Dequantize*>(&value.operation())) {
    const Tensor& codes = value.node().inputs[0];
    if (!is_packed(codes.dtype())) return std::nullopt;
    const bool blocks = made->group.kind == Group::Kind::blocks;
    return CodedMatrix{codes, value.node().inputs[1], blocks ? made->group.size : 0};
  }
  const Shape& shape = value.shape();
  if (value.operation().alias_of() != 0 || shape.rank() == 0) return std::nullopt;
  const Tensor& source = value.node().inputs[0];
  if (source.shape().rank() == 0 || source.shape()[-1] != shape[-1]) return std::nullopt;
  std::optional<CodedMatrix> coded = as_coded(source);
  if (coded) coded->codes = reshape(coded->codes, shape);
  return coded;
}

bool is_matrix(const std::optional<CodedMatrix>& coded) {
  return coded && coded->codes.shape().rank() == 2;
}

// Whether every block of one side lies in a block of the other; 0 is the whole row.
bool nest(const CodedMatrix& x, const CodedMatrix& w) {
  const std::int64_t cols = x.codes.shape()[-1];
  const auto whole = [&](int block) { return block == 0 || block >= cols; };
  return whole(x.block) || whole(w.block) || x.block % w.block == 0 || w.block % x.block == 0;
}

std::optional<Tensor> packed_product(const MatmulOperands& m) {
  const std::optional<CodedMatrix> b = as_coded(m.b);
  if (!is_matrix(b)) return std::nullopt;
  if (m.transpose_a) {
    if (m.transpose_b || m.a.shape().rank() != 2) return std::nullopt;
    return matmul_dense_codes_transposed(m.a, *b);
  }
  if (!m.transpose_b) return matmul_dense_codes(m.a, *b);
  const std::optional<CodedMatrix> a = as_coded(m.a);
  if (!a) return matmul_dense_codes_rows(m.a, *b);
  if (!nest(*a, *b)) return std::nullopt;
  return matmul_codes(*a, *b);
}

class PackProducts final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "pack_products"; }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    return rewrite(
        graph,
        [](const Node& node, std::span<const Tensor> inputs) -> std::optional<std::vector<Tensor>> {
          const std::optional<MatmulOperands> operands = as_matmul(node, inputs);
          if (!operands) return std::nullopt;
          const std::optional<Tensor> product = packed_product(*operands);
          if (!product) return std::nullopt;
          return std::vector<Tensor>{*product};
        });
  }
};

}  // namespace

const Pass& pack_products() {
  static const PackProducts pass;
  return pass;
}

}  // namespace ridgeback::quant
