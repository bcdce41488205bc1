// SPDX-License-Identifier: Apache-2.0
// `ridgeback bench --isa`.
#pragma once

#include "bench.hpp"
#include "verbs.hpp"

namespace ridgeback::cli {

/// Registers, spills, occupancy and inner loops of the matrix kernels, from the driver's compiler.
/// Throws Unsupported where the driver does not tell them.
void bench_isa(const Globals& globals, const BenchOptions& options);

}  // namespace ridgeback::cli
