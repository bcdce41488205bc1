// SPDX-License-Identifier: Apache-2.0
// Opening devices: enumeration, selectors, switches, the way that submissions are waited for.
#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "gpu/device_fixture.hpp"

namespace ridgeback::gpu {
namespace {

TEST(Open, EveryListedDeviceIsDescribed) {
  const std::vector<DeviceSnapshot> devices = enumerate_devices();
  ASSERT_FALSE(devices.empty());
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const DeviceSnapshot& device = devices[i];
    EXPECT_EQ(device.index, static_cast<int>(i));
    EXPECT_FALSE(device.name.empty());
    if (!device.problem.empty()) continue;
    EXPECT_FALSE(device.heaps.empty());
    EXPECT_FALSE(device.queue_families.empty());
    EXPECT_FALSE(device.extensions.empty());
    for (const MemoryType& type : device.memory_types) EXPECT_LT(type.heap, device.heaps.size());
  }
}

TEST(Open, ASelectorPicksByNumberOrName) {
  const std::shared_ptr<Device> best = Device::open();
  const DeviceSnapshot& snapshot = best->snapshot();
  EXPECT_EQ(Device::open(std::to_string(snapshot.index))->snapshot().name, snapshot.name);
  EXPECT_EQ(Device::open(snapshot.name)->snapshot().name, snapshot.name);
  EXPECT_THROW(static_cast<void>(Device::open("a device that nobody makes")), InvalidArgument);
}

TEST(Open, SwitchesReachThePlan) {
  const std::shared_ptr<Device> masked = Device::open("", {.baseline = true});
  EXPECT_TRUE(masked->plan().capabilities.empty());
  EXPECT_EQ(masked->limits().max_workgroup_invocations, Limits{}.max_workgroup_invocations);
  EXPECT_THROW(static_cast<void>(masked->pipeline({"fill", "baseline", {129}})), Unsupported);
  EXPECT_THROW(static_cast<void>(masked->statistics({"fill", "baseline", {64}})), Unsupported);
}

// With timeline semaphores and with fences alone: many submissions, each waited for in some way.
TEST(Open, ManySubmissionsFinishWithAndWithoutTimelineSemaphores) {
  for (const PlanOptions& options :
       {PlanOptions{}, PlanOptions{.disabled = {Capability::timeline_semaphore}}}) {
    const std::shared_ptr<Device> device = Device::open("", options);
    const Buffer buffer = device->allocate(256, Domain::device, "a test");
    std::vector<CommandBuffer> recorded;
    for (std::uint32_t i = 0; i < 3; ++i) {
      recorded.push_back(device->record());
      recorded.back().fill({&buffer, 0, 256}, i);
      recorded.back().finish();
    }
    for (int round = 0; round < 200; ++round) {
      for (CommandBuffer& commands : recorded) {
        CommandBuffer* const one = &commands;
        device->submit({&one, 1});
      }
      if (round % 50 == 7) device->wait();
    }
    std::vector<std::uint32_t> words(64);
    device->download(buffer, 0, std::as_writable_bytes(std::span(words)));
    EXPECT_EQ(words, std::vector<std::uint32_t>(64, 2));
    device->wait();
  }
}

// Through the staging ring, which CPU drivers need only in the baseline: parts of a buffer of
// several chunks, with work in flight before and after.
TEST(Open, StagedTransfersWaitForTheWorkAroundThem) {
  const std::shared_ptr<Device> device = Device::open("", {.baseline = true});
  ASSERT_FALSE(device->plan().direct_transfer);
  constexpr std::size_t words = 5 << 20;
  const Buffer buffer = device->allocate(words * 4, Domain::device, "a test");
  CommandBuffer clear = device->record();
  clear.fill({&buffer, 0, words * 4}, 0xaaaaaaaa);
  clear.finish();
  CommandBuffer mark = device->record();
  mark.fill({&buffer, 8, 4}, 0xbbbbbbbb);
  mark.finish();
  std::vector<std::uint32_t> sent(words - 2);
  for (std::size_t i = 0; i < sent.size(); ++i)
    sent[i] = static_cast<std::uint32_t>(i * 2654435761);
  for (int round = 0; round < 2; ++round) {
    CommandBuffer* one = &clear;
    device->submit({&one, 1});
    device->upload(buffer, 4, std::as_bytes(std::span(sent)));
    one = &mark;
    device->submit({&one, 1});
    std::vector<std::uint32_t> back(words);
    device->download(buffer, 0, std::as_writable_bytes(std::span(back)));
    EXPECT_EQ(back.front(), 0xaaaaaaaaU);
    EXPECT_EQ(back.back(), 0xaaaaaaaaU);
    EXPECT_EQ(back[1], sent[0]);
    EXPECT_EQ(back[2], 0xbbbbbbbbU);
    EXPECT_TRUE(std::equal(sent.begin() + 2, sent.end(), back.begin() + 3));
  }
}

TEST(Open, CommandsAndBuffersOfAnotherDeviceAreRefused) {
  const std::shared_ptr<Device> one = Device::open();
  const std::shared_ptr<Device> other = Device::open();
  const Buffer buffer = other->allocate(16, Domain::device, "a test");
  std::array<std::byte, 16> bytes{};
  EXPECT_THROW(one->upload(buffer, 0, bytes), InvalidArgument);
  CommandBuffer mine = one->record();
  EXPECT_THROW(mine.fill({&buffer, 0, 16}, 0), InvalidArgument);
  CommandBuffer commands = other->record();
  commands.finish();
  CommandBuffer* const pointer = &commands;
  EXPECT_THROW(one->submit({&pointer, 1}), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::gpu
