// SPDX-License-Identifier: Apache-2.0
// Normalization. Channels are the last axis, rows all others; all values f32. gamma and beta are
// f32 [channels], or null for 1 and 0. Every function throws InvalidArgument for specs that do not
// fit and for an epsilon that is not above 0.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance (biased) of each row.
[[nodiscard]] Tensor layer_norm(const Tensor& x, const Tensor& gamma = {}, const Tensor& beta = {},
                                float epsilon = 1e-5F);

/// x / sqrt(mean of x^2 + epsilon) * gamma, the mean of each row. Squares overflow from 1.8e19 on.
[[nodiscard]] Tensor rms_norm(const Tensor& x, const Tensor& gamma = {}, float epsilon = 1e-5F);

struct BatchNormed {
  Tensor y;
  Tensor mean;      ///< f32 [channels]
  Tensor variance;  ///< f32 [channels], biased: divided by the number of rows
};
/// (x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance of each channel over all
/// rows: the training form. The statistics are gathered around running means in a fixed order: a
/// large mean costs no digits, and a device gives the same bits every time. Needs a row.
[[nodiscard]] BatchNormed batch_norm(const Tensor& x, const Tensor& gamma = {},
                                     const Tensor& beta = {}, float epsilon = 1e-5F);

/// x * scale + shift with scale, shift f32 [channels]: the evaluation form, with what
/// fold_batch_norm gives. The product is rounded before the sum, whatever the device could fuse, so
/// that a kernel which does the same at the end of its own work leaves the same bits.
[[nodiscard]] Tensor scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift);

struct FoldedNorm {
  Tensor scale;  ///< gamma / sqrt(variance + epsilon)
  Tensor shift;  ///< beta - mean * scale
};
/// The norm with fixed statistics as one scale and shift per channel, all f32 [channels]. The same
/// values give the same bits in every graph of a device.
[[nodiscard]] FoldedNorm fold_batch_norm(const Tensor& gamma, const Tensor& beta,
                                         const Tensor& mean, const Tensor& variance,
                                         float epsilon = 1e-5F);

}  // namespace ridgeback
