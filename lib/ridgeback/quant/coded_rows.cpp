// SPDX-License-Identifier: Apache-2.0
// y = s_m (q_a q_b) + t_m: b is transposed into scratch, so that both sides are packed along the
// reduction, and multiplied as the codes of a forward product are.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/epilogue.hpp"
#include "ridgeback/ops/fill_launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/quant/lookup_operands.hpp"
#include "ridgeback/quant/matrix_tiles.hpp"
#include "ridgeback/quant/product_tiles.hpp"
#include "ridgeback/quant/products.hpp"

#include <fmt/core.h>
#include <utility>

#include "matmul/matmul_codes.h"

namespace ridgeback::quant {
namespace {

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

// Inputs: codes and factors of a, codes of b and, with_term, the term of each row.
struct MatmulCodedRows final : ops::ProductOf<MatmulCodedRows> {
  explicit MatmulCodedRows(bool has_term) : with_term(has_term) {}
  bool with_term;

  bool operator==(const MatmulCodedRows&) const = default;
  [[nodiscard]] std::string_view name() const override { return "matmul_coded_rows"; }
  [[nodiscard]] std::string attributes() const override {
    return with_steps(with_term ? "term" : "");
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;
  [[nodiscard]] bool has_terms(std::span<const TensorSpec> in) const override {
    return in[2].shape[0] > 0;
  }
};

std::vector<TensorSpec> MatmulCodedRows::infer(std::span<const TensorSpec> in) const {
  const TensorSpec& a = in[0];
  const TensorSpec& b = in[2];
  const bool integers = a.dtype == DType::i2 || a.dtype == DType::i4 || a.dtype == DType::i8;
  require(integers && a.shape.rank() >= 1,
          fmt::format("matmul_coded_rows: a must be of i2, i4 or i8 and have an axis (got {})",
                      a.text()));
  require(is_packed(b.dtype) && b.shape.rank() == 2,
          fmt::format("matmul_coded_rows: b must be a packed matrix (got {})", b.text()));
  require(
      a.shape[-1] == b.shape[0],
      fmt::format("matmul_coded_rows: inner extents differ (got {} and {})", a.text(), b.text()));
  const std::int64_t rows = a.shape.count(0, a.shape.rank() - 1);
  require(in[1].dtype == DType::f32 && (a.shape.count() == 0 || in[1].shape.count() == 2 * rows),
          fmt::format("matmul_coded_rows: wrong factors for {} (got {}, expected f32[{}, 1, 2])",
                      a.text(), in[1].text(), rows));
  require(!with_term || (in[3].dtype == DType::f32 && in[3].shape.count() == rows),
          fmt::format("matmul_coded_rows: a term for each row of {} (got {}, expected f32[{}])",
                      a.text(), with_term ? in[3].text() : "", rows));
  const Shape result = a.shape.with(-1, b.shape[1]);
  check(name(), in, result);
  return {{result, DType::f32}};
}

std::vector<Dispatch> MatmulCodedRows::lower(const LowerContext& whole) const {
  const LowerContext c = alone(whole);
  const Shape& y = c.out[0].shape;
  if (y.count() == 0) return {};
  const std::int64_t depth = c.in[2].shape[0];
  if (depth == 0) return {ops::fill_launch(c, 0)};
  const std::int64_t cols = y[-1];
  const std::int64_t rows = y.count() / cols;
  const ProductShape shape{rows, cols, depth, depth};
  ProductTiles t = codes_tiles(c.target, c.in[0].dtype, c.in[2].dtype, shape);
  const Choice tile = take_tile(c, shape, t);
  shaders::MatmulCodesParams params{word(rows), word(cols), word(depth), word(depth), 1, 1,
                                    1,          1,          1,           word(depth), 1, {}};
  store_scalars(params);
  Dispatch launch = dispatch(t.kernel, c, t.variants);
  const bool lookup = launch.variant == "lookup", row_pairs = launch.variant == "row_pairs";
  const LaidOut b = transposed_codes(c, 2, lookup, 0);
  std::vector<Dispatch> launches{b.launch};
  double bytes = static_cast<double>(c.in[0].bytes() + b.bytes + c.out[0].bytes());
  if (lookup || row_pairs) {
    const LaidOut a = row_groups(c, 0, lookup ? lookup_rows(c.in[0].dtype) : 2, 1);
    launches.push_back(a.launch);
    launch.read_scratch(1, a.bytes);
  } else {
    launch.read(0);
  }
  launch.read(1).read_scratch(0, b.bytes).read(with_term ? 3 : 1);
  read_operands(launch, whole);
  launch.write(0)
      .specialize(t.local_size, c.in[0].dtype, c.in[2].dtype, t.rows, t.cols, t.lanes,
                  lookup      ? lookup_flush(c.in[0].dtype, c.in[2].dtype, depth)
                  : row_pairs ? row_pairs_windows(depth)
                              : t.flush,
                  with_term ? 1 : 2, stored_run(cols, t.cols))
      .push(params)
      .linear_groups(t.groups)
      .cost(2.0 * static_cast<double>(y.count()) * static_cast<double>(depth), bytes);
  launch.choices.insert(launch.choices.begin(), tile);
  const bool matrices = launch.variant == "coopmat";
  if (matrices)
    launch_codes_matrices(launch, c, shape, c.in[0].dtype, c.in[2].dtype, with_term ? 1 : 2);
  specialize(launch, whole, matrices ? 14 : 11);
  launches.push_back(std::move(launch));
  return launches;
}

}  // namespace

bool is_matmul_coded_rows_without_term(const Node& node) {
  const auto* product = dynamic_cast<const MatmulCodedRows*>(node.operation.get());
  return product != nullptr && !product->with_term && product->epilogue.steps.empty();
}

Tensor matmul_coded_rows(const CodedMatrix& a, const Tensor& b_codes, const Tensor& row_term) {
  require(a.block == 0 || a.block >= a.codes.shape()[-1],
          fmt::format("matmul_coded_rows: a has one block a row (got blocks of {})", a.block));
  if (!row_term) return apply(MatmulCodedRows{false}, {a.codes, a.factors, b_codes});
  Tensor y = apply(MatmulCodedRows{true}, {a.codes, a.factors, b_codes, row_term});
  if (a.codes.shape()[-1] > 0) return y;
  // Sums of nothing.
  return broadcast_to(reshape(row_term, a.codes.shape().with(-1, 1)), y.shape());
}

}  // namespace ridgeback::quant
