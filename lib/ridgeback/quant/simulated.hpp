// SPDX-License-Identifier: Apache-2.0
// What packed codes do not hold.
#pragma once

#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::quant {

/// Whether the codes are f32 for want of a packed form, and products with them made in f32 from the
/// denoised values: blocks whose length is no multiple of 32, which do not begin at words, and
/// powers of two of 5 bits and more.
[[nodiscard]] bool is_simulated(const Perturbation& resolved);

}  // namespace ridgeback::quant
