// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/parts.hpp"

#include "ridgeback/ops/epilogue.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>
#include <limits>
#include <string>
#include <vector>

#include "matmul/add_parts.h"

namespace ridgeback::ops {
namespace {

constexpr std::int64_t most_parts = 32;
constexpr std::int64_t most_bytes = std::int64_t{64} << 20;
constexpr std::int64_t least_terms = 32;

// Work groups that keep a device busy, and terms that are worth a part. A CPU driver has a thread
// for each of some cores, a GPU dozens of units that want a group or two each.
struct Aim {
  std::int64_t groups, terms;
};

Aim aim(const Target& target) {
  return target.is_cpu() ? Aim{4, 1024} : Aim{128, 256};
}

// Terms of a part at most. Mesa's llvmpipe leaves a shader's loops, all together, after 65535
// turns: sums of 262144 codes were wrong in some variants, of 524288 floats in all.
std::int64_t most_terms(const Target& target) {
  return target.is_cpu() ? 65536 : std::numeric_limits<std::int64_t>::max();
}

Parts in_parts(const LongSums& sums, std::int64_t count) {
  const std::int64_t length = round_up(ceil_div(sums.depth, count), sums.unit);
  if (length >= sums.depth) return {sums.depth, 1, {}};
  return {length, ceil_div(sums.depth, length), {}};
}

std::int64_t by_rule(const Target& target, const LongSums& sums) {
  const Aim to = aim(target);
  if (2 * sums.groups >= to.groups) return 1;
  const std::int64_t wanted =
      std::min(to.groups / sums.groups, sums.depth / (to.terms * sums.at_once));
  return static_cast<std::int64_t>(
      std::bit_floor(static_cast<std::uint64_t>(std::clamp<std::int64_t>(wanted, 1, most_parts))));
}

}  // namespace

std::int64_t Parts::bytes(const LowerContext& context) const {
  return count * 4 * context.out[0].shape.count();
}

Parts choose_parts(const LowerContext& context, std::string_view kernel, const LongSums& sums) {
  const Target& target = context.target;
  const std::int64_t least = ceil_div(sums.depth, most_terms(target));
  const std::int64_t rule = std::max(by_rule(target, sums), least);
  const std::int64_t limit =
      std::min(most_bytes, static_cast<std::int64_t>(target.limits.max_storage_range));
  std::vector<std::string> names;
  std::vector<Parts> options;
  const auto offer = [&](std::int64_t count) {
    const Parts parts = in_parts(sums, count);
    const bool small = parts.bytes(context) <= limit && sums.depth >= count * least_terms;
    if (count < least || (parts.several() && count > least && !small)) return;
    const std::string name = fmt::format("{}", parts.count);
    if (std::ranges::find(names, name) != names.end()) return;
    names.push_back(name);
    options.push_back(parts);
  };
  offer(rule);
  for (std::int64_t count = 1; count <= most_parts; count *= 2) offer(count);
  const Choice choice = choose(context, kernel, "parts", names);
  Parts taken =
      options[static_cast<std::size_t>(std::ranges::find(names, choice.taken) - names.begin())];
  if (options.size() > 1 || !choice.not_offered.empty()) taken.choice = choice;
  return taken;
}

Dispatch TakesEpilogue::add_parts(const LowerContext& context, int scratch,
                                  const Parts& parts) const {
  const Shape& y = context.out[0].shape;
  const std::int64_t cols = y[-1];
  const std::int64_t rows = y.count() / cols;
  const bool whole = cols % 4 == 0;
  const std::uint32_t local = local_size(context.target);
  shaders::AddPartsParams params{static_cast<std::uint32_t>(rows),
                                 static_cast<std::uint32_t>(cols),
                                 static_cast<std::uint32_t>(parts.count),
                                 {}};
  store_scalars(params);
  Dispatch launch = dispatch("add_parts", context, quad_candidates(context.target, whole));
  launch.read_scratch(scratch, parts.bytes(context));
  read_operands(launch, context);
  launch.write(0)
      .specialize(local, whole)
      .push(params)
      .linear_groups(ceil_div(rows * ceil_div(cols, 4), local))
      .cost(static_cast<double>(parts.count * rows * cols),
            static_cast<double>(parts.bytes(context) + context.out[0].bytes()));
  specialize(launch, context, 2);
  return launch;
}

}  // namespace ridgeback::ops
