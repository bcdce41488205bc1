// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/matmul.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/epilogue.hpp"
#include "ridgeback/ops/fill_launch.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul_tiles.hpp"
#include "ridgeback/ops/parts.hpp"
#include "ridgeback/ops/reduce.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "layout/pad_rows.h"
#include "matmul/matmul_f32.h"
#include "matmul/products.h"

namespace ridgeback {
namespace {

// Inputs a, b as they are stored; the flags say which of them the product reads transposed in its
// last two axes. Where groups end comes next, if there are any, and then those of the epilogue.
struct Matmul final : ops::ProductOf<Matmul> {
  Matmul(bool a_transposed, bool b_transposed, Groups of = Groups::none)
      : transpose_a(a_transposed), transpose_b(b_transposed), groups(of) {}
  bool transpose_a;
  bool transpose_b;
  Groups groups;

  bool operator==(const Matmul&) const = default;
  [[nodiscard]] std::string_view name() const override {
    return groups == Groups::none ? "matmul" : "grouped_matmul";
  }
  [[nodiscard]] std::string attributes() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& context) const override;
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& context) const override;
  [[nodiscard]] bool has_terms(std::span<const TensorSpec> in) const override {
    return in[0].shape[transpose_a ? -2 : -1] > 0 && in[1].shape.count() > 0;
  }
  [[nodiscard]] std::optional<std::size_t> ends_input() const override {
    return groups == Groups::none ? std::nullopt : std::optional<std::size_t>(2);
  }

 private:
  [[nodiscard]] std::vector<Tensor> grouped_gradient(const GradientContext& g) const;
  [[nodiscard]] Shape grouped_result(std::span<const TensorSpec> in) const;
};

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

// Rows and columns of an operand as the product sees it.
std::int64_t outer_rows(const Shape& a, bool transposed) {
  return transposed ? a[-1] : a[-2];
}
std::int64_t outer_cols(const Shape& b, bool transposed) {
  return transposed ? b[-2] : b[-1];
}

Shape leading(const Shape& shape) {
  return Shape(shape.extents().first(static_cast<std::size_t>(shape.rank() - 2)));
}

// How the batches of one operand lie below those of the product: at most two axes after joining, of
// which the operand may repeat either.
struct BatchAxes {
  std::int64_t outer = 1;
  std::int64_t inner = 1;
};

bool repeats(const Shape& operand, const Shape& batch, int axis) {
  const int from_end = axis - batch.rank();
  return -from_end > operand.rank() || operand[from_end] != batch[axis];
}

// Axes join while both operands go on alike; throws Unsupported where more than two runs are left.
BatchAxes join_axes(const Shape& batch, const Shape& a, const Shape& b) {
  BatchAxes axes;
  int runs = 0;
  bool last_a = false;
  bool last_b = false;
  for (int axis = batch.rank() - 1; axis >= 0; --axis) {
    if (batch[axis] == 1) continue;
    const bool repeat_a = repeats(a, batch, axis);
    const bool repeat_b = repeats(b, batch, axis);
    if (runs == 0 || repeat_a != last_a || repeat_b != last_b) ++runs;
    if (runs > 2)
      throw Unsupported(
          "matmul: leading axes that broadcast in more than two runs; broadcast_to() them first");
    (runs == 1 ? axes.inner : axes.outer) *= batch[axis];
    last_a = repeat_a;
    last_b = repeat_b;
  }
  return axes;
}

struct Strides {
  std::int64_t outer;
  std::int64_t inner;
};

Strides strides_of(const Shape& operand_batch, const BatchAxes& axes, std::int64_t matrix) {
  const std::int64_t own = operand_batch.count();
  if (own == axes.outer * axes.inner) return {axes.inner * matrix, matrix};
  if (own == axes.inner && axes.outer > 1 && axes.inner > 1) return {0, matrix};
  if (own == axes.outer && axes.inner > 1) return {matrix, 0};
  return {0, own == 1 ? 0 : matrix};
}

// Sums a gradient over the leading axes that its operand repeated.
Tensor to_operand(const Tensor& grad, const Tensor& operand) {
  return sum_to_shape(grad, operand.shape());
}

Tensor product(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) {
  return apply(Matmul{transpose_a, transpose_b}, {a, b});
}

