// SPDX-License-Identifier: Apache-2.0
#include "harness/codes.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/shape.hpp"

namespace ridgeback::test {
namespace {

std::int64_t blocks_of_row(std::int64_t cols, int block) {
  return block == 0 || cols == 0 ? 1 : ceil_div(cols, block);
}

}  // namespace

Input codes(const Shape& shape, DType type, std::uint64_t seed) {
  const CodeRange range = code_range(type);
  Input drawn = integers(shape, range.lowest, range.highest, type, seed);
  return {drawn.spec, [drawn, type](const Shape& of) {
            Array array = drawn.draw(of);
            for (double& value : array.values) {
              if (type == DType::s1 && value == 0) value = -1;
            }
            return array;
          }};
}

Input factors(std::int64_t rows, std::int64_t cols, int block, std::uint64_t seed) {
  const Shape shape{rows, blocks_of_row(cols, block), 2};
  return {{shape, DType::f32}, [seed](const Shape& of) {
            Array array = integers(of, -7, 7, DType::f32, seed).draw(of);
            for (double& value : array.values) value /= 4;
            return array;
          }};
}

Array dequantized(const Array& codes, const Array& factors, int block) {
  Array values(codes.shape);
  const std::int64_t cols = codes.shape[-1];
  const std::int64_t blocks = blocks_of_row(cols, block);
  for (std::int64_t i = 0; i < codes.count(); ++i) {
    const std::int64_t b = block == 0 ? 0 : i % cols / block;
    const std::int64_t pair = 2 * (i / cols * blocks + b);
    values[i] = factors[pair] * codes[i] + factors[pair + 1];
  }
  return values;
}

}  // namespace ridgeback::test
