// SPDX-License-Identifier: Apache-2.0
// The pipelines that operations launch on a target, found by planning graphs; nothing runs.
#pragma once

#include "ridgeback/gpu/device.hpp"
#include "ridgeback/graph/target.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <set>
#include <vector>

namespace ridgeback::test {

using PipelineKeys = std::set<gpu::PipelineKey>;

/// Adds what the graph launches on `target`: by default, and with each usable variant of each
/// kernel; the same for the graph without the pass that multiplies codes.
void add_launched(PipelineKeys& keys, const Target& target, const std::vector<Tensor>& outputs,
                  const std::vector<Assignment>& updates = {});

/// All cases of operations in this executable.
void add_cases(PipelineKeys& keys, const Target& target);
/// Training steps in many precisions, norms and optimizers, and large products: shapes of real use.
void add_steps(PipelineKeys& keys, const Target& target);
void add_products(PipelineKeys& keys, const Target& target);
/// Large products as they are launched by default.
void add_default_products(PipelineKeys& keys, const Target& target);

}  // namespace ridgeback::test