Tensor as_rows(const Tensor& x) {
  const auto [rows, cols] = as_matrix(x.shape());
  return x.shape().rank() == 2 ? x : reshape(x, {rows, cols});
}

std::string Matmul::attributes() const {
  return with_steps(fmt::format("{}{}", transpose_a ? "transpose_a" : "",
                                transpose_b ? (transpose_a ? ",transpose_b" : "transpose_b") : ""));
}

std::vector<TensorSpec> Matmul::infer(std::span<const TensorSpec> in) const {
  const Shape& a = in[0].shape;
  const Shape& b = in[1].shape;
  require(is_float(in[0].dtype) && is_float(in[1].dtype),
          fmt::format("{}: operands must be f32 or f16 (got {} and {})", name(), in[0].text(),
                      in[1].text()));
  require(a.rank() >= 2 && b.rank() >= 2, fmt::format("{}: operands need two axes (got {} and {})",
                                                      name(), in[0].text(), in[1].text()));
  require(
      (transpose_a ? a[-2] : a[-1]) == (transpose_b ? b[-1] : b[-2]),
      fmt::format("{}: inner extents differ (got {}{} and {}{})", name(), a.text(),
                  transpose_a ? " transposed" : "", b.text(), transpose_b ? " transposed" : ""));
  if (groups != Groups::none) {
    const Shape result = grouped_result(in);
    check(name(), in, result);
    return {{result, DType::f32}};
  }
  const Shape batch = broadcast(leading(a), leading(b), "matmul");
  std::vector<std::int64_t> extents(batch.extents().begin(), batch.extents().end());
  extents.push_back(outer_rows(a, transpose_a));
  extents.push_back(outer_cols(b, transpose_b));
  const Shape result(extents);
  check(name(), in, result);
  return {{result, DType::f32}};
}

Shape Matmul::grouped_result(std::span<const TensorSpec> in) const {
  const Shape& a = in[0].shape;
  const Shape& b = in[1].shape;
  const bool of_rows = groups == Groups::rows;
  require(a.rank() == 2 && b.rank() == (of_rows ? 3 : 2),
          fmt::format("grouped_matmul: operands need two and {} axes (got {} and {})",
                      of_rows ? "three" : "two", in[0].text(), in[1].text()));
  check_ends(name(), in, of_rows ? std::optional(b[0]) : std::nullopt);
  const std::int64_t cols = outer_cols(b, transpose_b);
  return of_rows ? Shape{a[0], cols} : Shape{in[2].shape[0], a[-1], cols};
}

// Where rows of an operand start amid a texel, turning its values takes a tenth of the product for
// b and a twentieth for a. Copying it to rows of whole texels costs less from so many rows or
// columns of the product on (lavapipe).
constexpr std::int64_t pad_b_from = 384;
constexpr std::int64_t pad_a_from = 896;

// An operand as the kernel reads it: input or, padded, scratch of the same number.
struct Stored {
  std::int64_t pitch = 0;  // elements between rows
  std::int64_t bytes = 0;  // whole texels
  bool padded = false;
};

Stored stored(const LowerContext& c, int input, bool worth_padding,
              std::vector<Dispatch>& launches) {
  const TensorSpec& spec = c.in[static_cast<std::size_t>(input)];
  const std::int64_t cols = spec.shape[-1];
  Stored result{cols, round_up(spec.bytes(), 16)};
  const bool padable = spec.dtype == DType::f32 && c.target.has("pad_rows", "wide");
  if (!worth_padding || cols % 4 == 0 || !padable) return result;
  const std::int64_t rows = spec.shape.count() / cols;
  result = {round_up(cols, 4), 4 * rows * round_up(cols, 4), true};
  const std::uint32_t local = ops::local_size(c.target);
  launches.push_back(
      dispatch("pad_rows", c, {"wide", "baseline"})
          .read(input)
          .write_scratch(input, result.bytes)
          .specialize(local)
          .push(shaders::PadRowsParams{word(rows), word(cols), ops::last_texel(spec)})
          .linear_groups(ceil_div(rows * ceil_div(cols, 16), local))
          .cost(0, static_cast<double>(spec.bytes() + result.bytes)));
  return result;
}

void bind(Dispatch& launch, int input, const Stored& operand) {
  operand.padded ? launch.read_scratch(input, operand.bytes) : launch.read(input);
}

