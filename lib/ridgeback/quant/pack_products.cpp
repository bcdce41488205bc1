// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/pack_products.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/ops/as_add.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/quant/code_gradient.hpp"
#include "ridgeback/quant/coded_value.hpp"
#include "ridgeback/quant/dequantize.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/quant/quantize_gradient.hpp"

#include <algorithm>
#include <cstdlib>

namespace ridgeback::quant {
namespace {

// Leading axes of the right side that number products: those of the left side, which does not
// repeat any. Nothing where they differ.
std::optional<int> batch_axes(const Shape& a, const Shape& b) {
  const int axes = b.rank() - 2;
  if (axes < 0) return std::nullopt;
  if (axes == 0) return 0;
  const auto of_a = a.extents(), of_b = b.extents();
  const auto count = static_cast<std::size_t>(axes);
  if (a.rank() != b.rank() || !std::ranges::equal(of_a.first(count), of_b.first(count)))
    return std::nullopt;
  return axes;
}

// Whether every block of one side lies in a block of the other; 0 is the whole row.
bool nest(const CodedMatrix& x, const CodedMatrix& w) {
  const std::int64_t cols = x.codes.shape()[-1];
  const auto whole = [&](int block) { return block == 0 || block >= cols; };
  return whole(x.block) || whole(w.block) || x.block % w.block == 0 || w.block % x.block == 0;
}

// Whether sums of `depth` products of these codes fit in 32 bits.
bool sums_fit(DType a, DType b, std::int64_t depth) {
  const auto largest = [](DType type) {
    const CodeRange range = code_range(type);
    return static_cast<std::int64_t>(std::max(std::abs(range.lowest), range.highest));
  };
  return depth <= ((std::int64_t{1} << 31) - 1) / (largest(a) * largest(b));
}

// Coded gradients times codes as they are stored (quantize_gradient.cpp).
std::optional<Tensor> gradient_product(const Tensor& left, const CodedMatrix& b) {
  const auto* made = dynamic_cast<const Dequantize*>(&left.operation());
  if (made == nullptr || !are_unit_factors(b.factors)) return std::nullopt;
  const Tensor& codes = left.node().inputs[0];
  const Tensor& factors = left.node().inputs[1];
  // Its factors have no offsets.
  if (dynamic_cast<const CodeGradient*>(&factors.operation()) == nullptr) return std::nullopt;
  if (!sums_fit(codes.dtype(), b.codes.dtype(), codes.shape()[-1])) return std::nullopt;
  return matmul_coded_rows({codes, factors, 0}, b.codes);
}

// y + t, y a product of coded gradients and t one value for each of its rows.
std::optional<Tensor> with_row_term(std::span<const Tensor> inputs) {
  const Tensor& y = inputs[0];
  const Tensor& term = inputs[1];
  if (!is_matmul_coded_rows_without_term(y.node())) return std::nullopt;
  if (term.shape() != y.shape().with(-1, 1)) return std::nullopt;
  const std::vector<Tensor>& in = y.node().inputs;
  return matmul_coded_rows({in[0], in[1], 0}, in[2], term);
}

// The codes behind the summands of a train (temporal.hpp), all of one form; nothing for other
// values.
std::optional<std::vector<CodedMatrix>> as_train(const Tensor& value) {
  if (is_add(value.node())) {
    const std::vector<Tensor>& summands = value.node().inputs;
    const std::optional<CodedMatrix> last = as_coded(summands[1]);
    std::optional<std::vector<CodedMatrix>> all;
    if (last) all = as_train(summands[0]);
    if (!all) return std::nullopt;
    const CodedMatrix& first = all->front();
    if (first.codes.spec() != last->codes.spec() || first.block != last->block) return std::nullopt;
    all->push_back(*last);
    return all;
  }
  const std::optional<CodedMatrix> coded = as_coded(value);
  if (!coded) return std::nullopt;
  return std::vector<CodedMatrix>{*coded};
}

// (sum over t of x_t) W^T: one product of the rows of all steps, then the sum over the steps.
std::optional<Tensor> product_of_train(const Tensor& value, const CodedMatrix& w) {
  const auto train = as_train(value);
  if (!train || train->size() < 2 || !nest(train->front(), w)) return std::nullopt;
  const Shape& shape = value.shape();
  const auto steps = static_cast<std::int64_t>(train->size());
  const std::int64_t rows = shape.count(0, shape.rank() - 1);
  std::vector<Tensor> codes;
  std::vector<Tensor> factors;
  for (const CodedMatrix& step : *train) {
    codes.push_back(reshape(step.codes, {rows, shape[-1]}));
    factors.push_back(reshape(step.factors, {step.factors.shape().count()}));
  }
  const Tensor products =
      matmul_codes({concat(codes, 0), concat(factors, 0), train->front().block}, w);
  const Tensor y = sum(reshape(products, {steps, rows, products.shape()[-1]}), 0);
  return reshape(y, shape.with(-1, products.shape()[-1]));
}

std::optional<Tensor> packed_grouped_product(const MatmulOperands& m, const CodedMatrix& b) {
  if (m.groups == Groups::terms) return grouped_matmul_dense_codes_transposed(m.a, b, m.ends);
  if (!m.transpose_b) return grouped_matmul_dense_codes(m.a, b, m.ends);
  const std::optional<CodedMatrix> a = as_coded(m.a);
  if (a && nest(*a, b)) return grouped_matmul_codes(*a, b, m.ends);
  return grouped_matmul_dense_codes_rows(m.a, b, m.ends);
}

std::optional<Tensor> packed_product(const MatmulOperands& m) {
  const std::optional<CodedMatrix> b = as_coded(m.b);
  if (!b) return std::nullopt;
  if (m.groups != Groups::none) return packed_grouped_product(m, *b);
  const std::optional<int> batches = batch_axes(m.a.shape(), m.b.shape());
  if (!batches) return std::nullopt;
  if (*batches == 0 && !m.transpose_a && !m.transpose_b) {
    if (const auto product = gradient_product(m.a, *b)) return product;
  }
  if (m.transpose_a) {
    if (m.transpose_b || m.a.shape().rank() != m.b.shape().rank()) return std::nullopt;
    return matmul_dense_codes_transposed(m.a, *b, *batches);
  }
  if (!m.transpose_b) return matmul_dense_codes(m.a, *b, *batches);
  const std::optional<CodedMatrix> a = as_coded(m.a);
  if (!a) {
    std::optional<Tensor> product;
    if (*batches == 0) product = product_of_train(m.a, *b);
    return product ? product : matmul_dense_codes_rows(m.a, *b, *batches);
  }
  if (!nest(*a, *b)) return std::nullopt;
  return matmul_codes(*a, *b, *batches);
}

class PackProducts final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return pass_name("pack_products"); }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    return rewrite(
        graph,
        [](const Node& node, std::span<const Tensor> inputs) -> std::optional<std::vector<Tensor>> {
          // What its gradient was made of is no longer needed.
          if (is_quantize_gradient(node)) return std::vector<Tensor>{inputs[0]};
          if (is_add(node)) {
            const std::optional<Tensor> sum = with_row_term(inputs);
            return sum ? std::optional(std::vector<Tensor>{*sum}) : std::nullopt;
          }
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
