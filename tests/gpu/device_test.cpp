// SPDX-License-Identifier: Apache-2.0
// The device: buffers, transfers, launches, errors.
#include "ridgeback/gpu/device.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>
#include <thread>

#include "gpu/device_fixture.hpp"
#include "memory/fill.h"

namespace ridgeback::gpu {
namespace {

class DeviceTest : public gpu::testing::DeviceFixture {};

TEST_F(DeviceTest, UploadsAndDownloadsAnySizeAndOffset) {
  // 8 MiB is one chunk of the staging ring.
  for (const std::size_t bytes :
       {1UL, 3UL, 4UL, 255UL, 4096UL, (8UL << 20) - 1, (8UL << 20) + 5, (25UL << 20) + 3}) {
    const Buffer buffer = device().allocate(bytes + 8, Domain::device, "a test");
    std::vector<std::byte> sent(bytes);
    for (std::size_t i = 0; i < bytes; ++i) sent[i] = static_cast<std::byte>(i * 7 + i / 251);
    device().upload(buffer, 4, sent);
    std::vector<std::byte> back(bytes, std::byte{0xee});
    device().download(buffer, 4, back);
    EXPECT_EQ(std::memcmp(sent.data(), back.data(), bytes), 0) << bytes;
  }
}

TEST_F(DeviceTest, TransfersOutsideABufferAreRefused) {
  const Buffer buffer = device().allocate(16, Domain::device, "a test");
  std::vector<std::byte> bytes(20);
  EXPECT_THROW(device().upload(buffer, 0, bytes), InvalidArgument);
  EXPECT_THROW(device().download(buffer, 8, std::span(bytes).first(12)), InvalidArgument);
  EXPECT_THROW(device().upload(buffer, 2, std::span(bytes).first(4)), InvalidArgument);
  EXPECT_THROW(device().upload(Buffer(), 0, bytes), InvalidArgument);
  device().upload(buffer, 16, {});
}

TEST_F(DeviceTest, ZeroBytesGiveAValidBuffer) {
  const Buffer buffer = device().allocate(0, Domain::device, "nothing");
  EXPECT_TRUE(static_cast<bool>(buffer));
  EXPECT_EQ(buffer.bytes(), 0U);
  CommandBuffer commands = device().record();
  record_fill(commands, {&buffer, 0, 0}, 0, 1, 1);
  commands.finish();
  run(commands);
}

TEST_F(DeviceTest, HostBuffersStayMapped) {
  Buffer up = device().allocate(64, Domain::upload, "a test");
  const Buffer down = device().allocate(64, Domain::readback, "a test");
  ASSERT_EQ(up.mapped().size(), 64U);
  std::fill(up.mapped().begin(), up.mapped().end(), std::byte{0x5a});
  device().upload(up, 0, std::vector<std::byte>(64, std::byte{0x5a}));
  CommandBuffer commands = device().record();
  commands.copy({&up, 0, 64}, {&down, 0, 64});
  commands.finish();
  run(commands);
  std::vector<std::byte> back(64);
  device().download(down, 0, back);
  EXPECT_EQ(back[63], std::byte{0x5a});
  EXPECT_TRUE(device().allocate(64, Domain::device, "a test").mapped().empty());
}

TEST_F(DeviceTest, FillKernelWritesItsWordsAndNoOthers) {
  for (const std::uint32_t count : {1U, 7U, 64U, 65U, 1000U}) {
    const Buffer buffer = words_buffer(count + 8, 0x11111111);
    CommandBuffer commands = device().record();
    record_fill(commands, {&buffer, 0, std::uint64_t{count + 8} * 4}, count, 0xabcd0123, 1000);
    commands.finish();
    run(commands);
    const std::vector<std::uint32_t> words = download_words(buffer, count + 8);
    EXPECT_EQ(std::count(words.begin(), words.begin() + count, 0xabcd0123U), count);
    EXPECT_EQ(std::count(words.begin() + count, words.end(), 0x11111111U), 8);
  }
}

TEST_F(DeviceTest, ABaseShiftsTheWorkgroups) {
  const Buffer buffer = words_buffer(64 * 4, 0);
  CommandBuffer commands = device().record();
  const shaders::FillParams push{64 * 4, 9};
  const BufferRange range{&buffer, 0, 64 * 4 * 4};
  commands.dispatch(fill(64), {&range, 1}, std::as_bytes(std::span(&push, 1)), {2, 1, 1}, "part",
                    {1, 0, 0});
  commands.finish();
  run(commands);
  const std::vector<std::uint32_t> words = download_words(buffer, 64 * 4);
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(words[i], i / 64 == 1 || i / 64 == 2 ? 9U : 0U) << i;
  }
}

TEST_F(DeviceTest, RecordedCommandsRunAgainAndAgain) {
  const Buffer buffer = words_buffer(64, 0);
  const Buffer copy = words_buffer(64, 0);
  CommandBuffer commands = device().record();
  commands.fill({&buffer, 0, 128}, 3);
  commands.barrier();
  commands.copy({&buffer, 0, 256}, {&copy, 0, 256});
  commands.finish();
  for (const std::uint32_t word : {5U, 6U}) {
    upload_words(buffer, std::vector<std::uint32_t>(64, word));
    run(commands);
    const std::vector<std::uint32_t> words = download_words(copy, 64);
    EXPECT_EQ(words[31], 3U);
    EXPECT_EQ(words[32], word);
  }
}

TEST_F(DeviceTest, ManySubmissionsRunInOrder) {
  const Buffer buffer = words_buffer(64, 0);
  std::vector<CommandBuffer> recorded;
  for (std::uint32_t i = 0; i < 8; ++i) {
    recorded.push_back(device().record());
    record_fill(recorded.back(), {&buffer, 0, 256}, 64, i + 1, 64);
    recorded.back().finish();
  }
  for (int round = 0; round < 40; ++round) {
    for (CommandBuffer& commands : recorded) {
      CommandBuffer* const one = &commands;
      device().submit({&one, 1});
    }
  }
  // The same one twice in a call must wait for itself.
  const std::array<CommandBuffer*, 4> twice{&recorded[0], &recorded[4], &recorded[0], &recorded[5]};
  device().submit(twice);
  device().submit({});
  device().wait();
  EXPECT_EQ(download_words(buffer, 64), std::vector<std::uint32_t>(64, 6));
}

TEST_F(DeviceTest, BuffersAndCommandsMayGoWhileTheyAreInUse) {
  for (int i = 0; i < 20; ++i) {
    const Buffer buffer = words_buffer(4096, 0);
    CommandBuffer commands = device().record();
    record_fill(commands, {&buffer, 0, 4096 * 4}, 4096, 1, 4096);
    commands.finish();
    CommandBuffer* const one = &commands;
    device().submit({&one, 1});
  }
}

TEST_F(DeviceTest, MoreLaunchesThanOneDescriptorPoolHolds) {
  const Buffer buffer = words_buffer(64 * 300, 0);
  CommandBuffer commands = device().record();
  for (std::uint32_t i = 0; i < 300; ++i) {
    record_fill(commands, {&buffer, i * 256, 256}, 64, i, 64);
  }
  commands.finish();
  run(commands);
  const std::vector<std::uint32_t> words = download_words(buffer, 64 * 300);
  for (std::uint32_t i = 0; i < 300; ++i) EXPECT_EQ(words[i * 64 + 63], i);
  EXPECT_EQ(commands.labels().size(), 300U);
}

TEST_F(DeviceTest, WrongLaunchesAreRefusedWhileRecording) {
  const Buffer buffer = words_buffer(1024, 0);
  CommandBuffer commands = device().record();
  const shaders::FillParams push{1, 1};
  const auto bytes = std::as_bytes(std::span(&push, 1));
  const BufferRange good{&buffer, 0, 4096};
  const auto launch = [&](std::vector<BufferRange> ranges, std::span<const std::byte> pushed,
                          std::array<std::uint32_t, 3> groups,
                          std::array<std::uint32_t, 3> base = {0, 0, 0}) {
    commands.dispatch(fill(64), ranges, pushed, groups, "wrong", base);
  };
  EXPECT_THROW(launch({}, bytes, {1, 1, 1}), InvalidArgument);
  EXPECT_THROW(launch({good, good}, bytes, {1, 1, 1}), InvalidArgument);
  EXPECT_THROW(launch({good}, bytes.first(4), {1, 1, 1}), InvalidArgument);
  EXPECT_THROW(launch({{&buffer, 0, 4112}}, bytes, {1, 1, 1}), InvalidArgument);
  EXPECT_THROW(launch({{&buffer, 8192, 0}}, bytes, {1, 1, 1}), InvalidArgument);
  EXPECT_THROW(launch({{nullptr, 0, 4}}, bytes, {1, 1, 1}), InvalidArgument);
  if (device().limits().storage_offset_alignment > 4) {
    EXPECT_THROW(launch({{&buffer, 4, 4}}, bytes, {1, 1, 1}), InvalidArgument);
  }
  const std::uint32_t most = device().limits().max_workgroup_count[1];
  if (most < 0xffffffffU) {
    EXPECT_THROW(launch({good}, bytes, {1, most + 1, 1}), InvalidArgument);
    EXPECT_THROW(launch({good}, bytes, {1, most, 1}, {0, 1, 0}), InvalidArgument);
  }
  EXPECT_THROW(commands.copy({&buffer, 0, 256}, {&buffer, 128, 256}), InvalidArgument);
  EXPECT_THROW(commands.copy({&buffer, 0, 256}, {&buffer, 512, 128}), InvalidArgument);
  EXPECT_THROW(commands.fill({&buffer, 2, 4}, 0), InvalidArgument);
  EXPECT_THROW(commands.timestamp(0), InvalidArgument);
  EXPECT_TRUE(commands.labels().empty());
  EXPECT_THROW(run(commands), InvalidArgument);
  commands.finish();
  EXPECT_THROW(commands.finish(), InvalidArgument);
  EXPECT_THROW(commands.barrier(), InvalidArgument);
}

TEST_F(DeviceTest, TimestampsRise) {
  const Buffer buffer = words_buffer(1 << 16, 0);
  CommandBuffer commands = device().record(4);
  EXPECT_TRUE(commands.timestamps_ns().empty());
  commands.timestamp(0);
  record_fill(commands, {&buffer, 0, 4 << 16}, 1 << 16, 1, 1 << 16);
  commands.barrier();
  commands.timestamp(2);
  EXPECT_THROW(commands.timestamp(2), InvalidArgument);
  EXPECT_THROW(commands.timestamp(4), InvalidArgument);
  commands.finish();
  for (int round = 0; round < 2; ++round) {
    run(commands);
    const std::vector<double> times = commands.timestamps_ns();
    if (times.empty()) GTEST_SKIP() << "no timestamps on this device";
    ASSERT_EQ(times.size(), 4U);
    EXPECT_EQ(times[0], 0);
    EXPECT_GT(times[2], 0);
    EXPECT_LT(times[2], 60e9);
    EXPECT_TRUE(std::isnan(times[1]) && std::isnan(times[3]));
  }
}

TEST_F(DeviceTest, MemoryIsCountedAndRefusedWithNumbers) {
  const std::uint64_t before = device().bytes_in_use();
  {
    const Buffer buffer = device().allocate(1 << 20, Domain::device, "a test");
    EXPECT_EQ(device().bytes_in_use(), before + (1 << 20));
    EXPECT_GE(device().peak_bytes(), before + (1 << 20));
  }
  EXPECT_EQ(device().bytes_in_use(), before);
  EXPECT_GT(device().bytes_available(), 0U);
  for (const std::uint64_t bytes : {std::uint64_t{1} << 45, ~std::uint64_t{0} - 3}) {
    try {
      static_cast<void>(device().allocate(bytes, Domain::device, "the moon"));
      FAIL() << "allocated " << bytes;
    } catch (const OutOfMemory& error) {
      EXPECT_NE(std::string(error.what()).find("the moon"), std::string::npos) << error.what();
      EXPECT_GE(error.requested(), bytes);
    }
  }
  EXPECT_EQ(device().bytes_in_use(), before);
}

TEST_F(DeviceTest, LargeAndSmallBuffersLiveSideBySide) {
  std::vector<Buffer> buffers;
  for (const std::uint64_t bytes : {100ULL, 40ULL << 20, 300ULL, 20ULL << 20, 70ULL << 20}) {
    buffers.push_back(device().allocate(bytes, Domain::device, "a test"));
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    CommandBuffer commands = device().record();
    commands.fill({&buffers[i], 0, buffers[i].bytes()}, static_cast<std::uint32_t>(i));
    commands.finish();
    run(commands);
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const std::vector<std::uint32_t> words = download_words(buffers[i], buffers[i].bytes() / 4);
    EXPECT_EQ(static_cast<std::size_t>(std::count(words.begin(), words.end(), i)), words.size());
  }
}

TEST_F(DeviceTest, ABufferKeepsItsDeviceAlive) {
  Buffer buffer;
  {
    const std::shared_ptr<Device> own = Device::open();
    buffer = own->allocate(64, Domain::device, "a test");
  }
  EXPECT_EQ(buffer.bytes(), 64U);
  Buffer moved = std::move(buffer);
  EXPECT_FALSE(static_cast<bool>(buffer));
  EXPECT_TRUE(static_cast<bool>(moved));
}

}  // namespace
}  // namespace ridgeback::gpu
