// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/target.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {

bool Target::has(std::string_view kernel, std::string_view variant) const {
  const auto found = kernels.find(kernel);
  return found != kernels.end() && std::ranges::find(found->second, variant) != found->second.end();
}

std::string choose_variant(const Target& target, std::string_view kernel,
                           const std::vector<std::string>& candidates) {
  const auto forced = target.forced.find(kernel);
  const auto offered = [&](const std::string& variant) {
    return candidates.empty() || std::ranges::find(candidates, variant) != candidates.end();
  };
  if (forced != target.forced.end() && target.has(kernel, forced->second) &&
      offered(forced->second)) {
    return forced->second;
  }
  for (const std::string& candidate : candidates) {
    if (target.has(kernel, candidate)) return candidate;
  }
  const auto found = target.kernels.find(kernel);
  if (found == target.kernels.end() || found->second.empty()) {
    throw Unsupported(fmt::format("{}: no variant of this kernel is usable on the device", kernel));
  }
  return found->second.front();
}

}  // namespace ridgeback
