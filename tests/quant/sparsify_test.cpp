// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/sparsify.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <functional>
#include <gtest/gtest.h>
#include <span>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "reference/sparse.hpp"

namespace ridgeback::test {
namespace {

using quant::Group;
using quant::Sparsity;

// What is kept, counted by hand: `keep` values of each run of `run` values in turn, in every row
// or, in the tensor's scope, in all of it. Of pruned blocks whole ones, `keep` in each row of them.
struct What {
  Shape shape;
  Sparsity sparsity;
  Group group;
  std::int64_t run;
  std::vector<std::int64_t> keep;
};

// How many of the values first, first + 1... come before value i: larger ones, and equal ones of a
// lower index.
std::int64_t rank_of(const std::vector<double>& values, std::int64_t first, std::int64_t count,
                     std::int64_t i) {
  const auto at = [&](std::int64_t k) { return values[static_cast<std::size_t>(k)]; };
  std::int64_t before = 0;
  for (std::int64_t k = first; k < first + count; ++k)
    before += at(k) > at(i) || (at(k) == at(i) && k < i) ? 1 : 0;
  return before;
}

Array kept_blocks(const Array& x, const What& what) {
  const std::int64_t cols = x.shape[1], height = what.sparsity.block_rows,
                     width = what.sparsity.block_cols;
  const std::int64_t across = ceil_div(cols, width), down = ceil_div(x.shape[0], height);
  std::vector<double> squares(static_cast<std::size_t>(across * down)), counts(squares);
  const auto block_of = [&](std::int64_t i) {
    return i / cols / height * across + i % cols / width;
  };
  for (std::int64_t i = 0; i < x.count(); ++i) {
    squares[static_cast<std::size_t>(block_of(i))] += x[i] * x[i];
    counts[static_cast<std::size_t>(block_of(i))] += 1;
  }
  for (std::size_t b = 0; b < squares.size(); ++b) squares[b] /= counts[b];
  const bool whole = what.sparsity.scope == Sparsity::Scope::tensor;
  Array y(x.shape);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const std::int64_t block = block_of(i);
    const std::int64_t rank = whole ? rank_of(squares, 0, across * down, block)
                                    : rank_of(squares, block / across * across, across, block);
    if (rank < what.keep[0]) y[i] = x[i];
  }
  return y;
}

Array kept(const Array& x, const What& what) {
  if (what.sparsity.kind == Sparsity::Kind::blocks) return kept_blocks(x, what);
  std::vector<double> magnitudes;
  for (const double v : x.values) magnitudes.push_back(std::abs(v));
  const bool whole = what.sparsity.scope == Sparsity::Scope::tensor;
  const std::int64_t length = whole ? x.count() : x.shape[1];
  Array y(x.shape);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const std::int64_t run = i % length / what.run;
    const std::int64_t first = i / length * length + run * what.run;
    const std::int64_t count = std::min(what.run, i / length * length + length - first);
    if (rank_of(magnitudes, first, count, i) < what.keep[static_cast<std::size_t>(run)])
      y[i] = x[i];
  }
  return y;
}

OP_CASES("sparsify") {
  using quant::fraction;
  using quant::pruned_blocks;
  constexpr Group row = Group::channel();
  constexpr auto tensor = Sparsity::Scope::tensor;
  const std::vector<What> whats{
      {{5, 37}, fraction(0.9), row, 37, {4}},
      {{33, 100}, fraction(0.98), row, 100, {2}},
      {{7, 100}, fraction(0.7, Sparsity::Scope::block), Group::blocks(32), 32, {10, 10, 10, 1}},
      {{9, 50}, fraction(0.96, tensor), row, 450, {18}},
      {{6, 33}, quant::n_of_m(2, 4), row, 4, {2, 2, 2, 2, 2, 2, 2, 2, 1}},
      {{6, 33}, quant::n_of_m(2, 8), row, 8, {2, 2, 2, 2, 1}},
      {{2, 65}, quant::n_of_m(1, 32), row, 32, {1, 1, 1}},
      {{8, 40}, pruned_blocks(0.8, 4, 8), row, 0, {1}},
      {{4, 66}, pruned_blocks(0.7, 1, 6), row, 0, {3}},
      // Blocks that reach out of the matrix, on one side and on both.
      {{9, 40}, pruned_blocks(0.8, 4, 8), row, 0, {1}},
      {{3, 70}, pruned_blocks(0.4, 1, 32), row, 0, {2}},
      {{21, 45}, pruned_blocks(0.7, 16, 16), row, 0, {1}},
      {{9, 20}, pruned_blocks(0.7, 3, 5, tensor), row, 0, {4}}};
  for (const What& what : whats) {
    // A layer: its weights are pruned anew, and only the entries are multiplied.
    add({.inputs = {distinct(what.shape, 0.01), uniform({8, what.shape[1]}, -1, 1, 2),
                    uniform({what.shape[1], 6}, -1, 1, 3)},
         .graph =
             [what](auto in) {
               const SparseMatrix s = quant::sparsify(in[0], what.sparsity, what.group);
               return std::vector<Tensor>{to_dense(s.pattern, s.values), sparse_linear(in[1], s),
                                          sparse_matmul(s, in[2])};
             },
         .reference =
             [what](const Array& w, const Array& x, const Array& columns) {
               const Array s = kept(w, what);
               return std::vector<Array>{s, product(x, false, s, true),
                                         product(s, false, columns, false)};
             },
         .tolerance = epsilons(64),
         .gradient = true,
         .label = fmt::format("{} {}", what.shape.text(), quant::text(what.sparsity))});
  }
}

