// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/place_updates.hpp"

#include "ridgeback/graph/copy.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace ridgeback {
namespace {

class Placer {
 public:
  explicit Placer(const Graph& graph) : graph_(graph) {
    separate_sources();
    for (const auto& node : topological_order(graph_)) {
      for (const Tensor& in : node->inputs) {
        followers_[&in.node()].push_back(node.get());
        if (!node->operation->alias_of()) readers_[&storage_root(in).node()].push_back(node.get());
      }
    }
  }

  PlacedUpdates place() {
    PlacedUpdates placed;
    for (Assignment& update : graph_.updates) {
      const Tensor root = storage_root(update.value);
      if (!try_write(root, update.target, placed)) {
        update.value = copy(update.value);
        const bool written = try_write(update.value, update.target, placed);
        (void)written;  // a copy of a temporary has no follower, so it can always come last
      }
    }
    placed.graph = graph_;
    return placed;
  }

 private:
  // A value that is itself a leaf is copied first, and so is an output that an update would
  // overwrite: afterwards no copy that place() adds reads a parameter, so the readers of each are
  // known.
  void separate_sources() {
    std::unordered_set<const Node*> updated;
    for (const Assignment& update : graph_.updates) updated.insert(&update.target.node());
    for (Tensor& output : graph_.outputs) {
      if (updated.contains(&storage_root(output).node())) output = copy(output);
    }
    for (Assignment& update : graph_.updates) {
      if (as_source(storage_root(update.value)) != nullptr) update.value = copy(update.value);
    }
  }

  bool try_write(const Tensor& value, const Tensor& target, PlacedUpdates& placed) {
    const Node* writer = &value.node();
    const auto same_value = [&](const PlacedUpdates::Write& write) {
      return write.writer == writer && write.output == value.output();
    };
    if (std::ranges::any_of(placed.writes, same_value)) return false;
    if (!may_overwrite(*writer, value.output(), target)) return false;
    const std::unordered_set<const Node*> later = reachable(writer);
    const std::vector<const Node*>& readers = readers_[&target.node()];
    if (std::ranges::any_of(readers,
                            [&](const Node* r) { return r != writer && later.contains(r); }))
      return false;
    for (const Node* reader : readers) {
      if (reader == writer) continue;
      placed.orders.push_back({reader, writer});
      followers_[reader].push_back(writer);
    }
    placed.writes.push_back({writer, value.output(), target});
    return true;
  }

  // Where the writer itself reads the target, the operation must allow it for each such input.
  static bool may_overwrite(const Node& writer, int output, const Tensor& target) {
    const std::vector<InPlace> allowed = writer.operation->in_place();
    for (int i = 0; i < static_cast<int>(writer.inputs.size()); ++i) {
      if (&storage_root(writer.inputs[static_cast<std::size_t>(i)]).node() != &target.node())
        continue;
      const bool fits = std::ranges::any_of(
          allowed, [&](const InPlace& pair) { return pair.output == output && pair.input == i; });
      if (!fits) return false;
    }
    return true;
  }

  std::unordered_set<const Node*> reachable(const Node* from) const {
    std::unordered_set<const Node*> seen{from};
    std::vector<const Node*> stack{from};
    while (!stack.empty()) {
      const auto found = followers_.find(stack.back());
      stack.pop_back();
      if (found == followers_.end()) continue;
      for (const Node* next : found->second) {
        if (seen.insert(next).second) stack.push_back(next);
      }
    }
    return seen;
  }

  Graph graph_;
  std::unordered_map<const Node*, std::vector<const Node*>> followers_;
  std::unordered_map<const Node*, std::vector<const Node*>> readers_;
};

}  // namespace

Tensor storage_root(const Tensor& tensor) {
  Tensor root = tensor;
  while (const auto alias = root.operation().alias_of()) {
    const Tensor next = root.node().inputs[static_cast<std::size_t>(*alias)];
    root = next;
  }
  return root;
}

PlacedUpdates place_updates(const Graph& graph) {
  return Placer(graph).place();
}

}  // namespace ridgeback