std::vector<Dispatch> Matmul::lower(const LowerContext& whole) const {
  const LowerContext c = alone(whole);
  const Shape& a = c.in[0].shape;
  const Shape& b = c.in[1].shape;
  const Shape& y = c.out[0].shape;
  if (y.count() == 0) return {};
  const std::int64_t rows = y[-2];
  const std::int64_t cols = y[-1];
  const std::int64_t depth = transpose_a ? a[-2] : a[-1];
  if (!has_terms(c.in)) return {ops::fill_launch(c, 0)};
  const bool row_groups = groups == Groups::rows, term_groups = groups == Groups::terms;
  const BatchAxes axes = row_groups    ? BatchAxes{1, b[0]}
                         : term_groups ? BatchAxes{1, y[0]}
                                       : join_axes(leading(y), leading(a), leading(b));
  const std::int64_t batches = axes.outer * axes.inner;
  std::vector<MatmulTiles> options =
      matmul_tile_options(c.target, {rows, cols, depth, batches, groups});
  ops::keep_forced(c.target, options);
  std::vector<std::string> names;
  for (const MatmulTiles& option : options) names.push_back(text(option));
  const Choice tile = choose(c, "matmul_f32", "tile", names);
  const MatmulTiles& tiles =
      options[static_cast<std::size_t>(std::ranges::find(names, tile.taken) - names.begin())];
  const double work = 2.0 * static_cast<double>(rows * cols) *
                      static_cast<double>(groups == Groups::none ? depth * batches : depth);
  Dispatch launch = dispatch(tiles.kernel, c, tiles.variants);
  std::vector<Dispatch> launches;
  const bool texel = launch.variant == "texel";
  const std::int64_t rows_of_one = row_groups ? ceil_div(rows, batches) : rows;
  const Stored of_a = stored(c, 0, texel && cols >= pad_a_from, launches);
  const Stored of_b = stored(c, 1, texel && rows_of_one >= pad_b_from, launches);
  // The rows or terms of groups are found by the kernel.
  const Strides a_strides =
      groups == Groups::none ? strides_of(leading(a), axes, a[-2] * of_a.pitch) : Strides{0, 0};
  const Strides b_strides = strides_of(leading(b), axes, b[-2] * of_b.pitch);
  const ops::Parts parts =
      ops::choose_parts(c, "matmul_f32", {tiles.groups, depth, 16, term_groups ? batches : 1});
  bind(launch, 0, of_a);
  bind(launch, 1, of_b);
  read_operands(launch, whole);
  shaders::MatmulF32Params params{word(rows),
                                  word(cols),
                                  word(depth),
                                  word(batches),
                                  word(axes.inner),
                                  word(a_strides.outer),
                                  word(a_strides.inner),
                                  word(b_strides.outer),
                                  word(b_strides.inner),
                                  word(of_a.pitch),
                                  word(of_b.pitch),
                                  word(of_a.bytes / 16 - 1),
                                  word(of_b.bytes / 16 - 1),
                                  word(parts.length),
                                  word(parts.count),
                                  {}};
  if (!parts.several()) store_scalars(params);
  double bytes = static_cast<double>(c.out[0].bytes());
  for (const TensorSpec& in : whole.in) bytes += static_cast<double>(in.bytes());
  parts.several() ? launch.write_scratch(2, parts.bytes(c)) : launch.write(0);
  const std::uint32_t products = row_groups    ? shaders::PRODUCTS_ROW_GROUPS
                                 : term_groups ? shaders::PRODUCTS_TERM_GROUPS
                                               : shaders::PRODUCTS_BATCHES;
  launch.specialize(tiles.local_size, transpose_a ? 1 : 0, transpose_b ? 1 : 0)
      .push(params)
      .linear_groups(tiles.groups * parts.count)
      .cost(work, bytes + (parts.several() ? static_cast<double>(parts.bytes(c)) : 0));
  // The shared kernel wants whole quads of halves, the other whole texels.
  const bool shares = tiles.rows == 0;
  const bool a_half = c.in[0].dtype == DType::f16, b_half = c.in[1].dtype == DType::f16;
  const bool a_whole = of_a.pitch % (a_half && !shares ? 8 : 4) == 0;
  const bool b_whole = of_b.pitch % (b_half && !shares ? 8 : 4) == 0;
  if (shares) {
    launch.specialize(a_whole, b_whole, tiles.cols, a_half, b_half, products);
  } else {
    launch.specialize(tiles.rows, tiles.cols, tiles.lanes, a_whole, b_whole, a_half, b_half,
                      products);
  }
  if (!parts.several()) specialize(launch, whole, shares ? 9 : 11);
  if (parts.choice) launch.choices.insert(launch.choices.begin(), *parts.choice);
  launch.choices.insert(launch.choices.begin(), tile);
  launches.push_back(std::move(launch));
  if (parts.several()) launches.push_back(add_parts(whole, 2, parts));
  return launches;
}

