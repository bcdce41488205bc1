// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/timestamps.hpp"

#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/command_buffer.hpp"
#include "ridgeback/gpu/vulkan_device.hpp"

#include <limits>

namespace ridgeback::gpu {

std::vector<double> ticks_to_ns(std::span<const std::optional<std::uint64_t>> ticks,
                                std::uint32_t valid_bits, double period_ns) {
  const std::uint64_t mask =
      valid_bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << valid_bits) - 1;
  std::vector<double> times;
  for (const std::optional<std::uint64_t>& tick : ticks) {
    if (!tick || !ticks[0]) {
      times.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    times.push_back(static_cast<double>((*tick - *ticks[0]) & mask) * period_ns);
  }
  return times;
}

std::vector<double> CommandBuffer::timestamps_ns() const {
  if (!impl_->queries || impl_->submission == 0) return {};
  const Context& context = impl_->device->context();
  impl_->device->queue().wait(impl_->submission);
  std::vector<std::optional<std::uint64_t>> ticks(impl_->slot_written.size());
  for (std::uint32_t slot = 0; slot < ticks.size(); ++slot) {
    if (!impl_->slot_written[slot]) continue;
    std::uint64_t value = 0;
    check(vkGetQueryPoolResults(context.get(), impl_->queries.get(), slot, 1, sizeof value, &value,
                                sizeof value, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
          "vkGetQueryPoolResults");
    ticks[slot] = value;
  }
  const auto& family = context.snapshot().queue_families[context.plan().queue_family];
  return ticks_to_ns(ticks, family.timestamp_bits, context.snapshot().timestamp_period_ns);
}

}  // namespace ridgeback::gpu
