// SPDX-License-Identifier: Apache-2.0
// A lowered graph: values with storage, launches with levels, and the memory plan. Plain data; the
// runtime turns it into buffers and commands.
#pragma once

#include "ridgeback/graph/dispatch.hpp"
#include "ridgeback/graph/memory_plan.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <string>
#include <vector>

namespace ridgeback {

/// One piece of storage.
struct Storage {
  enum class Kind : std::uint8_t {
    temporary,   ///< lives in an arena
    input,       ///< set by the caller, kept between runs
    persistent,  ///< parameter or state, shared by all programs of a device
    constant,
    step_params,
  };
  Kind kind = Kind::temporary;
  std::int64_t bytes = 0;
  Tensor source;        ///< the leaf, for all kinds but temporary
  int first_level = 0;  ///< temporaries only
  int last_level = 0;
  Placement placement;  ///< temporaries only
};

/// A launch with its bindings resolved to storages.
struct Launch {
  Dispatch dispatch;
  std::vector<int> storages;  ///< one per binding
  std::string label;          ///< "matmul", with the kernel when the operation has several launches
  int node = 0;               ///< index into the topological order
  int level = 0;
};

struct Program {
  Graph graph;  ///< after the passes
  std::vector<std::shared_ptr<const Node>> nodes;
  std::vector<Storage> storages;
  std::vector<Launch>
      launches;              ///< sorted by level; launches of one level do not depend on each other
  std::vector<int> outputs;  ///< storage of each graph output
  std::vector<std::int64_t> arena_bytes;
  int levels = 0;

  [[nodiscard]] std::int64_t temporary_bytes() const;
  [[nodiscard]] std::int64_t persistent_bytes() const;
  /// Temporaries, inputs, persistent values and constants.
  [[nodiscard]] std::int64_t peak_bytes() const;
};

/// Its name and, in braces, attributes: what LowerContext::operation says.
[[nodiscard]] std::string operation_text(const Operation& operation);

/// Lowers a graph (passes already run) for a target. Throws what lowering throws, and Unsupported,
/// naming the operation, where a tensor exceeds the largest range that the device binds.
[[nodiscard]] Program build_program(const Graph& graph, const Target& target);

}  // namespace ridgeback
