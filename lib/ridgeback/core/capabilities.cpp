// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/capabilities.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/pass_names.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

constexpr std::array<std::string_view, capability_count> names{"subgroup_basic",
                                                               "subgroup_vote",
                                                               "subgroup_arithmetic",
                                                               "subgroup_ballot",
                                                               "subgroup_shuffle",
                                                               "storage_8bit",
                                                               "storage_16bit",
                                                               "int8",
                                                               "int16",
                                                               "int64",
                                                               "float16",
                                                               "float64",
                                                               "dot8",
                                                               "coopmat",
                                                               "timeline_semaphore",
                                                               "subgroup_size_control",
                                                               "pipeline_statistics",
                                                               "memory_budget",
                                                               "texel_buffer"};

}  // namespace

std::string_view name(Capability capability) {
  return names[static_cast<std::size_t>(capability)];
}

std::string Capabilities::text() const {
  std::string joined;
  for (int i = 0; i < capability_count; ++i) {
    if (!has(static_cast<Capability>(i))) continue;
    if (!joined.empty()) joined += ", ";
    joined += names[static_cast<std::size_t>(i)];
  }
  return joined.empty() ? "none" : joined;
}

Capabilities capabilities_from_names(std::string_view list) {
  Capabilities set;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    bool known = item.empty() || is_pass_name(item);  // compile() leaves passes out
    for (int i = 0; i < capability_count; ++i) {
      if (names[static_cast<std::size_t>(i)] != item) continue;
      set.add(static_cast<Capability>(i));
      known = true;
    }
    require(known, fmt::format("capabilities: unknown name '{}'", item));
  }
  return set;
}

std::string_view name(DeviceClass device_class) {
  switch (device_class) {
    case DeviceClass::discrete:
      return "discrete GPU";
    case DeviceClass::integrated:
      return "integrated GPU";
    case DeviceClass::virtual_gpu:
      return "virtual GPU";
    case DeviceClass::cpu:
      return "CPU";
    case DeviceClass::other:
      return "other";
  }
  return "other";
}

}  // namespace ridgeback
