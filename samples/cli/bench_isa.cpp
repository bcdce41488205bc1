// SPDX-License-Identifier: Apache-2.0
// `ridgeback bench --isa`: what the driver's compiler made of the matrix kernels. Nothing runs, so
// a driver that compiles for a chip that is not there will do.
#include "bench_isa.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/isa.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "workload.hpp"

namespace ridgeback::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Compiled {
  std::vector<gpu::PipelineStatistic> statistics;
  std::optional<gpu::IsaLoop> loop;

  /// The first statistic of one of these names, which differ between drivers.
  [[nodiscard]] std::optional<double> find(const std::vector<const char*>& names) const {
    for (const char* name : names) {
      const auto at = std::ranges::find(statistics, name, &gpu::PipelineStatistic::name);
      if (at != statistics.end()) return at->value;
    }
    return std::nullopt;
  }
};

struct Column {
  const char* key;
  std::vector<const char*> names;  // Mesa's for AMD and Intel, NVIDIA's
};

const std::vector<Column>& columns() {
  static const std::vector<Column> all{
      {"vgprs", {"VGPRs", "Max live registers", "Register Count"}},
      {"sgprs", {"SGPRs"}},
      {"spilled_vgprs", {"Spilled VGPRs", "Spill count"}},
      {"spilled_sgprs", {"Spilled SGPRs"}},
      {"scratch_bytes", {"Scratch size", "Scratch Memory Size", "Local Memory Size"}},
      {"lds_bytes", {"LDS size", "Workgroup Memory Size"}},
      {"waves_per_simd", {"Subgroups per SIMD"}},
      {"latency", {"Latency", "Cycle Count"}},
      {"inverse_throughput", {"Inverse Throughput"}},
      {"code_bytes", {"Code size", "Binary Size"}},
  };
  return all;
}

gpu::UsefulWork work_of(const std::string& kernel) {
  return kernel == "matmul_bits" ? gpu::UsefulWork::bits : gpu::UsefulWork::multiply_add;
}

Compiled look_at(gpu::Device& device, const gpu::PipelineKey& key) {
  Compiled compiled{device.statistics(key), {}};
  for (const gpu::PipelineText& form : device.texts(key)) {
    if (form.name != "Assembly") continue;
    compiled.loop = gpu::busiest_loop(form.text, work_of(key.kernel));
  }
  return compiled;
}

// What the default choice launches first, then every other variant that the operation offers.
std::vector<gpu::PipelineKey> matrix_pipelines(const Target& target, const Workload& workload) {
  std::vector<gpu::PipelineKey> keys;
  const auto add = [&](const CompileOptions& options) {
    for (const Launch& launch : plan(target, workload.outputs, {}, options).launches) {
      const Dispatch& d = launch.dispatch;
      const gpu::PipelineKey key{d.kernel, d.variant, d.constants};
      if (d.kernel.starts_with("matmul") && std::ranges::find(keys, key) == keys.end())
        keys.push_back(key);
    }
  };
  add({});
  const std::vector<gpu::PipelineKey> chosen = keys;
  for (const gpu::PipelineKey& key : chosen) {
    for (const std::string& variant : target.kernels.at(key.kernel)) {
      CompileOptions options;
      options.forced.emplace(key.kernel, variant);
      add(options);
    }
  }
  return keys;
}

Json to_json(const Workload& workload, const gpu::PipelineKey& key, bool chosen,
             const Compiled& compiled) {
  Json json{{"name", "isa"},          {"use", workload.label},      {"kernel", key.kernel},
            {"variant", key.variant}, {"constants", key.constants}, {"default", chosen}};
  for (const Column& column : columns()) {
    if (const auto value = compiled.find(column.names)) json[column.key] = *value;
  }
  if (compiled.loop) {
    const gpu::IsaLoop& loop = *compiled.loop;
    json["inner_loop"] = {{"instructions", loop.instructions},
                          {"vector", loop.vector},
                          {"useful", loop.useful},
                          {"useful_share", loop.share()},
                          {"loads", loop.loads},
                          {"stores", loop.stores},
                          {"shared", loop.shared},
                          {"scalar", loop.scalar},
                          {"scratch", loop.scratch}};
  }
  return json;
}

void print_row(const Workload& workload, const gpu::PipelineKey& key, bool chosen,
               const Compiled& compiled) {
  const auto number = [&](const char* wanted) {
    const auto column = std::ranges::find(columns(), std::string_view(wanted),
                                          [](const Column& c) { return std::string_view(c.key); });
    const auto value = compiled.find(column->names);
    return value ? fmt::format("{:.0f}", *value) : std::string("-");
  };
  std::string inner = fmt::format("{:>6} {:>5} {:>5} {:>5}", "-", "-", "-", "-");
  if (compiled.loop) {
    const gpu::IsaLoop& loop = *compiled.loop;
    inner = fmt::format("{:>5.1f}% {:>5} {:>5} {:>5}", 100 * loop.share(), loop.vector, loop.loads,
                        loop.shared);
  }
  fmt::print("{}{:35} {:29} {:>5} {:>5} {:>6} {:>6} {:>5} {} {:>8} {:>8}\n", chosen ? "* " : "  ",
             workload.label, key.kernel + ":" + key.variant, number("vgprs"), number("sgprs"),
             number("spilled_vgprs"), number("lds_bytes"), number("waves_per_simd"), inner,
             number("latency"), number("inverse_throughput"));
}

}  // namespace

void bench_isa(const Globals& globals, const BenchOptions& options) {
  const Device device = Device::open(globals.device);
  const auto compiler = gpu::Device::open(
      globals.device.empty()
          ? std::string(std::getenv("RIDGEBACK_DEVICE") != nullptr ? std::getenv("RIDGEBACK_DEVICE")
                                                                   : "")
          : globals.device);
  if (!compiler->plan().capabilities.has(Capability::pipeline_statistics)) {
    throw Unsupported(fmt::format(
        "bench --isa: {} does not tell what its compiler made (pipeline_statistics). Mesa's driver "
        "for AMD does so without a GPU: RADV_FORCE_FAMILY=navi21 "
        "VK_DRIVER_FILES=/usr/share/vulkan/icd.d/radeon_icd.x86_64.json",
        device.name()));
  }
  if (!globals.quiet) fmt::print(stderr, "Device: {}\n", device.description());
  if (!globals.json) {
    fmt::print("{:37} {:29} {:>5} {:>5} {:>6} {:>6} {:>5} {:>6} {:>5} {:>5} {:>5} {:>8} {:>8}\n",
               "* chosen by default", "kernel", "VGPR", "SGPR", "spills", "LDS", "waves", "useful",
               "VALU", "loads", "LDS", "latency", "1/thru");
  }
  ProductExtents extents;
  if (options.m > 0) extents.m = options.m;
  if (options.n > 0) extents.n = options.n;
  if (options.k > 0) extents.k = extents.k_codes = options.k;
  Json results = Json::array();
  for (const Workload& workload : product_workloads(extents)) {
    bool chosen = true;
    for (const gpu::PipelineKey& key : matrix_pipelines(device.target(), workload)) {
      const Compiled compiled = look_at(*compiler, key);
      if (globals.json) {
        results.push_back(to_json(workload, key, chosen, compiled));
      } else {
        print_row(workload, key, chosen, compiled);
      }
      chosen = false;
    }
  }
  if (globals.json) {
    print_json({{"device", device.name()}, {"driver", device.driver()}, {"results", results}});
  }
}

}  // namespace ridgeback::cli
