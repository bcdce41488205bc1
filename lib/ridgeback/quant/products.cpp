// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/products.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/epilogue.hpp"
#include "ridgeback/ops/fill_launch.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/parts.hpp"
#include "ridgeback/quant/lookup_operands.hpp"
#include "ridgeback/quant/matrix_tiles.hpp"
#include "ridgeback/quant/product_tiles.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <numeric>
#include <utility>

#include "matmul/matmul_codes.h"
#include "matmul/matmul_dense_codes.h"
#include "matmul/products.h"

namespace ridgeback::quant {
namespace {

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

// A coded matrix as kernels see it, and how many of them there are.
struct Coded {
  std::int64_t batches;
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t block;   // at most cols
  std::int64_t blocks;  // in a row
};

Coded coded(const Shape& codes, int block, int batch_axes) {
  const std::int64_t cols = codes[-1];
  const std::int64_t length = block == 0 ? cols : std::min<std::int64_t>(block, cols);
  return {codes.count(0, batch_axes), codes.count(batch_axes, codes.rank() - 1), cols, length,
          length == 0 ? 0 : ceil_div(cols, length)};
}

Coded checked(std::string_view op, const TensorSpec& codes, const TensorSpec& factors, int block,
              int batch_axes) {
  require(is_packed(codes.dtype) && codes.shape.rank() > batch_axes,
          fmt::format("{}: codes must be packed and have an axis{} (got {})", op,
                      batch_axes > 0 ? fmt::format(" besides the {} of batches", batch_axes) : "",
                      codes.text()));
  require(block >= 0 && block % 32 == 0,
          fmt::format("{}: a block is a multiple of 32 codes, or 0 for rows (got {})", op, block));
  const Coded matrix = coded(codes.shape, block, batch_axes);
  const std::int64_t rows = matrix.batches * matrix.rows;
  require(factors.dtype == DType::f32 &&
              (codes.shape.count() == 0 || factors.shape.count() == 2 * rows * matrix.blocks),
          fmt::format("{}: wrong factors for {} in blocks of {} (got {}, expected f32[{}, {}, 2])",
                      op, codes.text(), matrix.block, factors.text(), rows, matrix.blocks));
  return matrix;
}

// Throws where the operands do not begin with the same axes of batches.
void check_batches(std::string_view op, const TensorSpec& a, const TensorSpec& b, int batch_axes) {
  if (batch_axes == 0) return;
  require(batch_axes > 0, fmt::format("{}: batch axes below 0 (got {})", op, batch_axes));
  const auto axes = static_cast<std::size_t>(batch_axes);
  const auto of_a = a.shape.extents(), of_b = b.shape.extents();
  require(of_a.size() > axes && of_b.size() > axes &&
              std::ranges::equal(of_a.first(axes), of_b.first(axes)),
          fmt::format("{}: the first {} axes must be the same and others follow (got {} and {})",
                      op, batch_axes, a.text(), b.text()));
}

std::string batch_text(int batch_axes) {
  return batch_axes > 0 ? fmt::format(",batch_axes={}", batch_axes) : "";
}

// PRODUCTS of the kernels, the constant of this number; without it they make one product.
void specialize_products(Dispatch& launch, const ProductShape& shape, std::size_t number) {
  if (shape.batches == 1 && shape.groups == Groups::none) return;
  launch.constants.resize(number, 0);
  launch.specialize(shape.groups == Groups::rows    ? shaders::PRODUCTS_ROW_GROUPS
                    : shape.groups == Groups::terms ? shaders::PRODUCTS_TERM_GROUPS
                                                    : shaders::PRODUCTS_BATCHES);
}

std::optional<std::size_t> ends_after(Groups groups, std::size_t own_inputs) {
  return groups == Groups::none ? std::nullopt : std::optional<std::size_t>(own_inputs);
}

// And IN_PARTS.
void specialize_parts(Dispatch& launch, const ops::Parts& parts, std::size_t number) {
  if (!parts.several()) return;
  launch.constants.resize(number, 0);
  launch.specialize(true);
}

// Codes that are as much work as one multiply-add. A launch more costs CPU drivers 20 to 60 us, so
// there parts are longer still: with a quarter of it small tiles took a seventh longer (lavapipe).
std::int64_t at_once(const Target& target, bool bits) {
  return (bits ? 16 : 4) * (target.is_cpu() ? 4 : 1);
}

// Parts are whole steps of every variant, and whole blocks.
ops::Parts codes_parts(const LowerContext& c, const ProductTiles& t, const ProductShape& shape) {
  const std::int64_t unit =
      shape.block < shape.depth ? std::lcm<std::int64_t>(256, shape.block) : 256;
  return ops::choose_parts(
      c, t.kernel, {t.groups, shape.depth, unit, at_once(c.target, t.kernel == "matmul_bits")});
}

Dispatch with_cost(Dispatch launch, const LowerContext& c, std::int64_t depth) {
  double bytes = static_cast<double>(c.out[0].bytes());
  for (const TensorSpec& in : c.in) bytes += static_cast<double>(in.bytes());
  const double sums = static_cast<double>(c.out[0].shape.count());
  return launch.cost(2.0 * sums * static_cast<double>(depth), bytes);
}

// Inputs: codes and factors of x, codes and factors of w, and where groups of rows end.
struct MatmulCodes final : ops::ProductOf<MatmulCodes> {
  MatmulCodes(int block_of_x, int block_of_w, int axes_of_batches, Groups of = Groups::none)
      : x_block(block_of_x), w_block(block_of_w), batch_axes(axes_of_batches), groups(of) {}
  int x_block;
  int w_block;
  int batch_axes;
  Groups groups;

