// SPDX-License-Identifier: Apache-2.0
// The pass that makes the gradient of a relu part of the gradient of the denoised value.
#pragma once

#include "ridgeback/graph/pass.hpp"

namespace ridgeback::quant {

/// The pass "fuse_gates". Where x = relu(...) is denoised, the gradient goes on through the relu:
///   gate_positive(denoise_backward(G, x, ...), x)  ->  denoise_backward(G, x, ...) that is 0 where
///                                                      x is not above 0
/// It reads x anyway. Same bits; for the full and the live gradient that nothing else reads.
/// denoise_backward asks for this pass.
[[nodiscard]] const Pass& fuse_gates();

}  // namespace ridgeback::quant
