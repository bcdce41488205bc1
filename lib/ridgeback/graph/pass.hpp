// SPDX-License-Identifier: Apache-2.0
// Passes: rewrites of a whole graph into an equivalent one.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ridgeback {

class Pass {
 public:
  virtual ~Pass() = default;
  /// Passes of an earlier stage run first: what looks for operations must come before what hides
  /// them in larger ones.
  enum class Stage : std::uint8_t { rewrite, fuse };
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual Stage stage() const { return Stage::rewrite; }
  [[nodiscard]] virtual Graph run(const Graph& graph) const = 0;
};

/// What to put in the place of a node: its new outputs, or nothing to keep the operation on the new
/// inputs.
using Replace = std::function<std::optional<std::vector<Tensor>>(
    const Node& node, std::span<const Tensor> new_inputs)>;

/// Rebuilds the graph, producers first, asking `replace` at every node that is not a source. Nodes
/// whose inputs did not change are kept as they are; sources always are. Dead nodes vanish.
[[nodiscard]] Graph rewrite(const Graph& graph, const Replace& replace);

/// Merges nodes with equal operations and inputs.
class MergeEqual final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "merge_equal"; }
  [[nodiscard]] Graph run(const Graph& graph) const override;
};

/// The passes that the operations of this graph ask for, each once, by stage and then in the order
/// of first mention.
[[nodiscard]] std::vector<const Pass*> required_passes(const Graph& graph);

/// Runs the required passes except those named in `disabled`, with equal nodes merged before and
/// after each.
[[nodiscard]] Graph optimize(const Graph& graph, std::span<const std::string_view> disabled = {});

}  // namespace ridgeback