struct Denoised {
  Sparsity sparsity;
  std::int64_t width;  // kept in each row of 40 values, of 64 where they have 1 bit
  quant::Perturbation perturbation;
};

// At the entries, and for as long as the pattern is what x is pruned to, values and gradients are
// those of denoise(x), which sees all of x.
OP_CASES("denoise_entries") {
  using quant::Backward;
  using quant::Codebook;
  using quant::Estimator;
  const quant::Lambda relative(0.25F, true);
  const std::vector<Denoised> cases{
      {quant::fraction(0.9), 4, {}},
      {quant::fraction(0.7), 12, {.lambda = 0.05F}},
      {quant::fraction(0.8), 8, {.lambda = relative}},
      {quant::pruned_blocks(0.8, 7, 8), 8, {.lambda = relative, .backward = Backward::straight}},
      {quant::pruned_blocks(0.8, 4, 8), 8, {}},
      {quant::pruned_blocks(0.4, 2, 16), 32, {}},
      {quant::pruned_blocks(0.4, 2, 16), 32, {.lambda = relative}},
      {quant::pruned_blocks(0.8, 4, 4), 8, {.bits = 4, .group = Group::channel()}},
      {quant::n_of_m(2, 8), 10, {.backward = Backward::straight}},
      {quant::fraction(0.8), 8, {.estimator = Estimator::straight_through}},
      {quant::fraction(0.8), 13, {.bits = 1}},
      {quant::n_of_m(1, 4), 16, {.bits = 1, .lambda = 0.1F}},
      {quant::fraction(0.8), 13, {.bits = 1, .lambda = relative}},
      {quant::fraction(0.9), 4, {.bits = 4, .group = Group::channel()}},
      {quant::n_of_m(1, 4), 10, {.bits = 4, .group = Group::channel(), .lambda = relative}},
      {quant::fraction(0.6), 16, {.bits = quant::ternary_bits, .group = Group::channel()}}};
  for (const Denoised& what : cases) {
    quant::Perturbation perturbation = what.perturbation;
    perturbation.sparsity = what.sparsity;
    // Rows of 64 values take other kernels.
    const Shape size{7, what.perturbation.bits == 1 ? 64 : 40};
    add({.inputs = {distinct(size, 0.01), uniform(size, -1, 1, 2)},
         .graph =
             [perturbation](const std::vector<Tensor>& in) {
               const SparsePattern pattern = quant::kept_pattern(in[0], perturbation.sparsity);
               const Tensor weights = entries_of(pattern, in[1]);
               const Tensor all = entries_of(pattern, quant::denoise(in[0], perturbation));
               const Tensor values = stop_gradient(entries_of(pattern, in[0]));
               const Tensor own = quant::denoise_entries(
                   values, quant::pruned_squares(in[0], pattern), pattern, perturbation);
               const Tensor wanted = entries_of(pattern, gradient(sum(all * weights), {in[0]})[0]);
               const Tensor got = gradient(sum(own * weights), {values})[0];
               return std::vector<Tensor>{own - all + 1.0F, got - wanted};
             },
         .reference =
             [width = what.width](const Array& x, const Array&) {
               const Shape shape{x.shape[0], width};
               const auto entries = static_cast<std::size_t>(shape.count());
               return std::vector<Array>{Array(shape, std::vector<double>(entries, 1)),
                                         Array(shape)};
             },
         .tolerance = {1e-5, 3e-6},
         .label = quant::text(perturbation)});
  }
}

TEST(Sparsify, TakesBlocksWhereThatIsFasterOrTheOnlyWay) {
  using Kind = SparsePattern::Kind;
  const auto kind = [](const Shape& shape, int rows, int cols) {
    return quant::kept_pattern(input(shape), quant::pruned_blocks(0.5, rows, cols)).kind;
  };
  EXPECT_EQ(kind({16, 64}, 8, 8), Kind::blocks);
  EXPECT_EQ(kind({16, 64}, 1, 2), Kind::rows);
  EXPECT_EQ(kind({16, 63}, 1, 2), Kind::blocks);
}

