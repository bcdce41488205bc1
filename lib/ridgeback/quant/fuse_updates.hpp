// SPDX-License-Identifier: Apache-2.0
// The pass that updates denoised parameters without their gradients in memory.
#pragma once

#include "ridgeback/graph/pass.hpp"

namespace ridgeback::quant {

/// The pass "fuse_updates". Where the gradient of a denoised parameter (full backward, any codebook
/// and group) goes into an optimizer's step, and else only into sums of squares (sum_of_all):
///   d = denoise_backward(G, w, ...); w' = step(w, ..., d, gate)
///       ->  c = denoise_coefficients(G, ...); w' = denoise_update(w, ..., G, codes, c, gate)
///   gate = gate_step(loss, sum_of_all(d^2, ...))  ->  gate_step(loss, sum_of_all(c, ...))
///   sum_of_all(d^2, ...) of other readers         ->  sum_of_all(squares of denoise_update, ...)
/// One reading of G tells what the gate asks, a second one makes the update: d is neither written
/// nor read. The results have the bits that the operations have one by one, but for the order of
/// the sums, and for gradients above 1e19 in magnitude, which the gate may let pass or not as their
/// squares overflow. Gradients that others read (clipping by norm, for one) stay as they are.
/// denoise_backward asks for this pass.
[[nodiscard]] const Pass& fuse_updates();

}  // namespace ridgeback::quant
