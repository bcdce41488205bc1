// SPDX-License-Identifier: Apache-2.0
// One opened Vulkan device: memory, pipelines, recorded commands. The headers of this room hold no
// Vulkan type; its sources are the only ones that include Vulkan.
#pragma once

#include "ridgeback/gpu/plan.hpp"
#include "ridgeback/gpu/shader_table.hpp"
#include "ridgeback/gpu/snapshot.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::gpu {

/// What memory is for. `device` is read and written by kernels, `upload` is written by the host and
/// read by the device, `readback` the other way round; the last two stay mapped.
enum class Domain : std::uint8_t { device, upload, readback };

/// A piece of device memory; move-only, gives its memory back when destroyed. Keeps its device
/// alive.
class Buffer {
 public:
  Buffer();
  Buffer(Buffer&&) noexcept;
  Buffer& operator=(Buffer&&) noexcept;
  ~Buffer();

  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] explicit operator bool() const { return impl_ != nullptr; }
  /// Host address of an upload or readback buffer; empty for device memory.
  [[nodiscard]] std::span<std::byte> mapped() const;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }
  explicit Buffer(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// A run of bytes of a buffer. The offset must be a multiple of limits().storage_offset_alignment
/// when bound to a kernel.
struct BufferRange {
  const Buffer* buffer = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// Names a pipeline: a shader and the values of its specialization constants, ids 0, 1, 2...
struct PipelineKey {
  std::string kernel;
  std::string variant;
  std::vector<std::uint32_t> constants;
  auto operator<=>(const PipelineKey&) const = default;
};

/// A compiled pipeline; owned by the device, valid as long as it.
struct Pipeline;

/// Commands recorded once and submitted any number of times; one submission of it at a time.
/// Move-only.
class CommandBuffer {
 public:
  CommandBuffer(CommandBuffer&&) noexcept;
  CommandBuffer& operator=(CommandBuffer&&) noexcept;
  ~CommandBuffer();

  /// One launch. `bindings` in binding order. Group counts may exceed no limit; `base` shifts
  /// gl_WorkGroupID, so one launch can be cut into several. `label` is what errors and profiles
  /// call it.
  void dispatch(const Pipeline& pipeline, std::span<const BufferRange> bindings,
                std::span<const std::byte> push, std::array<std::uint32_t, 3> groups,
                std::string_view label, std::array<std::uint32_t, 3> base = {0, 0, 0});
  /// Everything before is visible to everything after (compute, transfer and host).
  void barrier();
  /// Ranges of equal length that do not overlap; multiples of 4 bytes.
  void copy(const BufferRange& from, const BufferRange& to);
  /// Fills with a repeated word.
  void fill(const BufferRange& range, std::uint32_t word);
  /// Writes the device time into slot `slot` (below the count given to Device::record).
  void timestamp(std::uint32_t slot);
  /// Ends recording; must be called once before the first submission.
  void finish();
  /// Times of the slots of the last completed submission, in ns from slot 0; empty without device
  /// timestamps.
  [[nodiscard]] std::vector<double> timestamps_ns() const;
  /// Labels of the recorded launches, in order.
  [[nodiscard]] const std::vector<std::string>& labels() const;

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }
  explicit CommandBuffer(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// Statistic of a compiled pipeline as its driver reports it
/// (VK_KHR_pipeline_executable_properties).
struct PipelineStatistic {
  std::string name;
  std::string description;
  double value = 0;
};

/// A form of a compiled pipeline that its driver shows as text: SPIR-V, the compiler's own
/// language, the instructions of the chip ("Assembly").
struct PipelineText {
  std::string name;
  std::string description;
  std::string text;
};

/// Thread-compatible: calls on one device must not run at the same time.
class Device : public std::enable_shared_from_this<Device> {
 public:
  /// Opens the best device or the one that `selector` names (see choose_device). Throws Unsupported
  /// without a Vulkan loader or usable device; the message says what was looked for and which
  /// package would help.
  [[nodiscard]] static std::shared_ptr<Device> open(const std::string& selector = "");
  /// As above with explicit switches instead of the environment's.
  [[nodiscard]] static std::shared_ptr<Device> open(const std::string& selector,
                                                    const PlanOptions& options);
  virtual ~Device() = default;

  [[nodiscard]] virtual const DeviceSnapshot& snapshot() const = 0;
  [[nodiscard]] virtual const DevicePlan& plan() const = 0;
  [[nodiscard]] const Limits& limits() const { return plan().limits; }

  /// Throws OutOfMemory, naming `purpose`, the request and what the heap has left. Zero bytes give
  /// a small valid buffer. Contents are undefined.
  [[nodiscard]] virtual Buffer allocate(std::uint64_t bytes, Domain domain,
                                        std::string_view purpose) = 0;
  /// Bytes now allocated through this device, and the most there ever were.
  [[nodiscard]] virtual std::uint64_t bytes_in_use() const = 0;
  [[nodiscard]] virtual std::uint64_t peak_bytes() const = 0;
  /// Bytes that may still be allocated in device memory (budget where the driver tells, else the
  /// heap).
  [[nodiscard]] virtual std::uint64_t bytes_available() const = 0;

  /// Host to device and back through a staging ring; both wait until done. Offsets are multiples of
  /// 4; a length that is not is rounded up within the buffer.
  virtual void upload(const Buffer& buffer, std::uint64_t offset,
                      std::span<const std::byte> bytes) = 0;
  virtual void download(const Buffer& buffer, std::uint64_t offset, std::span<std::byte> bytes) = 0;

  /// Compiled on first use, cached in memory and on disk. Throws Unsupported where the variant
  /// needs what the device lacks, InvalidArgument for an unknown kernel, DeviceError where the
  /// driver refuses it.
  [[nodiscard]] virtual const Pipeline& pipeline(const PipelineKey& key) = 0;
  /// What the driver says of a pipeline, compiled anew for it. Throws Unsupported without the
  /// capability pipeline_statistics; a driver may offer that and have nothing to say.
  [[nodiscard]] virtual std::vector<PipelineStatistic> statistics(const PipelineKey& key) = 0;
  [[nodiscard]] virtual std::vector<PipelineText> texts(const PipelineKey& key) = 0;

  /// A command buffer in the recording state with room for `timestamp_slots` timestamps.
  [[nodiscard]] virtual CommandBuffer record(std::uint32_t timestamp_slots = 0) = 0;
  /// Submits in order and returns at once; wait() returns when all submitted work is done. Throws
  /// DeviceError (with the labels of the last launches when the device was lost).
  virtual void submit(std::span<CommandBuffer* const> commands) = 0;
  virtual void wait() = 0;
};

/// Every device that the loader reports, usable or not. Throws Unsupported without a Vulkan loader.
[[nodiscard]] std::vector<DeviceSnapshot> enumerate_devices();

/// Messages of the validation layers in this process so far. They are asked for by
/// RIDGEBACK_VALIDATION=1, written to standard error as they come, and counted at exit.
[[nodiscard]] std::uint64_t validation_messages();

}  // namespace ridgeback::gpu
