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

TEST(Sparsify, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)quant::sparsify(input({3, 4, 5}), quant::fraction(0.5)), InvalidArgument);
  EXPECT_THROW((void)quant::sparsify(input({3, 4}), Sparsity{}), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