  bool operator==(const MatmulCodes&) const = default;
  [[nodiscard]] std::string_view name() const override {
    return groups == Groups::none ? "matmul_codes" : "grouped_matmul_codes";
  }
  [[nodiscard]] std::string attributes() const override {
    return with_steps(
        fmt::format("x_block={},w_block={}{}", x_block, w_block, batch_text(batch_axes)));
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    if (groups == Groups::none) check_batches(name(), in[0], in[2], batch_axes);
    const Coded x = checked(name(), in[0], in[1], x_block, batch_axes);
    const Coded w = checked(name(), in[2], in[3], w_block, w_axes());
    require(x.cols == w.cols,
            fmt::format("{}: columns differ (got {} and {})", name(), in[0].text(), in[2].text()));
    if (groups != Groups::none) {
      require(in[0].shape.rank() == 2 && in[2].shape.rank() == 3,
              fmt::format("{}: codes need two and three axes (got {} and {})", name(), in[0].text(),
                          in[2].text()));
      check_ends(name(), in, w.batches);
    }
    const std::int64_t small = std::min(x.block, w.block);
    const std::int64_t large = std::max(x.block, w.block);
    require(large == x.cols || large % small == 0,
            fmt::format("{}: blocks must nest (got {} and {})", name(), x.block, w.block));
    const Shape result = in[0].shape.with(-1, w.rows);
    check(name(), in, result);
    return {{result, DType::f32}};
  }
  [[nodiscard]] bool has_terms(std::span<const TensorSpec> in) const override {
    return in[2].shape.count() > 0;
  }
  [[nodiscard]] std::optional<std::size_t> ends_input() const override {
    return ends_after(groups, 4);
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& whole) const override {
    const LowerContext c = alone(whole);
    if (c.out[0].shape.count() == 0) return {};
    const Coded x = coded(c.in[0].shape, x_block, batch_axes);
    const Coded w = coded(c.in[2].shape, w_block, w_axes());
    if (!has_terms(c.in)) return {ops::fill_launch(c, 0)};
    const std::int64_t block = std::min(x.block, w.block);
    const ProductShape shape =
        groups == Groups::none
            ? ProductShape{x.rows, w.rows, x.cols, block, w.batches}
            : ProductShape{
                  ceil_div(x.rows, w.batches), w.rows, x.cols, block, w.batches, groups, x.rows};
    ProductTiles t = codes_tiles(c.target, c.in[0].dtype, c.in[2].dtype, shape);
    const Choice tile = take_tile(c, shape, t);
    std::vector<Dispatch> launches;
    Dispatch launch = dispatch(t.kernel, c, t.variants);
    const bool matrices = launch.variant == "coopmat";
    const ops::Parts parts = matrices ? ops::Parts{x.cols, 1, {}} : codes_parts(c, t, shape);
    // A row that is one block has blocks as long as its parts.
    const std::int64_t length = std::min(block, parts.length);
    shaders::MatmulCodesParams params{word(x.rows),
                                      word(w.rows),
                                      word(x.cols),
                                      word(length),
                                      word(ceil_div(x.block, length)),
                                      word(ceil_div(w.block, length)),
                                      word(x.blocks),
                                      word(w.blocks),
                                      word(w.batches),
                                      word(parts.length),
                                      word(parts.count),
                                      {}};
    if (!parts.several()) store_scalars(params);
    std::uint32_t flush = t.flush;
    if (t.kernel == "matmul_ints" && launch.variant == "lookup") {
      flush = lookup_flush(c.in[0].dtype, c.in[2].dtype, length);
      lookup_operands(c, x, w, launches, launch);
    } else if (t.kernel == "matmul_ints" && launch.variant == "row_pairs") {
      flush = row_pairs_windows(length);
      const LaidOut of_x = row_groups(c, 0, 2, 0);
      launches = {of_x.launch};
      launch.read_scratch(0, of_x.bytes).read(1).read(2).read(3);
    } else {
      launch.read(0).read(1).read(2).read(3);
    }
    read_operands(launch, whole);
    constexpr int scratch = 3;  // after those of laid out operands
    parts.several() ? launch.write_scratch(scratch, parts.bytes(c)) : launch.write(0);
    launch
        .specialize(t.local_size, c.in[0].dtype, c.in[2].dtype, t.rows, t.cols, t.lanes,
                    t.kernel == "matmul_bits" ? t.block_chunks : flush)
        .push(params)
        .linear_groups(t.groups * parts.count);
    if (t.kernel == "matmul_ints") launch.specialize(0, stored_run(w.rows, t.cols));
    // The variants of CPU drivers do not ask whether there is one block.
    if (t.kernel == "matmul_bits" && launch.variant == "baseline")
      launch.specialize(block >= x.cols);
    if (t.kernel == "matmul_bits" && launch.variant == "texel")
      launch.specialize(stored_run(w.rows, t.cols));
    if (parts.choice) launch.choices.insert(launch.choices.begin(), *parts.choice);
    launch.choices.insert(launch.choices.begin(), tile);
    if (matrices) launch_codes_matrices(launch, c, shape, c.in[0].dtype, c.in[2].dtype);
    const std::size_t constants = t.kernel == "matmul_bits" ? 8 : 9;
    specialize_products(launch, shape, constants);
    specialize_parts(launch, parts, constants + 1);
    if (!parts.several()) specialize(launch, whole, matrices ? 14 : constants + 2);
    launches.push_back(with_cost(std::move(launch), whole, x.cols));
    if (parts.several()) launches.push_back(add_parts(whole, scratch, parts));
    return launches;
  }

