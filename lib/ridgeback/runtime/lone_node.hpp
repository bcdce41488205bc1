// SPDX-License-Identifier: Apache-2.0
// One operation of a graph by itself, with values to run it on: what a tuner times.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ridgeback {

class Device;

struct LoneNode {
  std::vector<Tensor> outputs;
  std::vector<std::pair<Tensor, std::vector<std::byte>>> values;  ///< of its inputs
};

/// The node's operation on inputs of the same types and shapes, which hold uniform values or codes
/// (the same at every call); integers hold what the operation calls typical or, where it
/// says nothing, zeros. Constants and step parameters stay what they are.
[[nodiscard]] LoneNode lone_node(const Node& node);

struct LoneTiming {
  double ms = 0;  ///< median of its launches
  std::vector<std::vector<std::byte>> results;
};

/// Runs the node at least `runs` times and for `seconds`, with Choice::point to option in `tuned`;
/// once more at most where a run takes longer than `hopeless_ms`. Throws what compile() throws.
[[nodiscard]] LoneTiming time_lone_node(const Device& device, const LoneNode& node,
                                        const std::map<std::string, std::string>& tuned, int runs,
                                        double seconds, double hopeless_ms);

/// Whether two options of the node give the same results but for rounding: real values by 1 % of
/// the largest at most, NaN and infinity at the same places; codes by the next one in one of a
/// thousand values at most, whatever lies behind the ends of rows; others bit for bit.
[[nodiscard]] bool agree(const LoneNode& node, const LoneTiming& a, const LoneTiming& b);

}  // namespace ridgeback
