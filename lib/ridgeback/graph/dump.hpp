// SPDX-License-Identifier: Apache-2.0
// Graphs and programs as text that is the same for the same graph, whatever the addresses.
#pragma once

#include "ridgeback/graph/program.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <string>

namespace ridgeback {

/// One line a node: "%3 = matmul(%1, %2) {transpose_b} : f32[128, 512]".
[[nodiscard]] std::string dump(const Graph& graph);

/// The graph in the DOT language.
[[nodiscard]] std::string dump_dot(const Graph& graph);

/// The memory plan and the launches with level, kernel, variant, constants, groups and cost.
[[nodiscard]] std::string dump(const Program& program);

/// "512 B", "1.5 MiB"
[[nodiscard]] std::string bytes_text(double bytes);

}  // namespace ridgeback
