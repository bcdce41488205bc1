// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/sparse.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {
namespace {

constexpr int most_m = 32;

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

void require_dense(std::span<const float> dense, std::int64_t rows, std::int64_t cols,
                   const char* what) {
  require(rows >= 0 && cols >= 0 &&
              static_cast<std::int64_t>(dense.size()) == checked_multiply(rows, cols, what),
          fmt::format("{}: wrong number of values (got {}, expected {} x {})", what, dense.size(),
                      rows, cols));
}

std::vector<float> zeros(std::int64_t rows, std::int64_t cols) {
  return std::vector<float>(at(checked_multiply(rows, cols, "to_dense")), 0.0F);
}

// Columns of the values that are not 0.
std::vector<std::uint32_t> columns_of(std::span<const float> row) {
  std::vector<std::uint32_t> columns;
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (row[c] != 0.0F) columns.push_back(static_cast<std::uint32_t>(c));
  }
  return columns;
}

void put_place(std::uint32_t* row, std::int64_t entry, int m, std::uint32_t place) {
  const std::int64_t bits = place_bits(m);
  const std::int64_t per_word = 32 / bits;
  row[entry / per_word] |= place << (entry % per_word * bits);
}

// Places that a run of `length` values keeps: those that are not 0, filled up from the lowest.
std::vector<std::uint32_t> places_of_run(std::span<const float> run, std::size_t keep) {
  std::vector<std::uint32_t> places = columns_of(run);
  require(places.size() <= keep,
          fmt::format("to_n_of_m: a run holds too many values (got {}, expected at most {})",
                      places.size(), keep));
  for (std::uint32_t place = 0; places.size() < keep; ++place) {
    if (run[place] == 0.0F) places.push_back(place);
  }
  std::ranges::sort(places);
  return places;
}

}  // namespace

std::int64_t n_of_m_width(std::int64_t cols, int n, int m) {
  require(n >= 1 && n <= m && m <= most_m,
          fmt::format("n_of_m: expected 1 <= N <= M <= {} (got {}:{})", most_m, n, m));
  return cols / m * n + std::min<std::int64_t>(n, cols % m);
}

int place_bits(int m) {
  return m <= 2 ? 1 : m <= 4 ? 2 : m <= 16 ? 4 : 8;
}

std::int64_t place_words(std::int64_t width, int m) {
  return round_up(ceil_div(width, 32 / place_bits(m)), 4);
}

std::uint32_t place_at(const std::uint32_t* row, std::int64_t entry, int m) {
  const std::int64_t bits = place_bits(m);
  const std::int64_t per_word = 32 / bits;
  return row[entry / per_word] >> (entry % per_word * bits) & ((1U << bits) - 1U);
}

std::int64_t n_of_m_column(const std::uint32_t* row, std::int64_t entry, int n, int m) {
  return entry / n * m + place_at(row, entry, m);
}

CsrMatrix to_csr(std::span<const float> dense, std::int64_t rows, std::int64_t cols) {
  require_dense(dense, rows, cols, "to_csr");
  CsrMatrix matrix{rows, cols, {0}, {}, {}};
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::span<const float> row = dense.subspan(at(r * cols), at(cols));
    for (const std::uint32_t column : columns_of(row)) {
      matrix.columns.push_back(column);
      matrix.values.push_back(row[column]);
    }
    matrix.starts.push_back(static_cast<std::uint32_t>(matrix.columns.size()));
  }
  return matrix;
}

RowsMatrix to_rows(std::span<const float> dense, std::int64_t rows, std::int64_t cols,
                   std::int64_t width) {
  require_dense(dense, rows, cols, "to_rows");
  require(
      width >= 0 && (cols > 0 || width == 0 || rows == 0),
      fmt::format("to_rows: no column to fill up with (got width {} for {} columns)", width, cols));
  RowsMatrix matrix{rows, cols, width, {}, {}};
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::span<const float> row = dense.subspan(at(r * cols), at(cols));
    const std::vector<std::uint32_t> columns = columns_of(row);
    require(static_cast<std::int64_t>(columns.size()) <= width,
            fmt::format("to_rows: a row holds too many values (got {}, expected at most {})",
                        columns.size(), width));
    for (const std::uint32_t column : columns) {
      matrix.columns.push_back(column);
      matrix.values.push_back(row[column]);
    }
    matrix.columns.resize(at((r + 1) * width), columns.empty() ? 0U : columns.back());
    matrix.values.resize(at((r + 1) * width), 0.0F);
  }
  return matrix;
}

