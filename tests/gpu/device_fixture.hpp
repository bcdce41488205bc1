// SPDX-License-Identifier: Apache-2.0
// A device for a test, and the kernel `fill` on it.
#pragma once

#include "ridgeback/gpu/device.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "memory/fill.h"

namespace ridgeback::gpu::testing {

class DeviceFixture : public ::testing::Test {
 protected:
  // One device for all tests of a process: opening one takes longer than most of them.
  [[nodiscard]] static Device& device() {
    static const std::shared_ptr<Device> opened = Device::open();
    return *opened;
  }

  [[nodiscard]] static const Pipeline& fill(std::uint32_t local_size) {
    return device().pipeline({"fill", "baseline", {local_size}});
  }

  /// Records a launch of `fill` that covers `threads` invocations.
  static void record_fill(CommandBuffer& commands, const BufferRange& range, std::uint32_t count,
                          std::uint32_t word, std::uint32_t threads) {
    const shaders::FillParams push{count, word};
    commands.dispatch(fill(64), {&range, 1}, std::as_bytes(std::span(&push, 1)),
                      {(threads + 63) / 64, 1, 1}, "fill");
  }

  static void run(CommandBuffer& commands) {
    CommandBuffer* const one = &commands;
    device().submit({&one, 1});
    device().wait();
  }

  [[nodiscard]] static Buffer words_buffer(std::uint64_t count, std::uint32_t word) {
    Buffer buffer = device().allocate(count * 4, Domain::device, "a test");
    upload_words(buffer, std::vector<std::uint32_t>(count, word));
    return buffer;
  }

  static void upload_words(const Buffer& buffer, const std::vector<std::uint32_t>& words) {
    device().upload(buffer, 0, std::as_bytes(std::span(words)));
  }

  [[nodiscard]] static std::vector<std::uint32_t> download_words(const Buffer& buffer,
                                                                 std::uint64_t count) {
    std::vector<std::uint32_t> words(count);
    device().download(buffer, 0, std::as_writable_bytes(std::span(words)));
    return words;
  }
};

}  // namespace ridgeback::gpu::testing
