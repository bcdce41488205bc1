// SPDX-License-Identifier: Apache-2.0
// The implementation of Device.
#pragma once

#include "ridgeback/gpu/context.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/memory.hpp"
#include "ridgeback/gpu/pipeline.hpp"
#include "ridgeback/gpu/pipeline_cache.hpp"
#include "ridgeback/gpu/queue.hpp"
#include "ridgeback/gpu/staging.hpp"

#include <string_view>
#include <vector>

namespace ridgeback::gpu {

class VulkanDevice final : public Device {
 public:
  VulkanDevice(std::shared_ptr<Instance> instance, PhysicalDevice physical, DevicePlan plan);
  ~VulkanDevice() override;

  [[nodiscard]] const DeviceSnapshot& snapshot() const override { return context_.snapshot(); }
  [[nodiscard]] const DevicePlan& plan() const override { return context_.plan(); }
  [[nodiscard]] Buffer allocate(std::uint64_t bytes, Domain domain,
                                std::string_view purpose) override;
  [[nodiscard]] std::uint64_t bytes_in_use() const override { return bytes_in_use_; }
  [[nodiscard]] std::uint64_t peak_bytes() const override { return peak_bytes_; }
  [[nodiscard]] std::uint64_t bytes_available() const override { return memory_.available(); }
  void upload(const Buffer& buffer, std::uint64_t offset,
              std::span<const std::byte> bytes) override;
  void download(const Buffer& buffer, std::uint64_t offset, std::span<std::byte> bytes) override;
  [[nodiscard]] const Pipeline& pipeline(const PipelineKey& key) override;
  [[nodiscard]] std::vector<PipelineStatistic> statistics(const PipelineKey& key) override;
  [[nodiscard]] std::vector<PipelineText> texts(const PipelineKey& key) override;
  [[nodiscard]] CommandBuffer record(std::uint32_t timestamp_slots) override;
  void submit(std::span<CommandBuffer* const> commands) override;
  void wait() override;

  [[nodiscard]] const Context& context() const { return context_; }
  [[nodiscard]] Queue& queue() { return queue_; }
  void count_release(std::uint64_t bytes) { bytes_in_use_ -= bytes; }

 private:
  /// A pipeline that its driver keeps notes about; throws Unsupported, naming `what`, where none
  /// can.
  [[nodiscard]] Pipeline observed(const PipelineKey& key, bool with_texts, std::string_view what);
  /// The host may copy into the buffer itself.
  [[nodiscard]] bool direct(const Buffer::Impl& buffer) const;

  // Destroyed in reverse: what uses the device goes first.
  Context context_;
  Memory memory_;
  Queue queue_;
  PipelineCache cache_;
  Pipelines pipelines_;
  Staging staging_;
  std::uint64_t bytes_in_use_ = 0;
  std::uint64_t peak_bytes_ = 0;
};

}  // namespace ridgeback::gpu
