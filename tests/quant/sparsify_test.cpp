// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/sparsify.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>

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
  const std::int64_t across = cols / width, down = x.shape[0] / height;
  std::vector<double> squares(static_cast<std::size_t>(across * down));
  const auto block_of = [&](std::int64_t i) {
    return i / cols / height * across + i % cols / width;
  };
  for (std::int64_t i = 0; i < x.count(); ++i)
    squares[static_cast<std::size_t>(block_of(i))] += x[i] * x[i];
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
      {{6, 33}, quant::n_of_m(3, 8), row, 8, {3, 3, 3, 3, 1}},
      {{2, 65}, quant::n_of_m(1, 32), row, 32, {1, 1, 1}},
      {{8, 40}, pruned_blocks(0.8, 2, 8), row, 0, {1}},
      {{4, 66}, pruned_blocks(0.7, 1, 6), row, 0, {3}},
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
  // Blocks that the edges cut off keep no number that is known.
  EXPECT_THROW((void)quant::kept_pattern(x, quant::pruned_blocks(0.5, 2, 8)), Unsupported);
  EXPECT_THROW((void)quant::kept_pattern(x, quant::pruned_blocks(0.5, 3, 24)), Unsupported);
  EXPECT_NO_THROW((void)quant::kept_pattern(x, quant::pruned_blocks(0.5, 3, 16)));
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
