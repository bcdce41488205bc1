// SPDX-License-Identifier: Apache-2.0
// Patterns made on the device, and entries taken from and put into dense matrices.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"
#include "reference/sparse.hpp"

namespace ridgeback::test {
namespace {

struct Masked {
  Shape shape;
  std::int64_t width;
};

// The first `width` columns of each row whose mask is 1; the last repeats.
Array columns_of(const Array& mask, std::int64_t width) {
  const std::int64_t cols = mask.shape[1];
  Array columns(Shape{mask.shape[0], width});
  for (std::int64_t r = 0; r < mask.shape[0]; ++r) {
    std::int64_t count = 0;
    double last = 0;
    for (std::int64_t k = 0; k < cols && count < width; ++k) {
      if (mask[r * cols + k] == 0) continue;
      last = static_cast<double>(k);
      columns[r * width + count++] = last;
    }
    while (count < width) columns[r * width + count++] = last;
  }
  return columns;
}

OP_CASES("rows_of_mask") {
  for (const Masked& what : {Masked{{5, 37}, 4}, Masked{{70, 100}, 51}, Masked{{3, 64}, 64},
                             Masked{{2, 1}, 1}, Masked{{4, 9}, 0}, Masked{{0, 9}, 3}}) {
    add({.inputs = {integers(what.shape, 0, 1, DType::b1)},
         .graph = [w = what.width](auto in) { return rows_of_mask(in[0], w).columns; },
         .reference = [w = what.width](const Array& mask) { return columns_of(mask, w); },
         .tolerance = exact(),
         .label = fmt::format("{} keep {}", what.shape.text(), what.width)});
  }
}

OP_CASES("blocks_of_mask") {
  for (const DrawnPattern& p :
       {draw_blocks(16, 24, 4, 4, 2), draw_blocks(19, 70, 4, 8, 3), draw_blocks(7, 100, 1, 32, 2),
        draw_blocks(40, 70, 32, 32, 3), draw_blocks(37, 9, 16, 1, 3), draw_blocks(13, 37, 3, 5, 2),
        draw_blocks(8, 9, 2, 3, 0)}) {
    const std::vector<double> ones(static_cast<std::size_t>(p.entries()), 1.0);
    add({.inputs = {exactly({p.rows, p.cols}, p.dense(ones).values, DType::b1)},
         .graph = [p](auto in) { return blocks_of_mask(in[0], p.n, p.m, p.width / p.m).columns; },
         .reference =
             [p](const Array&) {
               return Array(Shape{ceil_div(p.rows, p.n), p.width / p.m},
                            {p.columns.begin(), p.columns.end()});
             },
         .tolerance = exact(),
         .label = fmt::format("{}x{} in {}x{}", p.rows, p.cols, p.n, p.m)});
  }
}

// A mask that keeps what a drawn pattern has gives that pattern's words.
OP_CASES("n_of_m_of_mask") {
  const std::vector<std::pair<int, int>> kinds{{2, 4},  {1, 2},  {1, 16},  {3, 8},
                                               {7, 16}, {5, 31}, {32, 32}, {3, 7}};
  for (const auto& [n, m] : kinds) {
    for (const std::int64_t cols : {100, 33}) {
      const DrawnPattern p = draw_n_of_m(9, cols, n, m);
      const std::vector<double> ones(static_cast<std::size_t>(p.entries()), 1.0);
      add({.inputs = {exactly({p.rows, p.cols}, p.dense(ones).values, DType::b1)},
           .graph = [n = n, m = m](auto in) { return n_of_m_of_mask(in[0], n, m).columns; },
           .reference =
               [p](const Array&) {
                 return Array(Shape{p.rows, place_words(p.width, p.m)},
                              {p.columns.begin(), p.columns.end()});
               },
           .tolerance = exact(),
           .label = fmt::format("{}:{} of {}", n, m, cols)});
    }
  }
  // Runs that keep too few take their last places, too many their first.
  add({.inputs = {exactly({1, 10}, {1, 0, 0, 0, 1, 1, 1, 0, 0, 1}, DType::b1)},
       .graph = [](auto in) { return n_of_m_of_mask(in[0], 2, 4).columns; },
       .reference =
           [](const Array&) {
             // 0 3, 0 1, 0 1
             return Array(Shape{1, 4}, {0.0 + 3 * 4 + 0 + 1 * 64 + 0 + 1 * 1024, 0, 0, 0});
           },
       .tolerance = exact(),
       .label = "too few and too many"});
}

OP_CASES("csr_of_mask") {
  for (const DrawnPattern& p :
       {draw_csr(61, 36, 0.2), draw_csr(1, 70, 0.9), draw_csr(300, 5, 0.1)}) {
    const std::vector<double> ones(static_cast<std::size_t>(p.entries()), 1.0);
    // As many as there are, some places more, and one too few.
    for (const std::int64_t entries : {p.entries(), p.entries() + 2, p.entries() - 1}) {
      if (entries > p.rows * p.cols) continue;
      add({.inputs = {exactly({p.rows, p.cols}, p.dense(ones).values, DType::b1)},
           .graph =
               [entries](auto in) {
                 const SparsePattern made = csr_of_mask(in[0], entries);
                 return std::vector<Tensor>{made.starts, made.columns};
               },
           .reference =
               [p, entries](const Array&) {
                 Array starts(Shape{p.rows + 1}, {p.starts.begin(), p.starts.end()});
                 for (double& start : starts.values) {
                   start = std::min(start, static_cast<double>(entries));
                 }
                 Array columns(Shape{entries});
                 for (std::int64_t e = 0; e < std::min(entries, p.entries()); ++e) {
                   columns[e] = p.columns[static_cast<std::size_t>(e)];
                 }
                 return std::vector<Array>{starts, columns};
               },
           .tolerance = exact(),
           .label = fmt::format("{}x{} {} of {}", p.rows, p.cols, entries, p.entries())});
    }
  }
  add({.inputs = {exactly({3, 5}, std::vector<double>(15, 0.0), DType::b1)},
       .graph = [](auto in) { return csr_of_mask(in[0], 0).starts; },
       .reference = [](const Array&) { return Array(Shape{4}); },
       .tolerance = exact(),
       .label = "nothing kept"});
}

std::vector<DrawnPattern> patterns() {
  return {draw_rows(6, 37, 5),       draw_rows(300, 20, 7), draw_csr(61, 36, 0.2),
          draw_n_of_m(33, 70, 3, 7), draw_rows(4, 5, 0),    draw_csr(1, 1, 0)};
}

std::vector<DrawnPattern> patterns_and_blocks() {
  std::vector<DrawnPattern> all = patterns();
  for (const DrawnPattern& p :
       {draw_blocks(12, 40, 4, 4, 3), draw_blocks(19, 40, 4, 16, 2), draw_blocks(7, 27, 4, 4, 3),
        draw_blocks(11, 7, 5, 3, 2), draw_blocks(6, 8, 4, 4, 0)})
    all.push_back(p);
  return all;
}

// Of blocks: of the matrix of which they are the entries.
OP_CASES("blocks_transposed") {
  const DrawnPattern p = draw_blocks(70, 45, 4, 8, 3);
  add({.inputs = p.inputs(),
       .graph =
           [p](const std::vector<Tensor>& in) {
             const TransposedTensors t = transposed(p.pattern(in));
             return std::vector<Tensor>{t.starts, t.rows, t.places};
           },
       .reference =
           [p](const std::vector<Array>&) {
             const std::vector<std::uint32_t> starts = [] {
               std::vector<std::uint32_t> all;
               for (std::uint32_t r = 0; r <= 18; ++r) all.push_back(3 * r);
               return all;
             }();
             const TransposedPattern t = ridgeback::transposed(starts, p.columns, 6);
             return std::vector<Array>{Array(Shape{7}, {t.starts.begin(), t.starts.end()}),
                                       Array(Shape{54}, {t.rows.begin(), t.rows.end()}),
                                       Array(Shape{54}, {t.places.begin(), t.places.end()})};
           },
       .tolerance = exact()});
}

OP_CASES("sparse_transposed") {
  for (const DrawnPattern& p : patterns()) {
    add({.inputs = p.inputs(),
         .graph =
             [p](const std::vector<Tensor>& in) {
               const TransposedTensors t = transposed(p.pattern(in));
               return std::vector<Tensor>{t.starts, t.rows, t.places};
             },
         .reference =
             [p](const std::vector<Array>&) {
               Array starts(Shape{p.cols + 1});
               Array rows(Shape{p.entries()});
               Array places(Shape{p.entries()});
               std::int64_t slot = 0;
               for (std::int64_t k = 0; k < p.cols; ++k) {
                 for (std::int64_t e = 0; e < p.entries(); ++e) {
                   if (p.column_of[static_cast<std::size_t>(e)] != k) continue;
                   rows[slot] = static_cast<double>(p.row_of[static_cast<std::size_t>(e)]);
                   places[slot++] = static_cast<double>(e);
                 }
                 starts[k + 1] = static_cast<double>(slot);
               }
               return std::vector<Array>{starts, rows, places};
             },
         .tolerance = exact()});
  }
}

OP_CASES("entries_of") {
  for (const DrawnPattern& p : patterns_and_blocks()) {
    std::vector<Input> inputs = p.inputs();
    inputs.push_back(uniform({p.rows, p.cols}, -1, 1));
    add({.inputs = inputs,
         .graph =
             [p](const std::vector<Tensor>& in) {
               return entries_of(p.pattern(in), in[p.input_count()]);
             },
         .reference =
             [p](const std::vector<Array>& in) { return p.entries_of(in[p.input_count()]); },
         .tolerance = exact(),
         .gradient = p.entries() > 0});
  }
}

OP_CASES("sparse_to_dense") {
  for (const DrawnPattern& p : patterns_and_blocks()) {
    std::vector<Input> inputs = p.inputs();
    inputs.push_back(uniform(p.values_shape(), -1, 1));
    add({.inputs = inputs,
         .graph =
             [p](const std::vector<Tensor>& in) {
               return to_dense(p.pattern(in), in[p.input_count()]);
             },
         .reference =
             [p](const std::vector<Array>& in) { return p.dense(in[p.input_count()].values); },
         .tolerance = exact(),
         .gradient = p.entries() > 0});
  }
  add({.inputs = {exactly({2, 3}, {1, 1, 1, 0, 2, 2}, DType::u32),
                  exactly({2, 3}, {5, 0, 0, 6, 7, 0})},
       .graph = [](auto in) { return to_dense(rows_pattern(in[0], 3), in[1]); },
       .reference =
           [](const Array&, const Array&) {
             return Array(Shape{2, 3}, {0, 5, 0, 6, 0, 7});
           },
       .tolerance = exact(),
       .label = "fillers repeat a column"});
}

OP_CASES("replace_entries") {
  for (const DrawnPattern& p : patterns_and_blocks()) {
    std::vector<Input> inputs = p.inputs();
    inputs.push_back(uniform(p.values_shape(), -1, 1));
    inputs.push_back(uniform({p.rows, p.cols}, -1, 1, 2));
    add({.inputs = inputs,
         .graph =
             [p](const std::vector<Tensor>& in) {
               const std::size_t at = p.input_count();
               return replace_entries(p.pattern(in), in[at + 1], in[at]);
             },
         .reference =
             [p](const std::vector<Array>& in) {
               const std::size_t at = p.input_count();
               Array dense = in[at + 1];
               for (std::int64_t e = 0; e < p.entries(); ++e) {
                 if (p.index_of(e) >= 0) dense[p.index_of(e)] = in[at][e];
               }
               return dense;
             },
         .tolerance = exact(),
         .gradient = p.entries() > 0});
  }
}

TEST(SparsePatterns, WriteEntriesInPlaceWithoutACopy) {
  const SparsePattern p = rows_pattern(input({3, 2}, DType::u32), 5);
  const Tensor w = parameter({3, 5}, {}, "w");
  const auto kernels = [](const Program& made) {
    std::vector<std::string> names;
    for (const Launch& launch : made.launches) names.push_back(launch.dispatch.kernel);
    return names;
  };
  const Tensor moved = replace_entries(p, w, 2.0F * entries_of(p, w));
  const auto in_place = kernels(plan(null_target(), {}, {assign(w, moved)}));
  EXPECT_EQ(std::ranges::count(in_place, std::string()), 0);
  EXPECT_EQ(std::ranges::count(in_place, std::string("scatter_entries")), 1);
  // The value before is wanted too.
  const auto copied = kernels(plan(null_target(), {moved, w + 1.0F}));
  EXPECT_EQ(std::ranges::count(copied, std::string()), 1);
}

TEST(SparsePatterns, RefuseWhatDoesNotFit) {
  const Tensor mask = input({4, 8}, DType::b1);
  EXPECT_THROW((void)rows_of_mask(mask, 9), InvalidArgument);
  EXPECT_THROW((void)rows_of_mask(input({4, 8}), 2), InvalidArgument);
  EXPECT_THROW((void)csr_of_mask(mask, 33), InvalidArgument);
  EXPECT_THROW((void)n_of_m_of_mask(mask, 3, 2), InvalidArgument);
  EXPECT_THROW((void)blocks_of_mask(mask, 4, 3, 4), InvalidArgument);
  EXPECT_THROW((void)blocks_of_mask(mask, 0, 4, 1), InvalidArgument);
  EXPECT_THROW((void)n_of_m_of_mask(mask, 1, 33), InvalidArgument);
  const SparsePattern p = rows_of_mask(mask, 2);
  EXPECT_THROW((void)entries_of(p, input({4, 9})), InvalidArgument);
  EXPECT_THROW((void)to_dense(p, input({4, 3})), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
