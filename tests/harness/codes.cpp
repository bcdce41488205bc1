// SPDX-License-Identifier: Apache-2.0
#include "harness/codes.hpp"

#include "ridgeback/core/bits.hpp"

namespace ridgeback::test {

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

}  // namespace ridgeback::test