NOfMMatrix to_n_of_m(std::span<const float> dense, std::int64_t rows, std::int64_t cols, int n,
                     int m) {
  require_dense(dense, rows, cols, "to_n_of_m");
  const std::int64_t width = n_of_m_width(cols, n, m);
  const std::int64_t pitch = place_words(width, m);
  NOfMMatrix matrix{rows, cols, n, m, std::vector<std::uint32_t>(at(rows * pitch), 0U), {}};
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t entry = 0;
    for (std::int64_t start = 0; start < cols; start += m) {
      const std::int64_t length = std::min<std::int64_t>(m, cols - start);
      const std::span<const float> run = dense.subspan(at(r * cols + start), at(length));
      for (const std::uint32_t place : places_of_run(run, at(std::min<std::int64_t>(n, length)))) {
        put_place(matrix.places.data() + r * pitch, entry++, m, place);
        matrix.values.push_back(run[place]);
      }
    }
  }
  return matrix;
}

std::vector<float> to_dense(const CsrMatrix& matrix) {
  std::vector<float> dense = zeros(matrix.rows, matrix.cols);
  for (std::int64_t r = 0; r < matrix.rows; ++r) {
    for (std::uint32_t e = matrix.starts[at(r)]; e < matrix.starts[at(r + 1)]; ++e) {
      dense[at(r * matrix.cols + matrix.columns[e])] += matrix.values[e];
    }
  }
  return dense;
}

std::vector<float> to_dense(const RowsMatrix& matrix) {
  std::vector<float> dense = zeros(matrix.rows, matrix.cols);
  for (std::int64_t e = 0; e < matrix.rows * matrix.width; ++e) {
    dense[at(e / matrix.width * matrix.cols + matrix.columns[at(e)])] += matrix.values[at(e)];
  }
  return dense;
}

std::vector<float> to_dense(const NOfMMatrix& matrix) {
  std::vector<float> dense = zeros(matrix.rows, matrix.cols);
  const std::int64_t width = n_of_m_width(matrix.cols, matrix.n, matrix.m);
  const std::int64_t pitch = place_words(width, matrix.m);
  for (std::int64_t r = 0; r < matrix.rows; ++r) {
    for (std::int64_t e = 0; e < width; ++e) {
      const std::int64_t column =
          n_of_m_column(matrix.places.data() + r * pitch, e, matrix.n, matrix.m);
      dense[at(r * matrix.cols + column)] = matrix.values[at(r * width + e)];
    }
  }
  return dense;
}

TransposedPattern transposed(std::span<const std::uint32_t> starts,
                             std::span<const std::uint32_t> columns, std::int64_t cols) {
  TransposedPattern result;
  result.starts.assign(at(cols + 1), 0U);
  for (const std::uint32_t column : columns) {
    require(column < cols,
            fmt::format("transposed: no such column (got {}, expected below {})", column, cols));
    ++result.starts[column + 1];
  }
  for (std::size_t c = 0; c < at(cols); ++c) result.starts[c + 1] += result.starts[c];
  result.rows.resize(columns.size());
  result.places.resize(columns.size());
  std::vector<std::uint32_t> next(result.starts.begin(), result.starts.end() - 1);
  for (std::size_t r = 0; r + 1 < starts.size(); ++r) {
    for (std::uint32_t e = starts[r]; e < starts[r + 1]; ++e) {
      const std::uint32_t slot = next[columns[e]]++;
      result.rows[slot] = static_cast<std::uint32_t>(r);
      result.places[slot] = e;
    }
  }
  return result;
}

}  // namespace ridgeback
