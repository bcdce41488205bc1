// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/index.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

Shape appended(const Shape& shape, std::int64_t extent) {
  std::vector<std::int64_t> extents(shape.extents().begin(), shape.extents().end());
  extents.push_back(extent);
  return Shape(std::span<const std::int64_t>(extents));
}

std::int64_t row_of(double index, std::int64_t rows) {
  return std::min(static_cast<std::int64_t>(index), rows - 1);
}

Array gather_rows_of(const Array& table, const Array& indices) {
  const std::int64_t width = table.shape[1];
  Array y(appended(indices.shape, width));
  for (std::int64_t i = 0; i < y.count(); ++i) {
    y[i] = table[row_of(indices[i / width], table.shape[0]) * width + i % width];
  }
  return y;
}

Array add_rows_of(const Array& x, const Array& indices, std::int64_t rows) {
  const std::int64_t width = x.shape[-1];
  Array y(Shape{rows, width});
  for (std::int64_t i = 0; i < x.count(); ++i) {
    y[row_of(indices[i / width], rows) * width + i % width] += x[i];
  }
  return y;
}

struct What {
  std::int64_t rows;
  std::int64_t width;
  Shape indices;
};

const std::vector<What>& whats() {
  static const std::vector<What> all{{65, 32, {4, 33}}, {5, 7, {113}},  {1, 1, {3}},
                                     {300, 4, {2, 3}},  {10, 3, {0}},   {10, 0, {3}},
                                     {7, 5, {}},        {3, 64, {700}}, {1000, 6, {40}}};
  return all;
}

OP_CASES("gather_rows") {
  for (const What& what : whats()) {
    const int last = static_cast<int>(what.rows) - 1;
    add({.inputs = {uniform({what.rows, what.width}, -1, 1),
                    integers(what.indices, 0, last, DType::u32)},
         .graph = [](auto in) { return gather_rows(in[0], in[1]); },
         .reference = gather_rows_of,
         .tolerance = exact(),
         .gradient = what.width > 0 && what.indices.count() > 0});
  }
  add({.inputs = {integers({5, 3}, 0, 9, DType::i32),
                  exactly({3}, {4, 5, 4294967295.0}, DType::u32)},
       .graph = [](auto in) { return gather_rows(in[0], in[1]); },
       .reference = gather_rows_of,
       .tolerance = exact(),
       .label = "out of range reads the last row"});
}

OP_CASES("add_rows") {
  for (const What& what : whats()) {
    const int beyond = static_cast<int>(what.rows) + 1;
    add({.inputs = {uniform(appended(what.indices, what.width), -1, 1),
                    integers(what.indices, 0, beyond, DType::u32)},
         .graph = [rows = what.rows](auto in) { return add_rows(in[0], in[1], rows); },
         .reference = [rows = what.rows](
                          const Array& x,
                          const Array& indices) { return add_rows_of(x, indices, rows); },
         .tolerance = epsilons(6),
         .gradient = what.width > 0 && what.indices.count() > 0});
  }
  add({.inputs = {uniform({8192, 64}, -1, 1), integers({8192}, 0, 64, DType::u32)},
       .graph = [](auto in) { return add_rows(in[0], in[1], 65); },
       .bytes = 4.0 * 8192 * 64,
       .bench_only = true});
}

OP_CASES("one_hot") {
  for (const Shape& shape : {Shape{128}, Shape{7, 3}, Shape{0}, Shape{}}) {
    add({.inputs = {integers(shape, 0, 12, DType::u32)},
         .graph = [](auto in) { return one_hot(in[0], 10); },
         .reference =
             [](const Array& indices) {
               Array y(appended(indices.shape, 10));
               for (std::int64_t i = 0; i < y.count(); ++i) {
                 y[i] = indices[i / 10] == static_cast<double>(i % 10) ? 1 : 0;
               }
               return y;
             },
         .tolerance = exact()});
  }
}

TEST(Index, RefusesWhatDoesNotFit) {
  const Tensor indices = input({3}, DType::u32);
  EXPECT_THROW((void)gather_rows(input({4, 2}), input({3})), InvalidArgument);
  EXPECT_THROW((void)gather_rows(input({4}), indices), InvalidArgument);
  EXPECT_THROW((void)gather_rows(input({0, 2}), indices), InvalidArgument);
  EXPECT_THROW((void)add_rows(input({4, 2}), indices, 5), InvalidArgument);
  EXPECT_THROW((void)add_rows(input({3, 2}), indices, 0), InvalidArgument);
  EXPECT_THROW((void)one_hot(indices, 0), InvalidArgument);
  EXPECT_THROW((void)one_hot(input({3}), 4), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
