// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/program.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/place_updates.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <functional>
#include <queue>
#include <unordered_map>

namespace ridgeback {
namespace {

// Producers before users and the extra orders kept; among nodes that are ready the first of the
// plain topological order.
std::vector<std::shared_ptr<const Node>> ordered_nodes(const PlacedUpdates& placed) {
  const auto plain = topological_order(placed.graph);
  std::unordered_map<const Node*, int> index;
  for (const auto& node : plain) index.emplace(node.get(), static_cast<int>(index.size()));
  std::vector<std::vector<int>> followers(plain.size());
  std::vector<int> waiting(plain.size(), 0);
  const auto edge = [&](const Node* before, const Node* after) {
    followers[static_cast<std::size_t>(index.at(before))].push_back(index.at(after));
    ++waiting[static_cast<std::size_t>(index.at(after))];
  };
  for (const auto& node : plain) {
    for (const Tensor& in : node->inputs) edge(&in.node(), node.get());
  }
  for (const auto& order : placed.orders) edge(order.before, order.after);
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (waiting[i] == 0) ready.push(static_cast<int>(i));
  }
  std::vector<std::shared_ptr<const Node>> order;
  while (!ready.empty()) {
    const auto next = static_cast<std::size_t>(ready.top());
    ready.pop();
    order.push_back(plain[next]);
    for (const int follower : followers[next]) {
      if (--waiting[static_cast<std::size_t>(follower)] == 0) ready.push(follower);
    }
  }
  require(order.size() == plain.size(), "program: assignments form a cycle");
  return order;
}

Storage::Kind storage_kind(Source::Kind kind) {
  switch (kind) {
    case Source::Kind::input:
      return Storage::Kind::input;
    case Source::Kind::parameter:
    case Source::Kind::state:
      return Storage::Kind::persistent;
    case Source::Kind::constant:
      return Storage::Kind::constant;
    case Source::Kind::step_params:
      return Storage::Kind::step_params;
  }
  return Storage::Kind::input;
}

class Builder {
 public:
  Builder(const Graph& graph, const Target& target)
      : target_(target), placed_(place_updates(graph)) {
    program_.graph = placed_.graph;
    program_.nodes = ordered_nodes(placed_);
  }

  Program build() {
    for (const auto& order : placed_.orders) predecessors_[order.after].push_back(order.before);
    for (int i = 0; i < static_cast<int>(program_.nodes.size()); ++i) add_node(i);
    keep_outputs();
    check_ranges();
    place_temporaries();
    std::ranges::stable_sort(program_.launches, {}, &Launch::level);
    return std::move(program_);
  }

 private:
  void add_node(int index) {
    const Node& node = *program_.nodes[static_cast<std::size_t>(index)];
    int start = 0;
    for (const Tensor& in : node.inputs) start = std::max(start, end_level_.at(&in.node()) + 1);
    for (const Node* before : predecessors_[&node])
      start = std::max(start, end_level_.at(before) + 1);
    if (const auto* source = dynamic_cast<const Source*>(node.operation.get())) {
      end_level_[&node] = -1;
      if (storage_of_.contains(&node)) return;  // a write reached it first
      Storage storage;
      storage.kind = storage_kind(source->kind);
      storage.bytes = std::max<std::int64_t>(source->spec.bytes(), 4);
      storage.source = Tensor(program_.nodes[static_cast<std::size_t>(index)], 0);
      storage_of_[&node] = {add_storage(std::move(storage))};
      return;
    }
    if (const auto alias = node.operation->alias_of()) {
      end_level_[&node] = start - 1;
      storage_of_[&node] = {storage_of(node.inputs[static_cast<std::size_t>(*alias)])};
      return;
    }
    lower_node(index, node, start);
  }

  void lower_node(int index, const Node& node, int start) {
    std::vector<TensorSpec> in;
    for (const Tensor& tensor : node.inputs) in.push_back(tensor.spec());
    std::vector<Dispatch> dispatches =
        node.operation->lower({in, node.outputs, target_, operation_text(*node.operation)});
    std::erase_if(dispatches, [](const Dispatch& d) {
      return d.group_counts[0] == 0 || d.group_counts[1] == 0 || d.group_counts[2] == 0;
    });
    const int end = start + static_cast<int>(dispatches.size()) - 1;
    end_level_[&node] = end;
    program_.levels = std::max(program_.levels, end + 1);
    for (const Tensor& tensor : node.inputs) touch(storage_of(tensor), end);
    for (int output = 0; output < static_cast<int>(node.outputs.size()); ++output) {
      storage_of_[&node].push_back(output_storage(node, output, start, end));
    }
    std::unordered_map<int, int> scratch;
    const bool several = dispatches.size() > 1;
    for (Dispatch& dispatch : dispatches) {
      Launch launch;
      launch.label = several ? fmt::format("{}/{}", node.operation->name(), dispatch.kernel)
                             : std::string(node.operation->name());
      launch.node = index;
      launch.level = start++;
      for (const Binding& binding : dispatch.bindings) {
        launch.storages.push_back(resolve(node, binding, scratch, launch.level, end));
      }
      // A plain copy of what is updated in place.
      if (dispatch.kernel.empty() && launch.storages[0] == launch.storages[1]) continue;
      launch.dispatch = std::move(dispatch);
      program_.launches.push_back(std::move(launch));
    }
  }

