// SPDX-License-Identifier: Apache-2.0
// Softmax and what classifiers and attention need of it. Rows are all axes but the last; all values
// f32. Every exponential is taken of a difference to the row's maximum, so nothing overflows and a
// common offset of a row changes nothing.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstdint>

namespace ridgeback {

/// exp(x_c) / sum of exp(x) over the last axis. -inf gives 0; a row of -inf alone gives NaN. Throws
/// InvalidArgument for a scalar.
[[nodiscard]] Tensor softmax(const Tensor& x);

/// x_c - log(sum of exp(x)) over the last axis.
[[nodiscard]] Tensor log_softmax(const Tensor& x);

/// Of attention: x f32 [..., queries, keys], at least as many keys as queries, the last query
/// beside the last key. Query q sees the keys up to q + keys - queries; y = softmax(scale x) over
/// those, 0 for the others, whatever their x. Needs scale > 0.
[[nodiscard]] Tensor causal_softmax(const Tensor& x, float scale = 1);

/// x where causal_softmax() sees it, else 0.
[[nodiscard]] Tensor causal_mask(const Tensor& x);

/// The label of rows that take no part in the loss, such as padding.
inline constexpr std::uint32_t ignored_label = 0xFFFFFFFF;

struct CrossEntropyOptions {
  /// Share of the target that is spread evenly over all classes, in 0..1.
  float label_smoothing = 0;
};

/// logits f32 [rows, classes], labels u32 [rows] -> losses f32 [rows]:
/// -sum_c t_c log_softmax(logits)_c with t = (1 - smoothing) onehot(label) + smoothing / classes.
/// A row labelled ignored_label has loss and gradient 0; any other label that is no class makes
/// them NaN. Differentiable in the logits. Throws InvalidArgument for other specs, no class, or a
/// smoothing out of range.
[[nodiscard]] Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels,
                                           const CrossEntropyOptions& options = {});

/// 1 for rows whose largest logit is the label's, else 0, as f32 [rows]. Of equal logits the lower
/// index counts; NaN counts as wrong, and so does any label that is no class. No gradient.
[[nodiscard]] Tensor correct(const Tensor& logits, const Tensor& labels);

}  // namespace ridgeback
