// SPDX-License-Identifier: Apache-2.0
// ridgeback devices
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/matrix_units.hpp"
#include "ridgeback/gpu/plan.hpp"
#include "ridgeback/gpu/shader_table.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/runtime/tuned_file.hpp"

#include <cstdlib>
#include <exception>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* examples =
    "Examples:\n"
    "  ridgeback devices\n"
    "  ridgeback devices --kernels\n"
    "      every kernel with its usable variants and what the others lack\n"
    "  RIDGEBACK_DISABLE=dot8 ridgeback devices\n"
    "      what would change without a capability";

struct Variant {
  const gpu::Shader* shader;
  gpu::ShaderFacts facts;
};

struct DeviceReport {
  const gpu::DeviceSnapshot* snapshot = nullptr;
  std::optional<gpu::DevicePlan> plan;
  std::string refusal;  ///< why there is no plan
};

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

// Whose kernels are chosen: RIDGEBACK_CLASS may say so for all devices.
DeviceClass class_of(const gpu::DeviceSnapshot& s) {
  const std::string wanted = environment("RIDGEBACK_CLASS");
  if (wanted.empty()) return s.device_class;
  return wanted == "cpu" ? DeviceClass::cpu : DeviceClass::discrete;
}

std::vector<Variant> variants() {
  std::vector<Variant> result;
  for (const gpu::Shader& shader : gpu::shader_table()) {
    result.push_back({&shader, gpu::reflect(shader.words)});
  }
  return result;
}

std::string version_text(std::uint32_t version) {
  return fmt::format("{}.{}.{}", version >> 22 & 0x7f, version >> 12 & 0x3ff, version & 0xfff);
}

DeviceReport report_on(const gpu::DeviceSnapshot& snapshot, const gpu::PlanOptions& options) {
  DeviceReport report{.snapshot = &snapshot, .plan = {}, .refusal = {}};
  try {
    report.plan = gpu::plan_device(snapshot, options);
  } catch (const Unsupported& error) {
    report.refusal = error.what();
  }
  return report;
}

Json limits_json(const Limits& limits) {
  return {{"max_workgroup_invocations", limits.max_workgroup_invocations},
          {"max_workgroup_size", limits.max_workgroup_size},
          {"max_workgroup_count", limits.max_workgroup_count},
          {"shared_memory_bytes", limits.shared_memory_bytes},
          {"push_constant_bytes", limits.push_constant_bytes},
          {"max_storage_buffers", limits.max_storage_buffers},
          {"max_storage_range", limits.max_storage_range},
          {"max_allocation", limits.max_allocation},
          {"storage_offset_alignment", limits.storage_offset_alignment},
          {"subgroup_size", limits.subgroup_size}};
}

Json kernels_json(const gpu::DevicePlan& plan, const std::vector<Variant>& table) {
  Json kernels = Json::object();
  for (const Variant& variant : table) {
    const std::string missing = gpu::missing_for(variant.facts, plan);
    Json entry{{"variant", variant.shader->variant}, {"usable", missing.empty()}};
    if (!missing.empty()) entry["missing"] = missing;
    kernels[std::string(variant.shader->kernel)].push_back(std::move(entry));
  }
  return kernels;
}

// What decides between usable variants and tiles; each launch's reason is in `inspect --plan`.
struct Choices {
  DeviceClass device_class;
  std::optional<std::filesystem::path> file;
  TunedChoices tuned;
  std::string forced;
};

Choices choices_of(const gpu::DeviceSnapshot& s) {
  Choices choices{class_of(s), tuned_file(s, class_of(s)), {}, environment("RIDGEBACK_FORCE")};
  if (choices.file) choices.tuned = load_tuned(*choices.file, s, choices.device_class);
  return choices;
}

Json to_json(const Choices& choices) {
  return {{"class", name(choices.device_class)},
          {"tuned_file", choices.file ? Json(choices.file->string()) : Json()},
          {"tuned", choices.tuned},
          {"forced", choices.forced}};
}