  int resolve(const Node& node, const Binding& binding, std::unordered_map<int, int>& scratch,
              int level, int end) {
    const auto slot = static_cast<std::size_t>(binding.index);
    switch (binding.kind) {
      case Binding::Kind::input:
        return storage_of(node.inputs.at(slot));
      case Binding::Kind::output:
        return storage_of_.at(&node).at(slot);
      case Binding::Kind::scratch:
        break;
    }
    const auto found = scratch.find(binding.index);
    if (found != scratch.end()) {
      Storage& storage = program_.storages[static_cast<std::size_t>(found->second)];
      storage.bytes = std::max(storage.bytes, binding.scratch_bytes);
      return found->second;
    }
    const int added = add_temporary(binding.scratch_bytes, level, end);
    scratch.emplace(binding.index, added);
    return added;
  }

  int output_storage(const Node& node, int output, int start, int end) {
    for (const auto& write : placed_.writes) {
      if (write.writer == &node && write.output == output) return persistent(write.target);
    }
    return add_temporary(node.outputs[static_cast<std::size_t>(output)].bytes(), start,
                         std::max(start, end));
  }

  // The target of a write may be listed later than its writer when nothing reads it.
  int persistent(const Tensor& target) {
    const auto found = storage_of_.find(&target.node());
    if (found != storage_of_.end()) return found->second[0];
    const auto at = std::ranges::find(program_.nodes, target.node_handle());
    const int index = static_cast<int>(at - program_.nodes.begin());
    add_node(index);
    return storage_of_.at(&target.node())[0];
  }

  int add_temporary(std::int64_t bytes, int first, int last) {
    Storage storage;
    storage.bytes = std::max<std::int64_t>(bytes, 4);
    storage.first_level = first;
    storage.last_level = last;
    return add_storage(std::move(storage));
  }

  int add_storage(Storage storage) {
    program_.storages.push_back(std::move(storage));
    return static_cast<int>(program_.storages.size()) - 1;
  }

  int storage_of(const Tensor& tensor) const {
    return storage_of_.at(&tensor.node())[static_cast<std::size_t>(tensor.output())];
  }

  void touch(int storage, int level) {
    Storage& used = program_.storages[static_cast<std::size_t>(storage)];
    used.last_level = std::max(used.last_level, level);
  }

  void keep_outputs() {
    for (const Tensor& output : program_.graph.outputs) {
      program_.outputs.push_back(storage_of(output));
      touch(program_.outputs.back(), program_.levels);
    }
  }

  void check_ranges() const {
    for (const Launch& launch : program_.launches) {
      for (const int index : launch.storages) {
        const auto bytes =
            static_cast<std::uint64_t>(program_.storages[static_cast<std::size_t>(index)].bytes);
        if (bytes <= target_.limits.max_storage_range) continue;
        throw Unsupported(fmt::format(
            "{}: a tensor of {} bytes exceeds what this device binds at once ({} bytes); "
            "use a smaller batch or layer",
            launch.label, bytes, target_.limits.max_storage_range));
      }
    }
  }

  void place_temporaries() {
    std::vector<Lifetime> lifetimes;
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < program_.storages.size(); ++i) {
      const Storage& storage = program_.storages[i];
      if (storage.kind != Storage::Kind::temporary) continue;
      lifetimes.push_back({storage.bytes, storage.first_level, storage.last_level});
      members.push_back(i);
    }
    const MemoryPlan plan = plan_memory(lifetimes, target_.limits.storage_offset_alignment,
                                        static_cast<std::int64_t>(target_.limits.max_allocation));
    for (std::size_t i = 0; i < members.size(); ++i) {
      program_.storages[members[i]].placement = plan.placements[i];
    }
    program_.arena_bytes = plan.arena_bytes;
  }

  const Target& target_;
  PlacedUpdates placed_;
  Program program_;
  std::unordered_map<const Node*, int> end_level_;
  std::unordered_map<const Node*, std::vector<int>> storage_of_;
  std::unordered_map<const Node*, std::vector<const Node*>> predecessors_;
};

std::int64_t sum_of(const Program& program, Storage::Kind kind) {
  std::int64_t bytes = 0;
  for (const Storage& storage : program.storages) bytes += storage.kind == kind ? storage.bytes : 0;
  return bytes;
}

}  // namespace

std::string operation_text(const Operation& operation) {
  const std::string attributes = operation.attributes();
  return attributes.empty() ? std::string(operation.name())
                            : fmt::format("{}{{{}}}", operation.name(), attributes);
}

std::int64_t Program::temporary_bytes() const {
  std::int64_t bytes = 0;
  for (const std::int64_t arena : arena_bytes) bytes += arena;
  return bytes;
}

std::int64_t Program::persistent_bytes() const {
  return sum_of(*this, Storage::Kind::persistent);
}

std::int64_t Program::peak_bytes() const {
  return temporary_bytes() + persistent_bytes() + sum_of(*this, Storage::Kind::input) +
         sum_of(*this, Storage::Kind::constant) + sum_of(*this, Storage::Kind::step_params);
}

Program build_program(const Graph& graph, const Target& target) {
  return Builder(graph, target).build();
}

}  // namespace ridgeback
