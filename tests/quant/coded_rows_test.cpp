// SPDX-License-Identifier: Apache-2.0
// Products of coded gradients: y = s_m (q_a q_b) + t_m.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <iterator>

#include "harness/codes.hpp"
#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "reference/matmul.hpp"

namespace ridgeback::test {
namespace {

// The lowest code wherever a drawn one is below the middle: sums as large as they can be.
Input extreme_codes(const Shape& shape, DType type, std::uint64_t seed) {
  const Input drawn = codes(shape, type, seed);
  const int lowest = code_range(type).lowest;
  return {drawn.spec, [drawn, lowest](const Shape& of) {
            Array array = drawn.draw(of);
            for (double& value : array.values) {
              if (value < -lowest / 2.0) value = lowest;
            }
            return array;
          }};
}

// Multiples of 1/4 below 2, and what is not read beside them.
Input scales(std::int64_t rows) {
  return {{{rows, 1, 2}, DType::f32}, [](const Shape& of) {
            Array array = integers(of, -7, 7, DType::f32, 5).draw(of);
            for (double& value : array.values) value /= 4;
            for (std::int64_t i = 1; i < array.count(); i += 2) array[i] = 0;
            return array;
          }};
}

Array scaled(Array product, const Array& factors, const Array* term) {
  const std::int64_t cols = product.shape[-1];
  for (std::int64_t i = 0; i < product.count(); ++i) {
    product[i] = factors[2 * (i / cols)] * product[i] + (term != nullptr ? (*term)[i / cols] : 0);
  }
  return product;
}

struct Problem {
  Shape a;
  std::int64_t cols;
  DType a_type;
  DType b_type;
  bool term;
};

void add_product(OpCases& cases, const Problem& p, bool extreme = false) {
  const std::int64_t rows = p.a.count(0, p.a.rank() - 1);
  const auto draw = extreme ? extreme_codes : codes;
  std::vector<Input> inputs{draw(p.a, p.a_type, 1), scales(rows),
                            draw({p.a[-1], p.cols}, p.b_type, 2)};
  if (p.term) inputs.push_back(integers({rows}, -9, 9, DType::f32, 3));
  cases.add(
      {.inputs = inputs,
       .graph =
           [p](auto in) {
             return quant::matmul_coded_rows({in[0], in[1], 0}, in[2], p.term ? in[3] : Tensor{});
           },
       .reference =
           [p](const std::vector<Array>& in) {
             return scaled(reference::matmul(in[0], in[2], false, false), in[1],
                           p.term ? &in[3] : nullptr);
           },
       .tolerance = exact(),
       .label = fmt::format("{}x{}x{}_{}_{}{}", rows, p.cols, p.a[-1], name(p.a_type),
                            name(p.b_type), p.term ? "_term" : "")});
}

// Each type of either side has products with a term and without.
bool takes_term(DType a, DType b) {
  const auto place = std::ranges::find(packed_types, b) - std::begin(packed_types);
  return (place % 2 == 0) == (a == DType::i4);
}

OP_CASES("matmul_coded_rows") {
  for (const DType a : {DType::i2, DType::i4, DType::i8}) {
    for (const DType b : packed_types) {
      const bool term = takes_term(a, b);
      add_product(*this, {{9, 77}, term ? 40 : 37, a, b, term});
    }
  }
  add_product(*this, {{2, 3, 40}, 5, DType::i4, DType::b1, true});
  add_product(*this, {{1, 1}, 1, DType::i4, DType::b1, true});
  add_product(*this, {{0, 3}, 5, DType::i8, DType::b1, true});
  add_product(*this, {{3, 0}, 5, DType::i8, DType::b1, true});
  add_product(*this, {{16, 0}, 64, DType::i8, DType::b1, true});
  add_product(*this, {{3, 0}, 5, DType::i8, DType::b1, false});
  add_product(*this, {{3, 5}, 0, DType::i8, DType::b1, false});
  // Several words of every block in both directions.
  add_product(*this, {{9, 290}, 261, DType::i4, DType::s1, false});
  add_product(*this, {{9, 261}, 65, DType::i8, DType::ternary, false});
}

// Sums beyond what f32 adds exactly; whole factors.
OP_CASES("matmul_coded_rows of long rows") {
  add_product(*this, {{2, 2113}, 9, DType::i8, DType::i8, true}, true);
  add_product(*this, {{8, 2113}, 36, DType::i4, DType::b1, true}, true);
}

// The same code everywhere: sums as far from 0 as fields of words must hold them.
void add_constant(OpCases& cases, DType a_type, int a, DType b_type, int b) {
  constexpr std::int64_t rows = 8, depth = 300;
  const bool term = takes_term(a_type, b_type);
  const std::int64_t cols = term ? 36 : 33;
  const auto filled = [](const Shape& shape, DType type, int code) {
    std::vector<double> codes(static_cast<std::size_t>(shape.count()), code);
    return exactly(shape, std::move(codes), type);
  };
  std::vector<Input> inputs{filled({rows, depth}, a_type, a), scales(rows),
                            filled({depth, cols}, b_type, b)};
  if (term) inputs.push_back(integers({rows}, -9, 9, DType::f32, 3));
  cases.add(
      {.inputs = inputs,
       .graph =
           [term](auto in) {
             return quant::matmul_coded_rows({in[0], in[1], 0}, in[2], term ? in[3] : Tensor{});
           },
       .reference =
           [term](const std::vector<Array>& in) {
             return scaled(reference::matmul(in[0], in[2], false, false), in[1],
                           term ? &in[3] : nullptr);
           },
       .tolerance = exact(),
       .label = fmt::format("{}_{}_{}_{}", name(a_type), a, name(b_type), b)});
}

OP_CASES("matmul_coded_rows of one code") {
  add_constant(*this, DType::i4, -8, DType::b1, 1);
  add_constant(*this, DType::i4, 7, DType::b1, 1);
  add_constant(*this, DType::i4, -8, DType::ternary, 1);
  add_constant(*this, DType::i4, -8, DType::ternary, -1);
  add_constant(*this, DType::i2, -2, DType::ternary, -1);
  add_constant(*this, DType::i8, -128, DType::s1, -1);
  add_constant(*this, DType::i8, -128, DType::ternary, -1);
  add_constant(*this, DType::i8, -128, DType::i2, -2);
  add_constant(*this, DType::i4, -8, DType::i2, -2);
  add_constant(*this, DType::i4, -8, DType::i2, 1);
  add_constant(*this, DType::i2, -2, DType::i2, -2);
}

// Tiles of eight columns and more, which lookups store eight or four at a time, as the columns
// allow.
TEST(MatmulCodedRows, StoresRunsOfColumns) {
  for (const DType type : {DType::i4, DType::i8}) {
    for (const std::int64_t cols : {40, 36, 104}) {
      const std::vector<Input> drawn{codes({9, 77}, type, 1), scales(9),
                                     codes({77, cols}, DType::b1, 2)};
      std::vector<Tensor> in;
      std::vector<Array> values;
      for (const Input& each : drawn) {
        in.push_back(input(each.spec.shape, each.spec.dtype));
        values.push_back(each.draw(each.spec.shape));
      }
      const Tensor y = quant::matmul_coded_rows({in[0], in[1], 0}, in[2]);
      Executable e = compile(test_device(), {y}, {},
                             {.forced = {{"matmul_ints/tile", "8x8"}}, .guards = true});
      for (std::size_t i = 0; i < in.size(); ++i)
        e.set_bytes(in[i], encode(values[i], in[i].dtype()));
      e.run({});
      e.check_guards();
      const Array want =
          scaled(reference::matmul(values[0], values[2], false, false), values[1], nullptr);
      EXPECT_EQ(decode(y.spec(), e.get_bytes(y)).values, want.values) << name(type) << " " << cols;
    }
  }
}

TEST(MatmulCodedRows, LeadingAxesAreRows) {
  const Tensor a = input({2, 3, 64}, DType::i4);
  const Tensor y = quant::matmul_coded_rows({a, input({6, 1, 2}), 0}, input({64, 5}, DType::b1));
  EXPECT_EQ(y.shape(), (Shape{2, 3, 5}));
}

TEST(MatmulCodedRows, RefusesWhatDoesNotFit) {
  const Tensor a = input({3, 64}, DType::i4), s = input({3, 1, 2}), b = input({64, 5}, DType::b1);
  const auto product = quant::matmul_coded_rows;
  EXPECT_NO_THROW((void)product({a, s, 0}, b, input({3})));
  EXPECT_NO_THROW((void)product({a, s, 64}, b, {}));
  EXPECT_THROW((void)product({a, s, 32}, b, {}), InvalidArgument);  // blocks
  EXPECT_THROW((void)product({input({3, 64}, DType::b1), s, 0}, b, {}), InvalidArgument);
  EXPECT_THROW((void)product({a, s, 0}, input({64, 5}), {}), InvalidArgument);  // not packed
  EXPECT_THROW((void)product({a, s, 0}, input({63, 5}, DType::b1), {}), InvalidArgument);
  EXPECT_THROW((void)product({a, input({3, 2, 2}), 0}, b, {}), InvalidArgument);  // factors
  EXPECT_THROW((void)product({a, s, 0}, b, input({4})), InvalidArgument);         // term
}

}  // namespace
}  // namespace ridgeback::test