// y = a b: da = dy b^T, db = a^T dy; with stored transposes the same products read from the other
// side.
std::vector<Tensor> Matmul::gradient(const GradientContext& g) const {
  const Tensor& a = g.inputs[0];
  const Tensor& b = g.inputs[1];
  const Tensor& dy = g.grads[0];
  // Epilogues come after gradients.
  if (!epilogue.steps.empty()) return Operation::gradient(g);
  if (groups != Groups::none) return grouped_gradient(g);
  std::vector<Tensor> grads(2);
  if (g.needs(0)) {
    grads[0] = to_operand(
        transpose_a ? product(b, dy, transpose_b, true) : product(dy, b, false, !transpose_b), a);
  }
  // One matrix for all batches: they are more rows of one product, and no sum over batches is left.
  if (g.needs(1) && b.shape().rank() == 2 && !transpose_a) {
    const Tensor rows_a = as_rows(a), rows_dy = as_rows(dy);
    grads[1] =
        transpose_b ? product(rows_dy, rows_a, true, false) : product(rows_a, rows_dy, true, false);
  } else if (g.needs(1)) {
    grads[1] = to_operand(
        transpose_b ? product(dy, a, true, transpose_a) : product(a, dy, !transpose_a, false), b);
  }
  return grads;
}

// Of rows: dx = dy op(w)^T by groups of rows, dw = x^T dy, or dy^T x, by groups of terms. Of terms,
// y_g = a_g^T b_g: da = b dy_g^T, db = a dy_g.
std::vector<Tensor> Matmul::grouped_gradient(const GradientContext& g) const {
  const Tensor& a = g.inputs[0];
  const Tensor& b = g.inputs[1];
  const Tensor& ends = g.inputs[2];
  const Tensor& dy = g.grads[0];
  const auto by_rows = [&](const Tensor& x, const Tensor& w, bool transpose_w) {
    return apply(Matmul{false, transpose_w, Groups::rows}, {x, w, ends});
  };
  std::vector<Tensor> grads(3);
  if (groups == Groups::rows) {
    if (g.needs(0)) grads[0] = by_rows(dy, b, !transpose_b);
    if (g.needs(1))
      grads[1] = transpose_b ? grouped_matmul_transposed(dy, a, ends)
                             : grouped_matmul_transposed(a, dy, ends);
    return grads;
  }
  if (g.needs(0)) grads[0] = by_rows(b, dy, true);
  if (g.needs(1)) grads[1] = by_rows(a, dy, false);
  return grads;
}

}  // namespace

std::optional<MatmulOperands> as_matmul(const Node& node, std::span<const Tensor> inputs) {
  const auto* product = dynamic_cast<const Matmul*>(node.operation.get());
  if (product == nullptr || !product->epilogue.steps.empty()) return std::nullopt;
  MatmulOperands operands{inputs[0], inputs[1], product->transpose_a, product->transpose_b,
                          product->groups};
  if (product->groups != Groups::none) operands.ends = inputs[2];
  return operands;
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  const auto a_from = is_transpose_of_last_two(a);
  const auto b_from = is_transpose_of_last_two(b);
  return product(a_from.value_or(a), b_from.value_or(b), a_from.has_value(), b_from.has_value());
}

Tensor grouped_matmul(const Tensor& x, const Tensor& w, const Tensor& ends) {
  const auto w_from = is_transpose_of_last_two(w);
  return apply(Matmul{false, w_from.has_value(), Groups::rows}, {x, w_from.value_or(w), ends});
}

Tensor grouped_matmul_transposed(const Tensor& a, const Tensor& b, const Tensor& ends) {
  return apply(Matmul{true, false, Groups::terms}, {a, b, ends});
}

}  // namespace ridgeback
