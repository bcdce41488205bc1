// SPDX-License-Identifier: Apache-2.0
#include "reference/simulate.hpp"

#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <unordered_map>

#include "reference/toy.hpp"

namespace ridgeback::test {
namespace {

using Value = std::uint64_t;

constexpr int scratch_output = 1000;

Value mix(Value a, Value b) {
  const Value z = (a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2))) * 0xbf58476d1ce4e5b9ULL;
  return z ^ (z >> 31);
}

Value hash_of(const std::string& text) {
  Value h = 1469598103934665603ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return h;
}

Value written(const Operation& operation, int output, const std::vector<Value>& reads) {
  Value h = mix(hash_of(operation.attributes()), static_cast<Value>(output));
  for (const Value read : reads) h = mix(h, read);
  return h;
}

Value first_value(const Node& source) {
  return mix(17, reinterpret_cast<Value>(&source));
}

// The launches of toy.hpp, and the identity of a copy and of an alias.
std::vector<Value> outputs_of(const Node& node, const std::vector<Value>& in) {
  if (dynamic_cast<const Source*>(node.operation.get()) != nullptr) return {first_value(node)};
  if (node.operation->alias_of() || node.operation->name() == "copy") return {in[0]};
  static const Target target = toy_target();
  const std::size_t launches = node.operation->lower({{}, node.outputs, target}).size();
  std::vector<Value> reads = in;
  for (std::size_t i = 1; i < launches; ++i) {
    const Value scratch = written(*node.operation, scratch_output, reads);
    reads = in;
    reads.push_back(scratch);
  }
  std::vector<Value> out;
  for (int o = 0; o < static_cast<int>(node.outputs.size()); ++o) {
    out.push_back(written(*node.operation, o, reads));
  }
  return out;
}

struct Bytes {
  int space = 0;  // arena, or -1 - storage for what lies outside of arenas
  std::int64_t begin = 0;
  std::int64_t end = 0;
  [[nodiscard]] bool overlaps(const Bytes& other) const {
    return space == other.space && begin < other.end && other.begin < end;
  }
  auto operator<=>(const Bytes&) const = default;
};

class Machine {
 public:
  explicit Machine(const Program& program) : program_(program) {
    for (int i = 0; i < static_cast<int>(program.storages.size()); ++i) {
      const Storage& storage = program.storages[static_cast<std::size_t>(i)];
      if (storage.kind != Storage::Kind::temporary) write(i, first_value(storage.source.node()));
    }
  }

