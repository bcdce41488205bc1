// SPDX-License-Identifier: Apache-2.0
// What the driver says about a compiled pipeline: registers, spills, instructions...
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/vulkan_device.hpp"

#include <fmt/core.h>

namespace ridgeback::gpu {
namespace {

double value_of(const VkPipelineExecutableStatisticKHR& statistic) {
  switch (statistic.format) {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR:
      return statistic.value.b32 != VK_FALSE ? 1 : 0;
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR:
      return static_cast<double>(statistic.value.i64);
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR:
      return static_cast<double>(statistic.value.u64);
    default:
      return statistic.value.f64;
  }
}

void read_executable(const Context& context, VkPipeline pipeline, std::uint32_t index,
                     std::vector<PipelineStatistic>& out) {
  const auto query = context.functions().executable_statistics;
  const VkPipelineExecutableInfoKHR info{.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR,
                                         .pipeline = pipeline,
                                         .executableIndex = index};
  std::uint32_t count = 0;
  check(query(context.get(), &info, &count, nullptr), "vkGetPipelineExecutableStatisticsKHR");
  std::vector<VkPipelineExecutableStatisticKHR> statistics(
      count, {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR});
  check(query(context.get(), &info, &count, statistics.data()),
        "vkGetPipelineExecutableStatisticsKHR");
  for (std::uint32_t i = 0; i < count; ++i) {
    out.push_back({statistics[i].name, statistics[i].description, value_of(statistics[i])});
  }
}

}  // namespace

std::vector<PipelineStatistic> VulkanDevice::statistics(const PipelineKey& key) {
  const auto count_executables = context_.functions().executable_properties;
  if (!context_.has(Capability::pipeline_statistics) || count_executables == nullptr) {
    throw Unsupported(
        fmt::format("statistics: {} does not offer pipeline_statistics", context_.snapshot().name));
  }
  // Drivers gather statistics only on request, and a cached pipeline may lack them.
  const Pipeline pipeline =
      pipelines_.create(key, VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR, VK_NULL_HANDLE);
  const VkPipelineInfoKHR info{.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR,
                               .pipeline = pipeline.handle.get()};
  std::uint32_t count = 0;
  check(count_executables(context_.get(), &info, &count, nullptr),
        "vkGetPipelineExecutablePropertiesKHR");
  std::vector<PipelineStatistic> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    read_executable(context_, pipeline.handle.get(), i, out);
  }
  return out;
}

}  // namespace ridgeback::gpu
