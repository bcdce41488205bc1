// SPDX-License-Identifier: Apache-2.0
// Compute pipelines: layouts read from the module, one pipeline for each set of constants.
#pragma once

#include "ridgeback/gpu/context.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/shader_table.hpp"
#include "ridgeback/gpu/unique.hpp"

#include <map>
#include <memory>
#include <string>

namespace ridgeback::gpu {

[[nodiscard]] VkDescriptorType descriptor_type(BindingKind kind);

/// What the pipelines of one module share.
struct ShaderLayout {
  const Shader* shader = nullptr;
  ShaderFacts facts;
  UniqueSetLayout set;
  UniquePipelineLayout layout;
};

struct Pipeline {
  std::string name;  ///< "fill.baseline", for messages
  const ShaderLayout* layout = nullptr;
  UniquePipeline handle;
};

class Pipelines {
 public:
  explicit Pipelines(const Context& context) : context_(context) {}

  /// See Device::pipeline. New pipelines go through `cache`, which may be null.
  [[nodiscard]] const Pipeline& get(const PipelineKey& key, VkPipelineCache cache);
  /// How many pipelines were made so far.
  [[nodiscard]] std::size_t made() const { return pipelines_.size(); }

  /// A pipeline with further creation flags that is not kept.
  [[nodiscard]] Pipeline create(const PipelineKey& key, VkPipelineCreateFlags flags,
                                VkPipelineCache cache);

 private:
  [[nodiscard]] const ShaderLayout& layout_of(const PipelineKey& key);
  void check_constants(const PipelineKey& key, const ShaderLayout& layout) const;

  const Context& context_;
  std::map<const Shader*, std::unique_ptr<ShaderLayout>> layouts_;
  std::map<PipelineKey, std::unique_ptr<Pipeline>> pipelines_;
};

}  // namespace ridgeback::gpu