 private:
  [[nodiscard]] int w_axes() const { return groups == Groups::none ? batch_axes : 1; }

  // Lays both sides out in scratch, and binds them.
  static void lookup_operands(const LowerContext& c, const Coded& x, const Coded& w,
                              std::vector<Dispatch>& launches, Dispatch& launch) {
    const DType type = c.in[2].dtype;
    const std::int64_t words = ceil_div(x.cols, 32) * lookup_planes(type);
    const LaidOut of_w = turned_words(c, 2, w.rows, words_per_row(type, w.cols), words, 0);
    const LaidOut of_x = row_groups(c, 0, lookup_rows(c.in[0].dtype), 1);
    const LaidOut factors = turned_words(c, 3, w.rows, 2 * w.blocks, 2 * w.blocks, 2);
    launches = {of_w.launch, of_x.launch, factors.launch};
    launch.read_scratch(1, of_x.bytes)
        .read(1)
        .read_scratch(0, of_w.bytes)
        .read_scratch(2, factors.bytes);
  }
};

// Inputs: a, codes and factors of b, and where groups end. y = op(a) op(b_hat), where op reads an
// operand transposed.
struct MatmulDenseCodes final : ops::ProductOf<MatmulDenseCodes> {
  MatmulDenseCodes(bool a_transposed, bool b_transposed, int block_of_b, int axes_of_batches,
                   Groups of = Groups::none)
      : transpose_a(a_transposed),
        transpose_b(b_transposed),
        block(block_of_b),
        batch_axes(axes_of_batches),
        groups(of) {}
  bool transpose_a;
  bool transpose_b;
  int block;
  int batch_axes;
  Groups groups;

