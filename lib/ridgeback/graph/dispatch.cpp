// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/dispatch.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {
namespace {

// Must equal LINEAR_GROUP_PITCH of shaders/common/index.glsl.
constexpr std::int64_t linear_group_pitch = 32768;

}  // namespace

Dispatch& Dispatch::read(int input) {
  bindings.push_back({Binding::Kind::input, input, false, 0});
  return *this;
}

Dispatch& Dispatch::write(int output) {
  bindings.push_back({Binding::Kind::output, output, true, 0});
  return *this;
}

Dispatch& Dispatch::read_output(int output) {
  bindings.push_back({Binding::Kind::output, output, false, 0});
  return *this;
}

Dispatch& Dispatch::update(int output) {
  return write(output);
}

Dispatch& Dispatch::read_scratch(int index, std::int64_t size) {
  bindings.push_back({Binding::Kind::scratch, index, false, size});
  return *this;
}

Dispatch& Dispatch::write_scratch(int index, std::int64_t size) {
  bindings.push_back({Binding::Kind::scratch, index, true, size});
  return *this;
}

Dispatch& Dispatch::groups(std::int64_t x, std::int64_t y, std::int64_t z) {
  require(x >= 0 && y >= 0 && z >= 0 && x <= UINT32_MAX && y <= UINT32_MAX && z <= UINT32_MAX,
          fmt::format("{}: group count out of range (got {} x {} x {})", kernel, x, y, z));
  group_counts = {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y),
                  static_cast<std::uint32_t>(z)};
  return *this;
}

Dispatch& Dispatch::linear_groups(std::int64_t count) {
  if (count <= linear_group_pitch) return groups(count);
  return groups(linear_group_pitch, ceil_div(count, linear_group_pitch));
}

Dispatch& Dispatch::cost(double arithmetic, double moved) {
  flops = arithmetic;
  bytes = moved;
  return *this;
}

Choice choose_variant(const LowerContext& context, std::string_view kernel,
                      const std::vector<std::string>& candidates) {
  const Target& target = context.target;
  const auto usable = target.kernels.find(kernel);
  if (usable == target.kernels.end() || usable->second.empty()) {
    throw Unsupported(fmt::format("{}: no variant of this kernel is usable on the device", kernel));
  }
  const auto contains = [](const std::vector<std::string>& list, const std::string& variant) {
    return std::ranges::find(list, variant) != list.end();
  };
  std::vector<std::string> options;
  for (const std::string& candidate : candidates) {
    if (!contains(options, candidate) && target.has(kernel, candidate))
      options.push_back(candidate);
  }
  if (candidates.empty()) options = usable->second;
  if (options.empty()) options = {usable->second.front()};
  Choice choice = choose(context, kernel, "variant", std::move(options));
  if (const auto off = target.disabled.find(kernel); off != target.disabled.end()) {
    for (const std::string& variant : off->second) {
      if (candidates.empty() || contains(candidates, variant)) choice.disabled.push_back(variant);
    }
  }
  return choice;
}

Dispatch dispatch(std::string_view kernel, const LowerContext& context,
                  const std::vector<std::string>& candidates) {
  Dispatch launch;
  launch.kernel = kernel;
  launch.choices.push_back(choose_variant(context, kernel, candidates));
  launch.variant = launch.choices.back().taken;
  return launch;
}

Dispatch copy_dispatch() {
  Dispatch copy;
  copy.read(0).write(0);
  return copy;
}

}  // namespace ridgeback
