// SPDX-License-Identifier: Apache-2.0
// References of softmax and the norms, in double precision. Rows are all axes but the last.
#pragma once

#include "harness/array.hpp"

namespace ridgeback::test::reference {

[[nodiscard]] Array softmax(const Array& x);
[[nodiscard]] Array log_softmax(const Array& x);
/// labels: one a row; all ones for an ignored row.
[[nodiscard]] Array cross_entropy(const Array& logits, const Array& labels, double smoothing);

/// (x - mean) / sqrt(variance + epsilon) of each row, or x / sqrt(mean of squares + epsilon).
[[nodiscard]] Array normalize_rows(const Array& x, double epsilon, bool centred);
/// The same for each column over all rows.
[[nodiscard]] Array normalize_columns(const Array& x, double epsilon);
[[nodiscard]] Array column_mean(const Array& x);
[[nodiscard]] Array column_variance(const Array& x);

/// x * scale + shift with one value a column.
[[nodiscard]] Array scale_shift(const Array& x, const Array& scale, const Array& shift);

}  // namespace ridgeback::test::reference
