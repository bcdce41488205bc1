// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/sparsify.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"
#include "reference/sparse.hpp"

namespace ridgeback::test {
namespace {

using quant::Group;
using quant::Sparsity;

struct What {
  Shape shape;
  Sparsity sparsity;
  Group group = Group::channel();
};

// The entries of x that the rule keeps, by sorting each scope.
Array kept(const Array& x, const What& what) {
  const std::int64_t cols = x.shape[1];
  Array y(x.shape);
  const bool runs = what.sparsity.kind == Sparsity::Kind::n_of_m;
  const bool whole = what.sparsity.scope == Sparsity::Scope::tensor;
  const std::int64_t length = runs    ? what.sparsity.m
                              : whole ? x.count()
                              : what.sparsity.scope == Sparsity::Scope::block
                                  ? std::min<std::int64_t>(what.group.size, cols)
                                  : cols;
  for (std::int64_t row = 0; row < (whole ? 1 : x.shape[0]); ++row) {
    const std::int64_t row_length = whole ? x.count() : cols;
    for (std::int64_t start = 0; start < row_length; start += length) {
      const std::int64_t n = std::min(length, row_length - start);
      std::vector<std::int64_t> order;
      for (std::int64_t i = 0; i < n; ++i) order.push_back(row * cols + start + i);
      std::ranges::stable_sort(
          order, [&](std::int64_t a, std::int64_t b) { return std::abs(x[a]) > std::abs(x[b]); });
      const std::int64_t keep = runs ? std::min<std::int64_t>(what.sparsity.n, n)
                                     : quant::kept_of(what.sparsity.zeros, n);
      for (std::int64_t i = 0; i < keep; ++i) {
        const std::int64_t at = order[static_cast<std::size_t>(i)];
        y[at] = x[at];
      }
    }
  }
  return y;
}

OP_CASES("sparsify") {
  using quant::fraction;
  const std::vector<What> whats{
      {{5, 37}, fraction(0.9)},
      {{33, 100}, fraction(0.98)},
      {{7, 100}, fraction(0.7, Sparsity::Scope::block), Group::blocks(32)},
      {{9, 50}, fraction(0.95, Sparsity::Scope::tensor)},
      {{6, 33}, quant::n_of_m(2, 4)},
      {{6, 33}, quant::n_of_m(3, 8)},
      {{2, 65}, quant::n_of_m(1, 32)}};
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
  quant::Perturbation perturbation;
};

// At the entries, and for as long as the pattern is what x is pruned to, values and gradients are
// those of denoise(x), which sees all of x.
OP_CASES("denoise_entries") {
  using quant::Backward;
  using quant::Codebook;
  using quant::Estimator;
  const std::vector<Denoised> cases{
      {quant::fraction(0.9), {}},
      {quant::fraction(0.7), {.lambda = 0.05F}},
      {quant::n_of_m(2, 8), {.backward = Backward::straight}},
      {quant::fraction(0.8), {.estimator = Estimator::straight_through}},
      {quant::fraction(0.8), {.bits = 1}},
      {quant::n_of_m(1, 4), {.bits = 1, .lambda = 0.1F}},
      {quant::fraction(0.9), {.bits = 4, .group = Group::channel()}},
      {quant::fraction(0.6), {.bits = quant::ternary_bits, .group = Group::channel()}}};
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
             [perturbation](const Array& x, const Array&) {
               const Array y = kept(x, {x.shape, perturbation.sparsity});
               const auto entries =
                   std::ranges::count_if(y.values, [](double v) { return v != 0; });
               const Shape shape{x.shape[0], entries / x.shape[0]};
               return std::vector<Array>{
                   Array(shape, std::vector<double>(static_cast<std::size_t>(entries), 1)),
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
  const SparsePattern pattern = quant::kept_pattern(x, quant::fraction(0.5));
  EXPECT_THROW((void)quant::denoise_entries(
                   entries_of(pattern, x), quant::pruned_squares(x, pattern), pattern,
                   {.sparsity = quant::fraction(0.5), .backward = quant::Backward::live}),
               Unsupported);
  EXPECT_THROW((void)quant::denoise_entries(entries_of(pattern, x), {}, pattern,
                                            {.sparsity = quant::fraction(0.5)}),
               InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
