// SPDX-License-Identifier: Apache-2.0
// The names of all passes, in one place that every room may read: a pass takes its own from here,
// so that RIDGEBACK_DISABLE and help texts know each.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace ridgeback {

/// What RIDGEBACK_DISABLE and CompileOptions::disabled_passes can leave out.
inline constexpr std::array<std::string_view, 6> pass_names{"pack_products",    "fuse_norm_relu",
                                                            "fuse_gates",       "fuse_products",
                                                            "fuse_elementwise", "fuse_updates"};

[[nodiscard]] constexpr bool is_pass_name(std::string_view name) {
  return std::ranges::find(pass_names, name) != pass_names.end();
}

/// The name itself; one that is not listed does not compile.
[[nodiscard]] consteval std::string_view pass_name(std::string_view name) {
  if (!is_pass_name(name)) throw "a pass must be listed in pass_names";
  return name;
}

/// What `--simulate` leaves out: products are then made in f32 of dequantized values, the reference
/// of the packed ones.
inline constexpr std::string_view simulated_pass = pass_name("pack_products");

}  // namespace ridgeback
