// SPDX-License-Identifier: Apache-2.0
// What a legal graph is, and a check of it.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

/// Throws InvalidArgument, naming the operation, unless: every node's recorded specs are what its
/// operation infers from its inputs; every input exists; no target is assigned twice; targets are
/// parameters or states of the value's spec.
void verify(const Graph& graph);

}  // namespace ridgeback
