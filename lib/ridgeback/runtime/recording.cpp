// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/recording.hpp"

#include <algorithm>
#include <cmath>

namespace ridgeback {
namespace {

struct Rates {
  double flops_per_ms;
  double bytes_per_ms;
};

// A tenth or less of what the slowest devices of each class reach with our kernels.
Rates rates_of(DeviceClass device_class) {
  switch (device_class) {
    case DeviceClass::discrete:
      return {2e8, 1e7};
    case DeviceClass::integrated:
    case DeviceClass::virtual_gpu:
      return {2e7, 2e6};
    case DeviceClass::cpu:
      return {1e7, 2e6};
    case DeviceClass::other:
      return {5e5, 2e5};
  }
  return {5e5, 2e5};
}

void cut(int index, const Dispatch& dispatch, int parts,
         const std::array<std::uint32_t, 3>& max_groups, std::vector<Slice>& slices) {
  const auto& groups = dispatch.group_counts;
  const auto axis = static_cast<std::size_t>(std::ranges::max_element(groups) - groups.begin());
  std::array<std::uint32_t, 3> step = groups;
  step[axis] = std::max(
      1U, static_cast<std::uint32_t>(std::ceil(static_cast<double>(groups[axis]) / parts)));
  for (std::size_t i = 0; i < 3; ++i) step[i] = std::min(step[i], max_groups[i]);
  for (std::uint32_t z = 0; z < groups[2]; z += step[2]) {
    for (std::uint32_t y = 0; y < groups[1]; y += step[1]) {
      for (std::uint32_t x = 0; x < groups[0]; x += step[0]) {
        slices.push_back({index,
                          {x, y, z},
                          {std::min(step[0], groups[0] - x), std::min(step[1], groups[1] - y),
                           std::min(step[2], groups[2] - z)}});
      }
    }
  }
}

}  // namespace

double estimated_ms(const Dispatch& dispatch, DeviceClass device_class) {
  const Rates rates = rates_of(device_class);
  return 0.005 + std::max(dispatch.flops / rates.flops_per_ms, dispatch.bytes / rates.bytes_per_ms);
}

std::vector<Segment> cut_segments(const Program& program, DeviceClass device_class,
                                  double budget_ms,
                                  const std::array<std::uint32_t, 3>& max_groups) {
  std::vector<Segment> segments;
  Segment current;
  double filled = 0;
  for (int i = 0; i < static_cast<int>(program.launches.size()); ++i) {
    const Dispatch& dispatch = program.launches[static_cast<std::size_t>(i)].dispatch;
    const double ms = estimated_ms(dispatch, device_class);
    std::vector<Slice> slices;
    cut(i, dispatch, std::max(1, static_cast<int>(std::ceil(ms / budget_ms))), max_groups, slices);
    for (const Slice& slice : slices) {
      const double share = ms / static_cast<double>(slices.size());
      if (!current.empty() && filled + share > budget_ms) {
        segments.push_back(std::move(current));
        current.clear();
        filled = 0;
      }
      current.push_back(slice);
      filled += share;
    }
  }
  if (!current.empty() || segments.empty()) segments.push_back(std::move(current));
  return segments;
}

}  // namespace ridgeback