void print_choices(const Choices& choices, bool all) {
  fmt::print("   choices       by the rules for class {}", name(choices.device_class));
  if (choices.tuned.empty()) {
    fmt::print("; nothing is tuned yet (ridgeback tune)\n");
  } else {
    fmt::print("\n                 over them {} tuned ones in {}\n", choices.tuned.size(),
               choices.file->string());
  }
  for (const auto& [point, option] : choices.tuned) {
    if (all) fmt::print("                   {} for {}\n", option, point);
  }
  if (!choices.forced.empty())
    fmt::print("                 over all RIDGEBACK_FORCE={}\n", choices.forced);
}

Json to_json(const DeviceReport& report, int index, const std::vector<Variant>& table) {
  const gpu::DeviceSnapshot& s = *report.snapshot;
  Json json{{"index", index},
            {"name", s.name},
            {"class", name(s.device_class)},
            {"driver", s.driver_name},
            {"driver_info", s.driver_info},
            {"vulkan", version_text(s.api_version)},
            {"usable", report.plan.has_value()}};
  if (!report.plan) json["refusal"] = report.refusal;
  json["limits"] = limits_json(report.plan ? report.plan->limits : s.limits);
  Json capabilities = Json::object();
  for (int i = 0; i < capability_count; ++i) {
    const auto c = static_cast<Capability>(i);
    const bool used = report.plan && report.plan->capabilities.has(c);
    capabilities[std::string(name(c))] = {{"offered", s.capabilities.has(c)}, {"used", used}};
  }
  json["capabilities"] = std::move(capabilities);
  if (report.plan) {
    const gpu::MatrixUnits units = gpu::matrix_units(s, *report.plan);
    json["matrix_units"] = {{"int8", text(units.int8)}, {"half", text(units.half)}};
  }
  for (const gpu::MemoryHeap& heap : s.heaps) {
    json["heaps"].push_back({{"bytes", heap.bytes}, {"device_local", heap.device_local}});
  }
  for (const gpu::QueueFamily& family : s.queue_families) {
    json["queues"].push_back({{"count", family.count},
                              {"compute", family.compute},
                              {"graphics", family.graphics},
                              {"timestamp_bits", family.timestamp_bits}});
  }
  if (report.plan) {
    json["notes"] = report.plan->notes;
    json["kernels"] = kernels_json(*report.plan, table);
    json["choices"] = to_json(choices_of(s));
  }
  return json;
}

void print_limits(const Limits& l) {
  fmt::print(
      "   limits        {} invocations a workgroup, {} shared, {} B push constants,\n"
      "                 {} storage buffers of {} at most, allocation to {}, subgroup {}\n",
      l.max_workgroup_invocations, bytes_text(l.shared_memory_bytes), l.push_constant_bytes,
      l.max_storage_buffers, bytes_text(static_cast<double>(l.max_storage_range)),
      bytes_text(static_cast<double>(l.max_allocation)), l.subgroup_size);
}

void print_memory(const gpu::DeviceSnapshot& s) {
  std::string text;
  for (const gpu::MemoryHeap& heap : s.heaps) {
    text +=
        fmt::format("{}{}{}", text.empty() ? "" : ", ", bytes_text(static_cast<double>(heap.bytes)),
                    heap.device_local ? " device-local" : "");
  }
  fmt::print("   memory        {}\n", text);
}