  bool operator==(const MatmulDenseCodes&) const = default;
  [[nodiscard]] std::string_view name() const override {
    return groups == Groups::none ? "matmul_dense_codes" : "grouped_matmul_dense_codes";
  }
  [[nodiscard]] std::string attributes() const override {
    return with_steps(fmt::format("block={}{}{}{}", block, transpose_a ? ",transpose_a" : "",
                                  transpose_b ? ",transpose_b" : "", batch_text(batch_axes)));
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const Shape& a = in[0].shape;
    require(
        is_float(in[0].dtype) && a.rank() >= 1,
        fmt::format("{}: a must be f32 or f16 and have an axis (got {})", name(), in[0].text()));
    if (groups == Groups::none) check_batches(name(), in[0], in[1], batch_axes);
    const Coded b = checked(name(), in[1], in[2], block, b_axes());
    const std::int64_t depth = transpose_a ? a.count(batch_axes, a.rank() - 1) : a[-1];
    const std::int64_t b_depth = transpose_b ? b.cols : b.rows;
    require(depth == b_depth, fmt::format("{}: inner extents differ (got {} and {})", name(),
                                          in[0].text(), in[1].text()));
    const std::int64_t cols = transpose_b ? b.rows : b.cols;
    if (groups != Groups::none) {
      const int axes = groups == Groups::rows ? 3 : 2;
      require(a.rank() == 2 && in[1].shape.rank() == axes,
              fmt::format("{}: operands need two and {} axes (got {} and {})", name(), axes,
                          in[0].text(), in[1].text()));
      check_ends(name(), in, groups == Groups::rows ? std::optional(b.batches) : std::nullopt);
    }
    const Shape result = groups == Groups::terms ? Shape{in[3].shape[0], a[-1], cols}
                         : transpose_a           ? transposed_result(a, cols)
                                                 : a.with(-1, cols);
    check(name(), in, result);
    return {{result, DType::f32}};
  }
  [[nodiscard]] bool has_terms(std::span<const TensorSpec> in) const override {
    return in[1].shape.count() > 0;
  }
  [[nodiscard]] std::optional<std::size_t> ends_input() const override {
    return ends_after(groups, 3);
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& whole) const override {
    const LowerContext c = alone(whole);
    const Shape& y = c.out[0].shape;
    if (y.count() == 0) return {};
    const Coded b = coded(c.in[1].shape, block, b_axes());
    const std::int64_t depth = transpose_b ? b.cols : b.rows;
    if (!has_terms(c.in)) return {ops::fill_launch(c, 0)};
    const std::int64_t cols = y[-1];
    const std::int64_t batches = groups == Groups::terms ? y[0] : b.batches;
    const std::int64_t rows = y.count() / (groups == Groups::rows ? cols : batches * cols);
    ProductShape shape{rows, cols, depth, b.block, batches, groups};
    if (groups == Groups::rows) {
      shape.all_rows = rows;
      shape.rows = ceil_div(rows, batches);
    }
    if (groups == Groups::terms) shape.depth = ceil_div(depth, batches);
    const DType a_type = c.in[0].dtype;
    const bool a_half = a_type == DType::f16;
    ProductTiles t = dense_codes_tiles(c.target, a_type, c.in[1].dtype, transpose_b, shape);
    const Choice tile = take_tile(c, shape, t);
    Dispatch launch = dispatch(t.kernel, c, t.variants).read(0).read(1).read(2);
    const bool matrices = launch.variant == "coopmat";
    const ops::Parts parts =
        matrices
            ? ops::Parts{depth, 1, {}}
            : ops::choose_parts(c, t.kernel,
                                {t.groups, depth, unit(b), groups == Groups::terms ? batches : 1});
    shaders::MatmulDenseCodesParams params{word(rows),         word(cols),
                                           word(depth),        word(b.block),
                                           word(b.blocks),     ops::last_texel(c.in[0]),
                                           word(parts.length), word(parts.count),
                                           word(batches),      {}};
    if (!parts.several()) store_scalars(params);
    read_operands(launch, whole);
    parts.several() ? launch.write_scratch(0, parts.bytes(c)) : launch.write(0);
    launch
        .specialize(t.local_size, transpose_a ? 1 : 0, transpose_b ? 1 : 0, c.in[1].dtype, t.rows,
                    t.cols, t.lanes, (transpose_a ? rows : depth) % (a_half ? 8 : 4) == 0,
                    t.block_chunks, cols % 4 == 0, a_half)
        .push(params)
        .linear_groups(t.groups * parts.count);
    if (parts.choice) launch.choices.insert(launch.choices.begin(), *parts.choice);
    launch.choices.insert(launch.choices.begin(), tile);
    if (matrices) launch_dense_matrices(launch, c, shape, c.in[1].dtype, transpose_a, transpose_b);
    specialize_products(launch, shape, 11);
    if (!parts.several()) specialize(launch, whole, matrices ? 15 : 12);
    std::vector<Dispatch> launches{with_cost(std::move(launch), whole, shape.depth)};
    if (parts.several()) launches.push_back(add_parts(whole, 0, parts));
    return launches;
  }

