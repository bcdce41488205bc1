// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/dump.hpp"

#include "ridgeback/graph/operation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unordered_map>

namespace ridgeback {
namespace {

using Numbers = std::unordered_map<const Node*, int>;

Numbers number(const std::vector<std::shared_ptr<const Node>>& order) {
  Numbers numbers;
  for (const auto& node : order) numbers.emplace(node.get(), static_cast<int>(numbers.size()));
  return numbers;
}

std::string reference(const Numbers& numbers, const Tensor& tensor) {
  const int number = numbers.at(&tensor.node());
  return tensor.node().outputs.size() == 1 ? fmt::format("%{}", number)
                                           : fmt::format("%{}.{}", number, tensor.output());
}

std::string specs_text(const Node& node) {
  std::vector<std::string> texts;
  for (const TensorSpec& spec : node.outputs) texts.push_back(spec.text());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string escaped(std::string text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string storage_text(const Program& program, int index) {
  const Storage& storage = program.storages[static_cast<std::size_t>(index)];
  if (storage.kind != Storage::Kind::temporary) {
    return fmt::format("s{}:{}", index, storage.source.operation().name());
  }
  return fmt::format("s{}:arena{}+{}", index, storage.placement.arena, storage.placement.offset);
}

// " (tile 16x8 tuned, variant int64 rule)": what was chosen for the launch, and why.
std::string choices_text(const Dispatch& dispatch) {
  std::vector<std::string> texts;
  for (const Choice& choice : dispatch.choices) texts.push_back(text(choice));
  return texts.empty() ? "" : fmt::format(" ({})", fmt::join(texts, "; "));
}

}  // namespace

std::string bytes_text(double bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  while (bytes >= 1024 && unit < 4) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string dump(const Graph& graph) {
  const auto order = topological_order(graph);
  const Numbers numbers = number(order);
  std::string text;
  for (const auto& node : order) {
    std::vector<std::string> inputs;
    for (const Tensor& in : node->inputs) inputs.push_back(reference(numbers, in));
    const std::string attributes = node->operation->attributes();
    text += fmt::format("%{} = {}({}){} : {}\n", numbers.at(node.get()), node->operation->name(),
                        fmt::join(inputs, ", "),
                        attributes.empty() ? "" : fmt::format(" {{{}}}", attributes),
                        specs_text(*node));
  }
  for (const Tensor& output : graph.outputs)
    text += fmt::format("output {}\n", reference(numbers, output));
  for (const Assignment& update : graph.updates) {
    text += fmt::format("assign {} <- {}\n", reference(numbers, update.target),
                        reference(numbers, update.value));
  }
  return text;
}

std::string dump_dot(const Graph& graph) {
  const auto order = topological_order(graph);
  const Numbers numbers = number(order);
  std::string text =
      "digraph ridgeback {\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n";
  for (const auto& node : order) {
    const int id = numbers.at(node.get());
    const std::string attributes = node->operation->attributes();
    text += fmt::format("  n{} [label=\"{}{}\\n{}\"{}];\n", id, node->operation->name(),
                        attributes.empty() ? "" : fmt::format(" {}", escaped(attributes)),
                        escaped(specs_text(*node)),
                        node->inputs.empty() ? ", style=filled, fillcolor=\"#e8eef7\"" : "");
    for (const Tensor& in : node->inputs)
      text += fmt::format("  n{} -> n{};\n", numbers.at(&in.node()), id);
  }
  for (const Assignment& update : graph.updates) {
    text += fmt::format("  n{} -> n{} [style=dashed];\n", numbers.at(&update.value.node()),
                        numbers.at(&update.target.node()));
  }
  return text + "}\n";
}

std::string dump(const Program& program) {
  std::string text = fmt::format(
      "memory: {} temporaries in {} arena(s), {} persistent, {} in all\n{} launches on {} levels\n",
      bytes_text(static_cast<double>(program.temporary_bytes())), program.arena_bytes.size(),
      bytes_text(static_cast<double>(program.persistent_bytes())),
      bytes_text(static_cast<double>(program.peak_bytes())), program.launches.size(),
      program.levels);
  for (const Launch& launch : program.launches) {
    std::vector<std::string> storages;
    for (const int index : launch.storages) storages.push_back(storage_text(program, index));
    const Dispatch& d = launch.dispatch;
    text +=
        fmt::format("L{} {} = {}:{}{} <{}> groups {}x{}x{} ({}) {:.3g} flop {}\n", launch.level,
                    launch.label, d.kernel.empty() ? "copy" : d.kernel, d.variant, choices_text(d),
                    fmt::join(d.constants, ","), d.group_counts[0], d.group_counts[1],
                    d.group_counts[2], fmt::join(storages, " "), d.flops, bytes_text(d.bytes));
  }
  return text;
}

}  // namespace ridgeback
