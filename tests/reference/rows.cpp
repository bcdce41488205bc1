// SPDX-License-Identifier: Apache-2.0
#include "reference/rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ridgeback::test::reference {
namespace {

// f of each row in place: a view of `cols` values.
template <class F>
Array each_row(Array x, const F& f) {
  const auto [rows, cols] = as_matrix(x.shape);
  for (std::int64_t r = 0; r < rows; ++r) f(r, &x.values[static_cast<std::size_t>(r * cols)], cols);
  return x;
}

// From the maximum, so that huge values keep their digits.
double exponential_sum(const double* from_top, std::int64_t cols) {
  double sum = 0;
  for (std::int64_t c = 0; c < cols; ++c) sum += std::exp(from_top[c]);
  return sum;
}

void subtract_maximum(double* row, std::int64_t cols) {
  const double top = *std::max_element(row, row + cols);
  for (std::int64_t c = 0; c < cols; ++c) row[c] -= top;
}

}  // namespace

Array log_softmax(const Array& x) {
  return each_row(x, [](std::int64_t, double* row, std::int64_t cols) {
    if (cols == 0) return;
    subtract_maximum(row, cols);
    const double total = std::log(exponential_sum(row, cols));
    for (std::int64_t c = 0; c < cols; ++c) row[c] -= total;
  });
}

Array softmax(const Array& x) {
  return each_row(x, [](std::int64_t, double* row, std::int64_t cols) {
    if (cols == 0) return;
    subtract_maximum(row, cols);
    const double total = exponential_sum(row, cols);
    for (std::int64_t c = 0; c < cols; ++c) row[c] = std::exp(row[c]) / total;
  });
}

Array cross_entropy(const Array& logits, const Array& labels, double smoothing) {
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  const Array logs = log_softmax(logits);
  Array loss(Shape{rows});
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto label = static_cast<std::int64_t>(labels[r]);
    if (label == 0xFFFFFFFF) continue;
    if (label >= classes) {
      loss[r] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    loss[r] = -(1 - smoothing) * logs[r * classes + label];
    if (smoothing == 0) continue;
    for (std::int64_t c = 0; c < classes; ++c)
      loss[r] -= smoothing / static_cast<double>(classes) * logs[r * classes + c];
  }
  return loss;
}

Array normalize_rows(const Array& x, double epsilon, bool centred) {
  return each_row(x, [&](std::int64_t, double* row, std::int64_t cols) {
    double mean = 0, square = 0;
    for (std::int64_t c = 0; c < cols && centred; ++c) mean += row[c] / static_cast<double>(cols);
    for (std::int64_t c = 0; c < cols; ++c)
      square += (row[c] - mean) * (row[c] - mean) / static_cast<double>(cols);
    for (std::int64_t c = 0; c < cols; ++c) row[c] = (row[c] - mean) / std::sqrt(square + epsilon);
  });
}

Array column_mean(const Array& x) {
  const auto [rows, cols] = as_matrix(x.shape);
  Array mean(Shape{cols});
  for (std::int64_t i = 0; i < x.count(); ++i) mean[i % cols] += x[i] / static_cast<double>(rows);
  return mean;
}

Array column_variance(const Array& x) {
  const auto [rows, cols] = as_matrix(x.shape);
  const Array mean = column_mean(x);
  Array variance(Shape{cols});
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const double centred = x[i] - mean[i % cols];
    variance[i % cols] += centred * centred / static_cast<double>(rows);
  }
  return variance;
}

Array normalize_columns(const Array& x, double epsilon) {
  const Array mean = column_mean(x), variance = column_variance(x);
  Array y = x;
  const std::int64_t cols = mean.count();
  for (std::int64_t i = 0; i < x.count(); ++i)
    y[i] = (x[i] - mean[i % cols]) / std::sqrt(variance[i % cols] + epsilon);
  return y;
}

Array scale_shift(const Array& x, const Array& scale, const Array& shift) {
  const std::int64_t cols = scale.count();
  Array y = x;
  for (std::int64_t i = 0; i < x.count(); ++i) y[i] = x[i] * scale[i % cols] + shift[i % cols];
  return y;
}

}  // namespace ridgeback::test::reference
