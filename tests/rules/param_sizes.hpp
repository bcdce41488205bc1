// SPDX-License-Identifier: Apache-2.0
// The structs that kernels take as push constants, as C++ lays them out.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace ridgeback::rules {

/// Bytes of every struct that a header beside the kernels declares, by name.
[[nodiscard]] std::map<std::string, std::size_t> param_sizes();

}  // namespace ridgeback::rules
