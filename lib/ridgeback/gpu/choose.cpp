// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/plan.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fmt/core.h>
#include <optional>

namespace ridgeback::gpu {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<std::size_t> number(const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

bool names(const DeviceSnapshot& device, std::size_t position, const std::string& selector) {
  if (selector.empty()) return true;
  if (const auto wanted = number(selector)) return *wanted == position;
  return lower(device.name).find(lower(selector)) != std::string::npos;
}

std::uint64_t local_bytes(const DeviceSnapshot& device) {
  std::uint64_t largest = 0;
  for (const MemoryHeap& heap : device.heaps) {
    if (heap.device_local) largest = std::max(largest, heap.bytes);
  }
  return largest;
}

// Both lists are short; a device comes before another where it is of a better class or larger.
bool better(const DeviceSnapshot& a, const DeviceSnapshot& b) {
  if (a.device_class != b.device_class) return a.device_class < b.device_class;
  return local_bytes(a) > local_bytes(b);
}

std::string listing(std::span<const DeviceSnapshot> devices) {
  std::string text;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    text += fmt::format("\n  {}: {} ({})", i, devices[i].name, name(devices[i].device_class));
  }
  return text;
}

}  // namespace

std::size_t choose_device(std::span<const DeviceSnapshot> devices, const std::string& selector,
                          const PlanOptions& options) {
  if (devices.empty()) {
    throw Unsupported(
        "open: the Vulkan loader reports no device. Install the driver of the GPU; on Debian the "
        "package mesa-vulkan-drivers serves AMD, Intel and, without a GPU, the CPU");
  }
  std::optional<std::size_t> best;
  std::string refusals;
  bool any_named = false;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (!names(devices[i], i, selector)) continue;
    any_named = true;
    try {
      static_cast<void>(plan_device(devices[i], options));
    } catch (const Unsupported& error) {
      refusals += fmt::format("\n  {}", error.what());
      continue;
    }
    if (!best || better(devices[i], devices[*best])) best = i;
  }
  require(any_named,
          fmt::format("open: no device is called '{}'; there are:{}", selector, listing(devices)));
  if (!best) throw Unsupported("open: no usable Vulkan device:" + refusals);
  return *best;
}

}  // namespace ridgeback::gpu
