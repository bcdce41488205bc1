// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/pipeline.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/check.hpp"

#include <fmt/core.h>
#include <utility>
#include <vector>

namespace ridgeback::gpu {
namespace {

std::string name_of(const PipelineKey& key) {
  return fmt::format("{}.{}", key.kernel, key.variant);
}

const Shader& shader_of(const PipelineKey& key) {
  const Shader* shader = find_shader(key.kernel, key.variant);
  require(shader != nullptr, fmt::format("pipeline: no kernel {} in this build", name_of(key)));
  return *shader;
}

UniqueSetLayout make_set_layout(VkDevice device, const ShaderFacts& facts) {
  std::vector<VkDescriptorSetLayoutBinding> bindings;
  for (const ShaderFacts::Binding& binding : facts.bindings) {
    bindings.push_back({.binding = binding.number,
                        .descriptorType = descriptor_type(binding.kind),
                        .descriptorCount = 1,
                        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT});
  }
  const VkDescriptorSetLayoutCreateInfo info{
      .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
      .bindingCount = static_cast<std::uint32_t>(bindings.size()),
      .pBindings = bindings.data()};
  VkDescriptorSetLayout handle = VK_NULL_HANDLE;
  check(vkCreateDescriptorSetLayout(device, &info, nullptr, &handle),
        "vkCreateDescriptorSetLayout");
  return {device, handle};
}

UniquePipelineLayout make_layout(VkDevice device, const ShaderFacts& facts,
                                 VkDescriptorSetLayout set) {
  const VkPushConstantRange push{.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
                                 .offset = 0,
                                 .size = (facts.push_bytes + 3) / 4 * 4};
  const VkPipelineLayoutCreateInfo info{.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
                                        .setLayoutCount = 1,
                                        .pSetLayouts = &set,
                                        .pushConstantRangeCount = facts.push_bytes > 0 ? 1U : 0U,
                                        .pPushConstantRanges = &push};
  VkPipelineLayout handle = VK_NULL_HANDLE;
  check(vkCreatePipelineLayout(device, &info, nullptr, &handle), "vkCreatePipelineLayout");
  return {device, handle};
}

UniqueShaderModule make_module(VkDevice device, const Shader& shader) {
  const VkShaderModuleCreateInfo info{.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
                                      .codeSize = shader.words.size_bytes(),
                                      .pCode = shader.words.data()};
  VkShaderModule handle = VK_NULL_HANDLE;
  check(vkCreateShaderModule(device, &info, nullptr, &handle), "vkCreateShaderModule");
  return {device, handle};
}

std::vector<VkSpecializationMapEntry> map_entries(std::size_t count) {
  std::vector<VkSpecializationMapEntry> entries;
  for (std::uint32_t id = 0; id < count; ++id) {
    entries.push_back({.constantID = id, .offset = id * 4, .size = 4});
  }
  return entries;
}

constexpr VkPipelineShaderStageCreateFlags full_subgroups =
    VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;

bool uses_subgroups(const ShaderFacts& facts) {
  return facts.needs.has(Capability::subgroup_basic) || facts.needs.has(Capability::coopmat);
}

}  // namespace

VkDescriptorType descriptor_type(BindingKind kind) {
  return kind == BindingKind::storage ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
                                      : VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
}

const ShaderLayout& Pipelines::layout_of(const PipelineKey& key) {
  const Shader& shader = shader_of(key);
  std::unique_ptr<ShaderLayout>& kept = layouts_[&shader];
  if (kept) return *kept;
  auto made = std::make_unique<ShaderLayout>();
  made->shader = &shader;
  made->facts = reflect(shader.words);
  const std::string missing = missing_for(made->facts, context_.plan());
  if (!missing.empty()) {
    throw Unsupported(fmt::format("pipeline: {} needs {}, which {} does not offer", name_of(key),
                                  missing, context_.snapshot().name));
  }
  made->set = make_set_layout(context_.get(), made->facts);
  made->layout = make_layout(context_.get(), made->facts, made->set.get());
  kept = std::move(made);
  return *kept;
}

// Constants are given for ids 0, 1, 2...; the sizes that follow from them must fit the device.
void Pipelines::check_constants(const PipelineKey& key, const ShaderLayout& layout) const {
  const std::vector<std::uint32_t>& ids = layout.facts.constant_ids;
  const std::size_t declared = ids.empty() ? 0 : ids.back() + std::size_t{1};
  require(key.constants.size() <= declared,
          fmt::format("pipeline: {} has too many constants (got {}, expected at most {})",
                      name_of(key), key.constants.size(), declared));
  const ShaderFacts facts = reflect(layout.shader->words, key.constants);
  const Limits& limits = context_.plan().limits;
  std::uint64_t invocations = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::uint32_t size = facts.default_local_size[axis];
    require(size > 0, fmt::format("pipeline: {} has an empty workgroup", name_of(key)));
    if (size > limits.max_workgroup_size[axis]) {
      throw Unsupported(
          fmt::format("pipeline: {} has too large a workgroup (got {} on axis {}, the device "
                      "allows {})",
                      name_of(key), size, axis, limits.max_workgroup_size[axis]));
    }
    invocations *= size;
  }
  if (invocations > limits.max_workgroup_invocations) {
    throw Unsupported(
        fmt::format("pipeline: {} has too large a workgroup (got {} invocations, the device "
                    "allows {})",
                    name_of(key), invocations, limits.max_workgroup_invocations));
  }
  if (facts.shared_bytes > limits.shared_memory_bytes) {
    throw Unsupported(
        fmt::format("pipeline: {} needs too much shared memory (got {} bytes, the device has {})",
                    name_of(key), facts.shared_bytes, limits.shared_memory_bytes));
  }
}