 private:
  [[nodiscard]] int b_axes() const { return groups == Groups::rows ? 1 : batch_axes; }

  [[nodiscard]] Shape transposed_result(const Shape& a, std::int64_t cols) const {
    const auto batches = a.extents().first(static_cast<std::size_t>(batch_axes));
    std::vector<std::int64_t> extents(batches.begin(), batches.end());
    extents.insert(extents.end(), {a[-1], cols});
    return Shape(extents);
  }

  // Terms at whose multiples a sum may be cut: whole steps of every variant, and whole blocks.
  [[nodiscard]] std::int64_t unit(const Coded& b) const {
    if (!transpose_b) return 96;
    return b.blocks > 1 ? std::lcm<std::int64_t>(128, b.block) : 128;
  }
};

}  // namespace

Tensor matmul_codes(const CodedMatrix& x, const CodedMatrix& w, int batch_axes) {
  return apply(MatmulCodes{x.block, w.block, batch_axes}, {x.codes, x.factors, w.codes, w.factors});
}

Tensor matmul_dense_codes(const Tensor& a, const CodedMatrix& b, int batch_axes) {
  return apply(MatmulDenseCodes{false, false, b.block, batch_axes}, {a, b.codes, b.factors});
}

Tensor matmul_dense_codes_transposed(const Tensor& a, const CodedMatrix& b, int batch_axes) {
  return apply(MatmulDenseCodes{true, false, b.block, batch_axes}, {a, b.codes, b.factors});
}

Tensor matmul_dense_codes_rows(const Tensor& a, const CodedMatrix& w, int batch_axes) {
  return apply(MatmulDenseCodes{false, true, w.block, batch_axes}, {a, w.codes, w.factors});
}

Tensor grouped_matmul_codes(const CodedMatrix& x, const CodedMatrix& w, const Tensor& ends) {
  return apply(MatmulCodes{x.block, w.block, 0, Groups::rows},
               {x.codes, x.factors, w.codes, w.factors, ends});
}

Tensor grouped_matmul_dense_codes(const Tensor& a, const CodedMatrix& b, const Tensor& ends) {
  return apply(MatmulDenseCodes{false, false, b.block, 0, Groups::rows},
               {a, b.codes, b.factors, ends});
}

Tensor grouped_matmul_dense_codes_rows(const Tensor& a, const CodedMatrix& w, const Tensor& ends) {
  return apply(MatmulDenseCodes{false, true, w.block, 0, Groups::rows},
               {a, w.codes, w.factors, ends});
}

Tensor grouped_matmul_dense_codes_transposed(const Tensor& a, const CodedMatrix& b,
                                             const Tensor& ends) {
  return apply(MatmulDenseCodes{true, false, b.block, 0, Groups::terms},
               {a, b.codes, b.factors, ends});
}

}  // namespace ridgeback::quant