// Which variants of the kernels run here; those that do not are listed with what they lack.
void print_kernels(const gpu::DevicePlan& plan, const std::vector<Variant>& table, bool all) {
  std::size_t usable = 0;
  std::map<std::string, std::vector<std::string>> lacking;
  std::map<std::string, std::vector<std::string>> working;
  for (const Variant& variant : table) {
    const std::string missing = gpu::missing_for(variant.facts, plan);
    const std::string label = fmt::format("{}.{}", variant.shader->kernel, variant.shader->variant);
    if (missing.empty()) {
      ++usable;
      working[std::string(variant.shader->kernel)].emplace_back(variant.shader->variant);
    } else {
      lacking[missing].push_back(label);
    }
  }
  fmt::print("   kernels       {} of {} variants are usable\n", usable, table.size());
  for (const auto& [missing, labels] : lacking) {
    fmt::print("                 {}: {}\n", missing, fmt::join(labels, ", "));
  }
  for (const auto& [kernel, names] : working) {
    if (all) fmt::print("                 {}: {}\n", kernel, fmt::join(names, ", "));
  }
}

void print_device(const DeviceReport& report, std::size_t index, bool chosen,
                  const std::vector<Variant>& table, bool all_kernels) {
  const gpu::DeviceSnapshot& s = *report.snapshot;
  fmt::print("{}{}: {} ({})\n", chosen ? "* " : "  ", index, s.name, name(s.device_class));
  fmt::print("   driver        {} {}, Vulkan {}\n", s.driver_name, s.driver_info,
             version_text(s.api_version));
  if (!report.plan) return fmt::print("   not usable    {}\n\n", report.refusal);
  print_limits(report.plan->limits);
  print_memory(s);
  fmt::print("   uses          {}\n", report.plan->capabilities.text());
  Capabilities absent;
  for (int i = 0; i < capability_count; ++i) {
    const auto c = static_cast<Capability>(i);
    if (!s.capabilities.has(c)) absent.add(c);
  }
  fmt::print("   not offered   {}\n", absent.text());
  for (const std::string& note : report.plan->notes) fmt::print("   note          {}\n", note);
  print_kernels(*report.plan, table, all_kernels);
  print_choices(choices_of(s), all_kernels);
  fmt::print("\n");
}

std::string selector_of(const Globals& globals) {
  if (!globals.device.empty()) return globals.device;
  return environment("RIDGEBACK_DEVICE");
}

std::string reason_for(const std::string& selector) {
  return selector.empty() ? "the best: discrete before integrated before virtual before CPU, then "
                            "the larger memory"
                          : fmt::format("asked for by '{}'", selector);
}

void run_devices(bool all_kernels, const Globals& globals) {
  const gpu::PlanOptions options = gpu::PlanOptions::from_environment();
  const std::vector<gpu::DeviceSnapshot> snapshots = gpu::enumerate_devices();
  const std::string selector = selector_of(globals);
  // Where none can be chosen, the list is what tells why.
  std::optional<std::size_t> chosen;
  std::exception_ptr refusal;
  try {
    chosen = gpu::choose_device(snapshots, selector, options);
  } catch (const Unsupported&) {
    refusal = std::current_exception();
  }
  const std::vector<Variant> table = variants();
  Json list = Json::array();
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const DeviceReport report = report_on(snapshots[i], options);
    if (globals.json) {
      list.push_back(to_json(report, static_cast<int>(i), table));
    } else {
      print_device(report, i, chosen == i, table, all_kernels);
    }
  }
  Json result{{"devices", list}, {"chosen", nullptr}};
  if (chosen) {
    result["chosen"] = *chosen;
    result["reason"] = reason_for(selector);
  }
  if (globals.json) print_json(result);
  if (refusal) std::rethrow_exception(refusal);
  if (!globals.json) fmt::print("chosen: {} ({})\n", *chosen, reason_for(selector));
}

}  // namespace

void register_devices(CLI::App& app, const Globals& globals) {
  CLI::App* command =
      app.add_subcommand("devices", "Every Vulkan device, what it can do, and which one is used");
  const auto all_kernels = std::make_shared<bool>(false);
  command->add_flag("--kernels", *all_kernels,
                    "List the usable variants of every kernel, and what was tuned");
  command->footer(examples);
  command->callback([all_kernels, &globals] { run_devices(*all_kernels, globals); });
}

}  // namespace ridgeback::cli
