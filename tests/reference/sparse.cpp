// SPDX-License-Identifier: Apache-2.0
#include "reference/sparse.hpp"

#include "ridgeback/core/random.hpp"

#include <algorithm>
#include <set>

namespace ridgeback::test {
namespace {

std::vector<std::uint32_t> drawn_columns(Random& random, std::int64_t cols, std::int64_t count) {
  std::set<std::uint32_t> columns;
  while (static_cast<std::int64_t>(columns.size()) < count) {
    columns.insert(random.below(static_cast<std::uint32_t>(cols)));
  }
  return {columns.begin(), columns.end()};
}

Input words_input(const Shape& shape, const std::vector<std::uint32_t>& words) {
  return exactly(shape, {words.begin(), words.end()}, DType::u32);
}

void append_row(DrawnPattern& p, std::int64_t row, const std::vector<std::uint32_t>& columns) {
  for (const std::uint32_t column : columns) {
    p.row_of.push_back(row);
    p.column_of.push_back(column);
  }
}

}  // namespace

Shape DrawnPattern::values_shape() const {
  return kind == SparsePattern::Kind::csr ? Shape{entries()} : Shape{rows, width};
}

std::vector<Input> DrawnPattern::inputs() const {
  const auto count = static_cast<std::int64_t>(columns.size());
  switch (kind) {
    case SparsePattern::Kind::csr:
      return {words_input({count}, columns), words_input({rows + 1}, starts)};
    case SparsePattern::Kind::n_of_m:
      return {words_input({rows, place_words(width, m)}, columns)};
    case SparsePattern::Kind::blocks:
      return {words_input({ceil_div(rows, n), width / m}, columns)};
    case SparsePattern::Kind::rows:
      break;
  }
  return {words_input({rows, width}, columns)};
}

SparsePattern DrawnPattern::pattern(std::span<const Tensor> in) const {
  switch (kind) {
    case SparsePattern::Kind::csr:
      return csr_pattern(in[1], in[0], cols);
    case SparsePattern::Kind::n_of_m:
      return n_of_m_pattern(in[0], cols, n, m);
    case SparsePattern::Kind::blocks:
      return blocks_pattern(in[0], rows, cols, n, m);
    case SparsePattern::Kind::rows:
      break;
  }
  return rows_pattern(in[0], cols);
}

Array DrawnPattern::dense(std::span<const double> values) const {
  Array result(Shape{rows, cols});
  for (std::int64_t e = 0; e < entries(); ++e) {
    if (index_of(e) >= 0) result[index_of(e)] += values[static_cast<std::size_t>(e)];
  }
  return result;
}

Array DrawnPattern::entries_of(const Array& dense) const {
  Array result(values_shape());
  for (std::int64_t e = 0; e < entries(); ++e) {
    if (index_of(e) >= 0) result[e] = dense[index_of(e)];
  }
  return result;
}

std::int64_t DrawnPattern::index_of(std::int64_t e) const {
  const auto i = static_cast<std::size_t>(e);
  return column_of[i] < cols ? row_of[i] * cols + column_of[i] : -1;
}

DrawnPattern draw_rows(std::int64_t rows, std::int64_t cols, std::int64_t width,
                       std::uint64_t seed) {
  DrawnPattern p{SparsePattern::Kind::rows, rows, cols, width};
  Random random(seed);
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::vector<std::uint32_t> columns = drawn_columns(random, cols, width);
    p.columns.insert(p.columns.end(), columns.begin(), columns.end());
    append_row(p, r, columns);
  }
  return p;
}

DrawnPattern draw_csr(std::int64_t rows, std::int64_t cols, double density, std::uint64_t seed) {
  DrawnPattern p{SparsePattern::Kind::csr, rows, cols, 0};
  Random random(seed);
  p.starts.push_back(0);
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto most = static_cast<std::uint32_t>(2 * density * static_cast<double>(cols)) + 1;
    const std::int64_t count =
        r % 3 == 1 ? 0 : std::min<std::int64_t>(cols, random.below(most + 1));
    const std::vector<std::uint32_t> columns = drawn_columns(random, cols, count);
    p.columns.insert(p.columns.end(), columns.begin(), columns.end());
    append_row(p, r, columns);
    p.starts.push_back(static_cast<std::uint32_t>(p.columns.size()));
  }
  return p;
}

DrawnPattern draw_blocks(std::int64_t rows, std::int64_t cols, int block_rows, int block_cols,
                         std::int64_t blocks, std::uint64_t seed) {
  DrawnPattern p{SparsePattern::Kind::blocks, rows,       cols,
                 blocks * block_cols,         block_rows, block_cols};
  Random random(seed);
  for (std::int64_t first = 0; first < rows; first += block_rows) {
    const std::vector<std::uint32_t> columns =
        drawn_columns(random, ceil_div(cols, block_cols), blocks);
    p.columns.insert(p.columns.end(), columns.begin(), columns.end());
    for (std::int64_t r = first; r < std::min(first + block_rows, rows); ++r) {
      for (const std::uint32_t column : columns) {
        for (std::int64_t c = 0; c < block_cols; ++c) {
          p.row_of.push_back(r);
          p.column_of.push_back(column * block_cols + c);
        }
      }
    }
  }
  return p;
}

DrawnPattern draw_n_of_m(std::int64_t rows, std::int64_t cols, int n, int m, std::uint64_t seed) {
  DrawnPattern p{SparsePattern::Kind::n_of_m, rows, cols, n_of_m_width(cols, n, m), n, m};
  Random random(seed);
  std::vector<float> dense(static_cast<std::size_t>(rows * cols), 0.0F);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t start = 0; start < cols; start += m) {
      const std::int64_t length = std::min<std::int64_t>(m, cols - start);
      std::vector<std::uint32_t> columns =
          drawn_columns(random, length, std::min<std::int64_t>(n, length));
      for (std::uint32_t& column : columns) {
        column += static_cast<std::uint32_t>(start);
        dense[static_cast<std::size_t>(r * cols + column)] = 1;
      }
      append_row(p, r, columns);
    }
  }
  p.columns = to_n_of_m(dense, rows, cols, n, m).places;
  return p;
}

Array product(const Array& a, bool transpose_a, const Array& b, bool transpose_b) {
  const std::int64_t rows = a.shape[transpose_a ? 1 : 0];
  const std::int64_t depth = a.shape[transpose_a ? 0 : 1];
  const std::int64_t cols = b.shape[transpose_b ? 0 : 1];
  Array c(Shape{rows, cols});
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t k = 0; k < depth; ++k) {
      const double value = transpose_a ? a[k * rows + i] : a[i * depth + k];
      if (value == 0) continue;
      for (std::int64_t j = 0; j < cols; ++j) {
        c[i * cols + j] += value * (transpose_b ? b[j * depth + k] : b[k * cols + j]);
      }
    }
  }
  return c;
}

}  // namespace ridgeback::test