Pipeline Pipelines::create(const PipelineKey& key, VkPipelineCreateFlags flags,
                           VkPipelineCache cache) {
  const ShaderLayout& layout = layout_of(key);
  check_constants(key, layout);
  const UniqueShaderModule module = make_module(context_.get(), *layout.shader);
  const auto entries = map_entries(key.constants.size());
  const VkSpecializationInfo specialization{
      .mapEntryCount = static_cast<std::uint32_t>(entries.size()),
      .pMapEntries = entries.data(),
      .dataSize = key.constants.size() * sizeof(std::uint32_t),
      .pData = key.constants.data()};
  // Kernels that use subgroups count on no lane being missing.
  const std::uint32_t subgroup = context_.plan().limits.subgroup_size;
  const std::uint32_t rows = reflect(layout.shader->words, key.constants).default_local_size[0];
  const bool full = context_.has(Capability::subgroup_size_control) &&
                    uses_subgroups(layout.facts) && rows % subgroup == 0;
  const VkComputePipelineCreateInfo info{
      .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
      .flags = flags | VK_PIPELINE_CREATE_DISPATCH_BASE_BIT,
      .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                .flags = full ? full_subgroups : VkPipelineShaderStageCreateFlags{0},
                .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                .module = module.get(),
                .pName = "main",
                .pSpecializationInfo = &specialization},
      .layout = layout.layout.get()};
  VkPipeline handle = VK_NULL_HANDLE;
  const VkResult result =
      vkCreateComputePipelines(context_.get(), cache, 1, &info, nullptr, &handle);
  check(result, fmt::format("vkCreateComputePipelines for {}", name_of(key)));
  return {.name = name_of(key), .layout = &layout, .handle = {context_.get(), handle}};
}

const Pipeline& Pipelines::get(const PipelineKey& key, VkPipelineCache cache) {
  const auto found = pipelines_.find(key);
  if (found != pipelines_.end()) return *found->second;
  auto made = std::make_unique<Pipeline>(create(key, 0, cache));
  return *pipelines_.emplace(key, std::move(made)).first->second;
}

}  // namespace ridgeback::gpu
