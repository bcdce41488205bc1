// SPDX-License-Identifier: Apache-2.0
// What the driver says about a compiled pipeline: registers, spills, instructions, their text.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/vulkan_device.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

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

void read_texts(const Context& context, VkPipeline pipeline, std::uint32_t index,
                std::vector<PipelineText>& out) {
  constexpr const char* call = "vkGetPipelineExecutableInternalRepresentationsKHR";
  const auto query = context.functions().executable_texts;
  const VkPipelineExecutableInfoKHR info{.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR,
                                         .pipeline = pipeline,
                                         .executableIndex = index};
  std::uint32_t count = 0;
  check(query(context.get(), &info, &count, nullptr), call);
  std::vector<VkPipelineExecutableInternalRepresentationKHR> forms(
      count, {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR});
  // The first call tells how long each is, the second fills them in.
  check(query(context.get(), &info, &count, forms.data()), call);
  std::vector<std::string> contents(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    contents[i].resize(forms[i].dataSize);
    forms[i].pData = contents[i].data();
  }
  check(query(context.get(), &info, &count, forms.data()), call);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (forms[i].isText == VK_FALSE) continue;
    contents[i].resize(std::min(contents[i].find('\0'), contents[i].size()));
    out.push_back({forms[i].name, forms[i].description, std::move(contents[i])});
  }
}

std::uint32_t executables(const Context& context, VkPipeline pipeline) {
  const VkPipelineInfoKHR info{.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, .pipeline = pipeline};
  std::uint32_t count = 0;
  check(context.functions().executable_properties(context.get(), &info, &count, nullptr),
        "vkGetPipelineExecutablePropertiesKHR");
  return count;
}

}  // namespace

Pipeline VulkanDevice::observed(const PipelineKey& key, bool with_texts, std::string_view what) {
  const DeviceFunctions& functions = context_.functions();
  if (!context_.has(Capability::pipeline_statistics) ||
      functions.executable_properties == nullptr || functions.executable_statistics == nullptr ||
      functions.executable_texts == nullptr) {
    throw Unsupported(
        fmt::format("{}: {} does not offer pipeline_statistics", what, context_.snapshot().name));
  }
  // Drivers take notes only on request, and a cached pipeline may lack them.
  VkPipelineCreateFlags flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
  if (with_texts) flags |= VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
  return pipelines_.create(key, flags, VK_NULL_HANDLE);
}

std::vector<PipelineStatistic> VulkanDevice::statistics(const PipelineKey& key) {
  const Pipeline pipeline = observed(key, false, "statistics");
  const std::uint32_t count = executables(context_, pipeline.handle.get());
  std::vector<PipelineStatistic> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    read_executable(context_, pipeline.handle.get(), i, out);
  }
  return out;
}

std::vector<PipelineText> VulkanDevice::texts(const PipelineKey& key) {
  const Pipeline pipeline = observed(key, true, "texts");
  const std::uint32_t count = executables(context_, pipeline.handle.get());
  std::vector<PipelineText> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    read_texts(context_, pipeline.handle.get(), i, out);
  }
  return out;
}

}  // namespace ridgeback::gpu
