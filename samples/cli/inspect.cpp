// SPDX-License-Identifier: Apache-2.0
// ridgeback inspect
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/io/safetensors.hpp"
#include "ridgeback/nn/description_json.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "inspect_plan.hpp"
#include "loaded_model.hpp"
#include "run_record.hpp"
#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  ridgeback inspect one_bit.safetensors\n"
    "      tensors, metadata and layers of a model file (any .safetensors file)\n"
    "  ridgeback inspect runs/one_bit\n"
    "      settings and newest checkpoint of a run\n"
    "  ridgeback inspect --plan --weights 1 --activations 1 --batch 256\n"
    "      what a training step of `train` with these options would do: graph, memory plan,\n"
    "      dispatches; needs no Vulkan device with --device none\n"
    "      After each kernel: variant and tile, and why. only: nothing else is usable;\n"
    "      rule: the default for this class of device and shape; tuned: `ridgeback tune`\n"
    "      measured it; forced: RIDGEBACK_FORCE; disabled: RIDGEBACK_DISABLE forbids it;\n"
    "      forced ... is not offered: RIDGEBACK_FORCE names what this shape does not have\n"
    "  ridgeback inspect --plan --dot | dot -Tsvg > graph.svg";

struct InspectOptions {
  std::string path;
  bool plan = false;
  PlanRequest request;
};

nlohmann::ordered_json to_json(const io::StoredEntry& entry) {
  return {{"name", entry.name},
          {"dtype", entry.dtype},
          {"shape", entry.shape},
          {"bytes", entry.end - entry.begin}};
}

void print_tensors(const io::SafetensorsHeader& header) {
  std::size_t width = 6;
  for (const io::StoredEntry& entry : header.tensors) width = std::max(width, entry.name.size());
  fmt::print("{:<{}}  {:<5}  {:>10}  shape\n", "tensor", width, "type", "bytes");
  for (const io::StoredEntry& entry : header.tensors) {
    std::string shape;
    for (const std::int64_t extent : entry.shape) {
      shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
    }
    fmt::print("{:<{}}  {:<5}  {:>10}  [{}]\n", entry.name, width, entry.dtype,
               entry.end - entry.begin, shape);
  }
}

void print_layers(const nn::Description& description, int depth) {
  std::string line(static_cast<std::size_t>(2 * depth), ' ');
  line += description.kind;
  for (const auto& [name, value] : description.settings) {
    line += fmt::format("  {}={}", name,
                        value.find(' ') == std::string::npos ? value : "(" + value + ")");
  }
  fmt::print("{}\n", line);
  for (const nn::Description& child : description.children) print_layers(child, depth + 1);
}

// The layers that a file describes; nothing for a file that describes none.
std::optional<nn::Description> layers_of(const io::SafetensorsHeader& header,
                                         const std::string& file) {
  auto found = header.metadata.find("model");
  if (found == header.metadata.end()) found = header.metadata.find("setting.model");
  if (found == header.metadata.end()) return std::nullopt;
  try {
    return nn::description_from_json(found->second);
  } catch (const InvalidArgument& error) {
    throw FormatError(file, fmt::format("metadata 'model': {}", error.what()));
  }
}

nlohmann::ordered_json describe_file(const std::string& file) {
  const io::SafetensorsHeader header = io::read_safetensors_header(file);
  nlohmann::ordered_json json{{"file", file}, {"bytes", header.file_bytes}};
  json["metadata"] = header.metadata;
  for (const io::StoredEntry& entry : header.tensors) json["tensors"].push_back(to_json(entry));
  return json;
}

// `brief` leaves out what a run folder's own records say.
void print_file(const std::string& file, bool brief) {
  const io::SafetensorsHeader header = io::read_safetensors_header(file);
  fmt::print("{}: {}, {} tensors\n\n", file, bytes_text(static_cast<double>(header.file_bytes)),
             header.tensors.size());
  if (const auto layers = layers_of(header, file)) {
    print_layers(*layers, 0);
    fmt::print("\n");
  }
  print_tensors(header);
  fmt::print("\n");
  for (const auto& [name, value] : header.metadata) {
    const bool is_setting = name.rfind("setting.setting.", 0) == 0;
    if (name == "model" || name == "setting.model" || (brief && is_setting)) continue;
    fmt::print("{}: {}\n", name, value);
  }
}

void inspect_folder(const std::string& folder, const Globals& globals) {
  const auto checkpoints = io::list_checkpoints(folder);
  const RunRecord record(folder);
  if (checkpoints.empty() && !record.exists()) {
    throw FileError(folder, "is no run folder (no settings.json and no checkpoint)");
  }
  const auto settings = record.exists() ? record.read() : std::map<std::string, std::string>{};
  if (globals.json) {
    nlohmann::ordered_json json{{"run", folder}, {"settings", settings}};
    json["checkpoints"] = nlohmann::ordered_json::array();
    for (const auto& path : checkpoints) json["checkpoints"].push_back(path.filename().string());
    if (!checkpoints.empty()) json["newest"] = describe_file(checkpoints[0].string());
    return print_json(json);
  }
  for (const auto& [name, value] : settings) fmt::print("{:<22} {}\n", name, value);
  if (checkpoints.empty()) return fmt::print("\nno checkpoint yet\n");
  fmt::print("\n");
  print_file(checkpoints[0].string(), true);
}

void run_inspect(const InspectOptions& options, const Globals& globals) {
  require(options.plan != !options.path.empty(),
          "inspect: give a file or run folder, or --plan, one of the two");
  if (options.plan) return print_plan(options.request, globals);
  if (std::filesystem::is_directory(options.path)) return inspect_folder(options.path, globals);
  if (!globals.json) return print_file(options.path, false);
  print_json(describe_file(options.path));
}

}  // namespace

void register_inspect(CLI::App& app, const Globals& globals) {
  CLI::App* command =
      app.add_subcommand("inspect", "What a model file, a run folder or a training step holds");
  const auto options = std::make_shared<InspectOptions>();
  command->add_option("PATH", options->path, "Model file or run folder");
  command->add_flag("--plan", options->plan,
                    "The training step of a model: graph, memory plan, dispatches. Takes the "
                    "options of `train`");
  options->request.add_options(*command);
  command->footer(examples);
  command->callback([options, &globals] { run_inspect(*options, globals); });
}

}  // namespace ridgeback::cli
