// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/plan.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/environment.hpp"
#include "ridgeback/gpu/quirks.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <optional>

namespace ridgeback::gpu {
namespace {

struct ExtensionNeed {
  Capability capability;
  std::uint32_t core_minor;  ///< part of Vulkan 1.x from here on; 99: never
  const char* extension;
};

constexpr std::array<ExtensionNeed, 9> extension_needs{{
    {Capability::storage_8bit, 2, "VK_KHR_8bit_storage"},
    {Capability::int8, 2, "VK_KHR_shader_float16_int8"},
    {Capability::float16, 2, "VK_KHR_shader_float16_int8"},
    {Capability::timeline_semaphore, 2, "VK_KHR_timeline_semaphore"},
    {Capability::dot8, 3, "VK_KHR_shader_integer_dot_product"},
    {Capability::subgroup_size_control, 3, "VK_EXT_subgroup_size_control"},
    {Capability::coopmat, 99, "VK_KHR_cooperative_matrix"},
    {Capability::pipeline_statistics, 99, "VK_KHR_pipeline_executable_properties"},
    {Capability::memory_budget, 99, "VK_EXT_memory_budget"},
}};

// A family without graphics leaves the desktop's queue alone; timestamps are worth more.
std::optional<std::uint32_t> choose_queue(const DeviceSnapshot& device) {
  std::optional<std::uint32_t> best;
  int best_score = -1;
  for (std::size_t i = 0; i < device.queue_families.size(); ++i) {
    const QueueFamily& family = device.queue_families[i];
    if (!family.compute || family.count == 0) continue;
    const int score = (family.timestamp_bits > 0 ? 2 : 0) + (family.graphics ? 0 : 1);
    if (score <= best_score) continue;
    best = static_cast<std::uint32_t>(i);
    best_score = score;
  }
  return best;
}

[[noreturn]] void refuse(const DeviceSnapshot& device, const std::string& what) {
  throw Unsupported(fmt::format("open: device {} ({}) {}", device.index, device.name, what));
}

void require_limits(const DeviceSnapshot& device) {
  const Limits least;
  const Limits& have = device.limits;
  const auto at_least = [&device](std::string_view what, std::uint64_t got,
                                  std::uint64_t expected) {
    if (got < expected) {
      refuse(device,
             fmt::format("has too small a limit: {} (got {}, expected {})", what, got, expected));
    }
  };
  at_least("workgroup invocations", have.max_workgroup_invocations,
           least.max_workgroup_invocations);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    at_least("workgroup size", have.max_workgroup_size[axis], least.max_workgroup_size[axis]);
    at_least("workgroup count", have.max_workgroup_count[axis], least.max_workgroup_count[axis]);
  }
  at_least("shared memory bytes", have.shared_memory_bytes, least.shared_memory_bytes);
  at_least("push constant bytes", have.push_constant_bytes, least.push_constant_bytes);
  at_least("storage buffers", have.max_storage_buffers, least.max_storage_buffers);
  at_least("storage buffer range", have.max_storage_range, least.max_storage_range);
  if (have.storage_offset_alignment > least.storage_offset_alignment) {
    refuse(device, fmt::format("aligns storage buffers too coarsely (got {}, expected at most {})",
                               have.storage_offset_alignment, least.storage_offset_alignment));
  }
}

// What the baseline promises and no more, so that a suite can run as on the weakest device.
Limits masked(const Limits& have) {
  const Limits base;
  Limits out = base;
  out.max_allocation = std::min(have.max_allocation, base.max_allocation);
  return out;
}

Capabilities choose_capabilities(const DeviceSnapshot& device, const PlanOptions& options,
                                 std::vector<std::string>& notes) {
  if (options.baseline) {
    notes.emplace_back("RIDGEBACK_BASELINE=1: no capability is used and limits are the baseline's");
    return {};
  }
  Capabilities kept = device.capabilities;
  for (int i = 0; i < capability_count; ++i) {
    const auto c = static_cast<Capability>(i);
    if (!kept.has(c) || !options.disabled.has(c)) continue;
    kept.remove(c);
    notes.push_back(fmt::format("{} is switched off by RIDGEBACK_DISABLE", name(c)));
  }
  for (int i = 0; i < capability_count; ++i) {
    const auto c = static_cast<Capability>(i);
    const Quirk* quirk = kept.has(c) ? quirk_for(device, c) : nullptr;
    if (quirk == nullptr) continue;
    kept.remove(c);
    notes.push_back(fmt::format("{} is not used: {}", name(c), quirk->reason));
  }
  return kept;
}

}  // namespace

PlanOptions PlanOptions::from_environment() {
  return {.disabled = capabilities_from_names(environment("RIDGEBACK_DISABLE").value_or("")),
          .baseline = environment_switch("RIDGEBACK_BASELINE")};
}

DevicePlan plan_device(const DeviceSnapshot& snapshot, const PlanOptions& options) {
  if (!snapshot.problem.empty()) {
    refuse(snapshot, fmt::format("cannot be read: {}", snapshot.problem));
  }
  if (!snapshot.at_least(1, 1)) {
    refuse(snapshot,
           fmt::format("offers too old a Vulkan (got {}.{}, expected 1.1)",
                       snapshot.api_version >> 22 & 0x7f, snapshot.api_version >> 12 & 0x3ff));
  }
  const std::optional<std::uint32_t> queue = choose_queue(snapshot);
  if (!queue) refuse(snapshot, "has no compute queue");
  require_limits(snapshot);

  DevicePlan plan;
  plan.api_version = snapshot.api_version;
  plan.queue_family = *queue;
  plan.capabilities = choose_capabilities(snapshot, options, plan.notes);
  plan.limits = options.baseline ? masked(snapshot.limits) : snapshot.limits;
  plan.maintenance4 = snapshot.maintenance4 && !options.baseline;
  // The masked suite also goes the way of a GPU with memory of its own.
  plan.direct_transfer = !options.baseline;
  const auto enable = [&](const char* extension) {
    const auto& have = plan.extensions;
    if (std::find(have.begin(), have.end(), extension) == have.end() &&
        snapshot.offers(extension)) {
      plan.extensions.emplace_back(extension);
    }
  };
  for (const ExtensionNeed& need : extension_needs) {
    const bool core = snapshot.at_least(1, need.core_minor);
    if (plan.capabilities.has(need.capability) && !core) enable(need.extension);
  }
  if (plan.capabilities.has(Capability::coopmat) && !snapshot.at_least(1, 2)) {
    enable("VK_KHR_vulkan_memory_model");
  }
  if (plan.maintenance4 && !snapshot.at_least(1, 3)) enable("VK_KHR_maintenance4");
  // Where this is offered it must be enabled (MoltenVK).
  enable("VK_KHR_portability_subset");
  return plan;
}

}  // namespace ridgeback::gpu
