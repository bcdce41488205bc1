// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/launch.hpp"

#include <algorithm>

namespace ridgeback::ops {

std::uint32_t local_size(const Target& target) {
  // 128 is what every device offers; a CPU driver runs a group on one thread, eight lanes at a
  // time.
  return target.is_cpu() ? 64 : 128;
}

std::vector<std::string> serial_or_baseline(const Target& target) {
  if (target.is_cpu()) return {"serial", "baseline"};
  return {"baseline", "serial"};
}

bool offers_forced(const Target& target, const std::string& kernel,
                   const std::vector<std::string>& variants) {
  const auto forced = target.forced.find(kernel);
  return forced == target.forced.end() ||
         (target.has(kernel, forced->second) && std::ranges::count(variants, forced->second) > 0);
}

std::uint32_t items_per_invocation(const Target& target, std::int64_t units, std::uint32_t most) {
  // Invocations that fill the device: a few groups for each of a CPU's threads, or many waves.
  const std::int64_t enough = target.is_cpu() ? 4096 : 131072;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(units / enough, 1, most));
}

std::uint32_t last_texel(const TensorSpec& tensor) {
  return static_cast<std::uint32_t>((tensor.bytes() - 1) / 16);
}

Walk collapse(const Shape& shape, const std::vector<std::vector<std::int64_t>>& strides) {
  // Innermost first.
  std::vector<std::int64_t> extents;
  std::vector<std::vector<std::int64_t>> merged(strides.size());
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t extent = shape[axis];
    if (extent == 1) continue;
    const auto at = static_cast<std::size_t>(axis);
    bool continues = !extents.empty();
    for (std::size_t k = 0; continues && k < strides.size(); ++k) {
      continues = strides[k][at] == merged[k].back() * extents.back();
    }
    if (continues) {
      extents.back() *= extent;
      continue;
    }
    extents.push_back(extent);
    for (std::size_t k = 0; k < strides.size(); ++k) merged[k].push_back(strides[k][at]);
  }
  Walk walk;
  walk.strides.resize(strides.size());
  walk.inner_strides.assign(strides.size(), 1);
  if (extents.empty()) return walk;
  walk.inner = extents[0];
  walk.extents.assign(extents.begin() + 1, extents.end());
  for (const std::int64_t extent : walk.extents) walk.outer *= extent;
  for (std::size_t k = 0; k < strides.size(); ++k) {
    walk.inner_strides[k] = merged[k][0];
    walk.strides[k].assign(merged[k].begin() + 1, merged[k].end());
  }
  return walk;
}

std::vector<std::int64_t> row_major_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()), 1);
  for (int axis = shape.rank() - 2; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] =
        strides[static_cast<std::size_t>(axis + 1)] * shape[axis + 1];
  }
  return strides;
}

std::vector<std::int64_t> broadcast_strides(const Shape& from, const Shape& shape) {
  const std::vector<std::int64_t> own = row_major_strides(from);
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()), 0);
  for (int axis = 1; axis <= from.rank(); ++axis) {
    if (from[-axis] == 1) continue;
    strides[strides.size() - static_cast<std::size_t>(axis)] =
        own[own.size() - static_cast<std::size_t>(axis)];
  }
  return strides;
}

}  // namespace ridgeback::ops
