// SPDX-License-Identifier: Apache-2.0
// Runs programs of toy operations on symbols instead of numbers: a launch writes a hash of its
// operation and of what it reads. What comes out must be what the graph means, whatever the order
// within a level, and no launch may find its operands overwritten.
#pragma once

#include "ridgeback/graph/program.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::test {

/// What the graph means: the values of its outputs, then of its updates, all from the first reading
/// of the state.
[[nodiscard]] std::vector<std::uint64_t> meaning(const Graph& graph);

struct Simulation {
  std::vector<std::uint64_t> values;  ///< as meaning() of the graph that the program was built from
  std::vector<std::string> conflicts;  ///< races within a level, and reads of what was overwritten
};

/// Runs the program once, the launches of each level in an order drawn from `seed`. `targets` are
/// the states that the graph updates, in its order.
[[nodiscard]] Simulation simulate(const Program& program, const std::vector<Tensor>& targets,
                                  std::uint64_t seed);

}  // namespace ridgeback::test
