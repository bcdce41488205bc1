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

Array grouped_matmul(const Array& x, const Array& w, const Array& ends, bool transpose_w) {
  const std::int64_t depth = x.shape[1], cols = w.shape[transpose_w ? 1 : 2];
  Array y{Shape{x.shape[0], cols}};
  std::int64_t row = 0;
  for (std::int64_t g = 0; g < ends.count(); ++g) {
    for (; row < x.shape[0] && static_cast<double>(row) < ends[g]; ++row) {
      for (std::int64_t n = 0; n < cols; ++n) {
        for (std::int64_t k = 0; k < depth; ++k) {
          const std::int64_t at = transpose_w ? n * depth + k : k * cols + n;
          y[row * cols + n] += x[row * depth + k] * w[g * depth * cols + at];
        }
      }
    }
  }
  return y;
}

Array grouped_matmul_transposed(const Array& a, const Array& b, const Array& ends) {
  const std::int64_t rows = a.shape[1], cols = b.shape[1];
  Array y{Shape{ends.count(), rows, cols}};
  std::int64_t r = 0;
  for (std::int64_t g = 0; g < ends.count(); ++g) {
    for (; r < a.shape[0] && static_cast<double>(r) < ends[g]; ++r) {
      for (std::int64_t m = 0; m < rows; ++m) {
        for (std::int64_t n = 0; n < cols; ++n)
          y[(g * rows + m) * cols + n] += a[r * rows + m] * b[r * cols + n];
      }
    }
  }
  return y;
}

}  // namespace ridgeback::test::reference
