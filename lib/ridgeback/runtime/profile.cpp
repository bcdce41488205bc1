// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/profile.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <tuple>

namespace ridgeback {

double Profile::total_us() const {
  double total = 0;
  for (const ProfileEntry& entry : entries) total += entry.us;
  return total;
}

std::string Profile::table() const {
  struct Sum {
    ProfileEntry entry;
    int count = 0;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Sum> sums;
  for (const ProfileEntry& entry : entries) {
    Sum& sum = sums[{entry.label, entry.kernel, entry.variant}];
    if (sum.count++ == 0) {
      sum.entry = entry;
      continue;
    }
    sum.entry.us += entry.us;
    sum.entry.flops += entry.flops;
    sum.entry.bytes += entry.bytes;
  }
  std::vector<Sum> sorted;
  for (auto& [key, sum] : sums) sorted.push_back(std::move(sum));
  std::ranges::stable_sort(sorted, std::greater<>{}, [](const Sum& sum) { return sum.entry.us; });
  const double total = std::max(total_us(), 1e-9);
  std::string text = fmt::format("{:>6} {:>10} {:>6} {:>9} {:>8}  {}\n", "share", "us", "count",
                                 "Gop/s", "GB/s", "operation (kernel:variant)");
  for (const Sum& sum : sorted) {
    const ProfileEntry& e = sum.entry;
    const double seconds = std::max(e.us, 1e-3) * 1e-6;
    text += fmt::format("{:5.1f}% {:10.1f} {:6} {:9.2f} {:8.2f}  {} ({}:{})\n", 100 * e.us / total,
                        e.us, sum.count, e.flops / seconds * 1e-9, e.bytes / seconds * 1e-9,
                        e.label, e.kernel.empty() ? "copy" : e.kernel, e.variant);
  }
  return text + fmt::format("{:>6} {:10.1f} {:6}\n", "total", total_us(), entries.size());
}

}  // namespace ridgeback