// What a layer that trains its kept weights makes in three steps, its pattern being `pattern_of`
// the weights.
std::vector<float> trained(const std::function<SparsePattern(const Tensor&)>& pattern_of) {
  const Shape shape{24, 40};
  const Tensor w = state(TensorSpec{shape}, "w");
  const SparsePattern pattern = pattern_of(w);
  const Tensor values = entries_of(pattern, w);
  const Tensor x = constant({10, 40}, floats(uniform({10, 40}, -1, 1, 2)));
  const Tensor wanted = constant({10, 24}, floats(uniform({10, 24}, -1, 1, 3)));
  const Tensor hidden = sparse_linear(x, {pattern, values});
  const Tensor back = sparse_linear_transposed(hidden, {pattern, values});
  const Tensor loss = sum(square(hidden - wanted)) + sum(square(back));
  const Tensor moved = values - 0.001F * gradient(loss, {values})[0];
  Executable step = compile(test_device(), {loss}, {assign(w, replace_entries(pattern, w, moved))});
  const std::vector<float> first = floats(uniform(shape, -1, 1));
  const auto bytes = std::as_bytes(std::span(first));
  test_device().write_bytes(w, {bytes.begin(), bytes.end()});
  for (int i = 0; i < 3; ++i) step.run();
  return test_device().read<float>(w);
}

// Block by block and entry by entry, the pattern moving.
TEST(Sparsify, BlocksTrainAsTheirEntriesDo) {
  for (const auto& [rows, cols] : {std::pair{4, 4}, {8, 8}, {1, 8}}) {
    SCOPED_TRACE(fmt::format("{}x{}", rows, cols));
    const Sparsity sparsity = quant::pruned_blocks(0.8, rows, cols);
    const std::int64_t kept = quant::kept_of(0.8, 40 / cols);
    const auto by_blocks = trained([&, r = rows, c = cols](const Tensor& w) {
      return blocks_of_mask(quant::keep_mask(w, sparsity, Group::channel()), r, c, kept);
    });
    const auto by_entries = trained([&, c = cols](const Tensor& w) {
      return rows_of_mask(quant::keep_mask(w, sparsity, Group::channel()), kept * c);
    });
    const std::vector<float> first = floats(uniform({24, 40}, -1, 1));
    std::size_t moved = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      EXPECT_NEAR(by_blocks[i], by_entries[i], 2e-5) << i;
      moved += by_blocks[i] != first[i] ? 1 : 0;
    }
    EXPECT_GE(moved, static_cast<std::size_t>(24 * kept * cols) * 9 / 10);
  }
}

TEST(Sparsify, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)quant::sparsify(input({3, 4, 5}), quant::fraction(0.5)), InvalidArgument);
  EXPECT_THROW((void)quant::sparsify(input({3, 4}), Sparsity{}), InvalidArgument);
  const Tensor x = input({3, 64});
  const auto denoised = [&](const Sparsity& sparsity, Group group) {
    const SparsePattern pattern = quant::kept_pattern(x, sparsity, group);
    return quant::denoise_entries(entries_of(pattern, x), {}, pattern,
                                  {.bits = 4, .group = group, .sparsity = sparsity});
  };
  EXPECT_NO_THROW((void)denoised(quant::fraction(0.5), Group::channel()));
  EXPECT_THROW((void)denoised(quant::fraction(0.5, Sparsity::Scope::tensor), Group::channel()),
               Unsupported);
  EXPECT_THROW((void)denoised(quant::fraction(0.5), Group::blocks(32)), Unsupported);
  // Blocks that the edges cut off: of the whole tensor they keep no number that is known, and codes
  // need as many in every row.
  constexpr auto tensor = Sparsity::Scope::tensor;
  EXPECT_THROW((void)quant::kept_pattern(x, quant::pruned_blocks(0.5, 2, 8, tensor)), Unsupported);
  EXPECT_THROW((void)quant::kept_pattern(x, quant::pruned_blocks(0.5, 3, 24, tensor)), Unsupported);
  EXPECT_NO_THROW((void)quant::kept_pattern(x, quant::pruned_blocks(0.5, 3, 16, tensor)));
  EXPECT_NO_THROW((void)denoised(quant::pruned_blocks(0.5, 2, 8), Group::channel()));
  EXPECT_THROW((void)denoised(quant::pruned_blocks(0.5, 3, 24), Group::channel()), Unsupported);
  const SparsePattern pattern = quant::kept_pattern(x, quant::fraction(0.5));
  EXPECT_THROW((void)quant::denoise_entries(
                   entries_of(pattern, x), quant::pruned_squares(x, pattern), pattern,
                   {.sparsity = quant::fraction(0.5), .backward = quant::Backward::live}),
               Unsupported);
  EXPECT_THROW((void)quant::denoise_entries(entries_of(pattern, x), {}, pattern,
                                            {.bits = 4,
                                             .codebook = quant::Codebook::minmax,
                                             .group = Group::channel(),
                                             .sparsity = quant::fraction(0.5)}),
               Unsupported)
      << "affine";
  EXPECT_THROW((void)quant::denoise_entries(entries_of(pattern, x), {}, pattern,
                                            {.sparsity = quant::fraction(0.5)}),
               InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