  void level(std::vector<const Launch*> launches, Random& random) {
    for (std::size_t i = 0; i < launches.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) check_independent(*launches[i], *launches[j]);
    }
    for (std::size_t i = launches.size(); i > 1; --i) {
      std::swap(launches[i - 1], launches[random.below(static_cast<std::uint32_t>(i))]);
    }
    for (const Launch* launch : launches) run(*launch);
  }

  Value read(int storage, const std::string& reader) {
    const auto found = memory_.find(bytes_of(storage));
    if (found != memory_.end() && found->second.storage == storage) return found->second.value;
    conflicts.push_back(fmt::format("{} reads storage {}, which was overwritten", reader, storage));
    return 0;
  }

  std::vector<std::string> conflicts;

 private:
  struct Cell {
    int storage;
    Value value;
  };

  Bytes bytes_of(int index) const {
    const Storage& storage = program_.storages[static_cast<std::size_t>(index)];
    if (storage.kind != Storage::Kind::temporary) return {-1 - index, 0, storage.bytes};
    const Placement& at = storage.placement;
    return {at.arena, at.offset, at.offset + storage.bytes};
  }

  void write(int storage, Value value) {
    const Bytes bytes = bytes_of(storage);
    std::erase_if(memory_, [&](const auto& entry) { return entry.first.overlaps(bytes); });
    memory_[bytes] = {storage, value};
  }

  void run(const Launch& launch) {
    const Node& node = *program_.nodes[static_cast<std::size_t>(launch.node)];
    std::vector<Value> reads;
    for (std::size_t b = 0; b < launch.storages.size(); ++b) {
      if (!launch.dispatch.bindings[b].written) {
        reads.push_back(read(launch.storages[b], launch.label));
      }
    }
    for (std::size_t b = 0; b < launch.storages.size(); ++b) {
      const Binding& binding = launch.dispatch.bindings[b];
      if (!binding.written) continue;
      check_in_place(node, launch, launch.storages[b]);
      const int output = binding.kind == Binding::Kind::scratch ? scratch_output : binding.index;
      const bool copy = launch.dispatch.kernel.empty();
      write(launch.storages[b], copy ? reads[0] : written(*node.operation, output, reads));
    }
  }

  // Where a launch writes what it reads, the operation must have said that it may.
  void check_in_place(const Node& node, const Launch& launch, int storage) {
    for (std::size_t b = 0; b < launch.storages.size(); ++b) {
      const Binding& read = launch.dispatch.bindings[b];
      if (read.written || !bytes_of(launch.storages[b]).overlaps(bytes_of(storage))) continue;
      const auto pairs = node.operation->in_place();
      const bool allowed =
          read.kind == Binding::Kind::input &&
          std::ranges::any_of(pairs, [&](const InPlace& pair) { return pair.input == read.index; });
      if (!allowed) conflicts.push_back(launch.label + " writes over its own operand");
    }
  }

  void check_independent(const Launch& a, const Launch& b) {
    for (std::size_t i = 0; i < a.storages.size(); ++i) {
      for (std::size_t j = 0; j < b.storages.size(); ++j) {
        const bool writes = a.dispatch.bindings[i].written || b.dispatch.bindings[j].written;
        if (writes && bytes_of(a.storages[i]).overlaps(bytes_of(b.storages[j]))) {
          conflicts.push_back(fmt::format("{} and {} race on level {}", a.label, b.label, a.level));
        }
      }
    }
  }

  const Program& program_;
  std::map<Bytes, Cell> memory_;
};

}  // namespace

std::vector<std::uint64_t> meaning(const Graph& graph) {
  std::unordered_map<const Node*, std::vector<Value>> values;
  for (const auto& node : topological_order(graph)) {
    std::vector<Value> in;
    for (const Tensor& input : node->inputs) {
      in.push_back(values.at(&input.node())[static_cast<std::size_t>(input.output())]);
    }
    values.emplace(node.get(), outputs_of(*node, in));
  }
  std::vector<Value> result;
  const auto value_of = [&](const Tensor& tensor) {
    return values.at(&tensor.node())[static_cast<std::size_t>(tensor.output())];
  };
  for (const Tensor& output : graph.outputs) result.push_back(value_of(output));
  for (const Assignment& update : graph.updates) result.push_back(value_of(update.value));
  return result;
}

Simulation simulate(const Program& program, const std::vector<Tensor>& targets,
                    std::uint64_t seed) {
  Machine machine(program);
  Random random(seed);
  for (int level = 0; level < program.levels; ++level) {
    std::vector<const Launch*> launches;
    for (const Launch& launch : program.launches) {
      if (launch.level == level) launches.push_back(&launch);
    }
    machine.level(launches, random);
  }
  Simulation result;
  for (const int output : program.outputs) {
    result.values.push_back(machine.read(output, "the caller"));
  }
  for (const Tensor& target : targets) {
    for (int i = 0; i < static_cast<int>(program.storages.size()); ++i) {
      const Storage& storage = program.storages[static_cast<std::size_t>(i)];
      if (storage.kind == Storage::Kind::persistent && storage.source.is(target)) {
        result.values.push_back(machine.read(i, "the next step"));
      }
    }
  }
  result.conflicts = std::move(machine.conflicts);
  return result;
}

}  // namespace ridgeback::test
