// SPDX-License-Identifier: Apache-2.0
#include "reference/matmul.hpp"

#include "ridgeback/core/shape.hpp"

namespace ridgeback::test::reference {

Array matmul(const Array& a, const Array& b, bool transpose_a, bool transpose_b) {
  const auto batch_of = [](const Shape& shape) {
    return Shape(shape.extents().first(static_cast<std::size_t>(shape.rank() - 2)));
  };
  const std::int64_t rows = a.shape[transpose_a ? -1 : -2];
  const std::int64_t depth = a.shape[transpose_a ? -2 : -1];
  const std::int64_t cols = b.shape[transpose_b ? -2 : -1];
  const Shape a_batch = batch_of(a.shape);
  const Shape b_batch = batch_of(b.shape);
  const Shape batch = broadcast(a_batch, b_batch, "reference");
  std::vector<std::int64_t> extents(batch.extents().begin(), batch.extents().end());
  extents.push_back(rows);
  extents.push_back(cols);
  Array c{Shape(extents)};
  for (std::int64_t at = 0; at < batch.count(); ++at) {
    const std::int64_t a0 = broadcast_index(at, batch, a_batch) * rows * depth;
    const std::int64_t b0 = broadcast_index(at, batch, b_batch) * depth * cols;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < cols; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < depth; ++k) {
          sum += a[a0 + (transpose_a ? k * rows + i : i * depth + k)] *
                 b[b0 + (transpose_b ? j * depth + k : k * cols + j)];
        }
        c[(at * rows + i) * cols + j] = sum;
      }
    }
  }
  return c;
}

}  // namespace ridgeback::test::reference
