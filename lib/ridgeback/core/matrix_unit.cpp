// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/matrix_unit.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <system_error>

namespace ridgeback {

std::string text(const MatrixUnit& unit) {
  return unit.exists() ? fmt::format("{}x{}x{}", unit.m, unit.n, unit.k) : "";
}

MatrixUnit matrix_unit_from_text(std::string_view text) {
  MatrixUnit unit;
  for (std::uint32_t* extent : {&unit.m, &unit.n, &unit.k}) {
    const std::size_t cross = extent == &unit.k ? text.size() : text.find('x');
    if (cross == std::string_view::npos) return {};
    const char* const end = text.data() + cross;
    const auto [at, error] = std::from_chars(text.data(), end, *extent);
    if (error != std::errc{} || at != end || *extent == 0) return {};
    text.remove_prefix(std::min(cross + 1, text.size()));
  }
  return unit;
}

}  // namespace ridgeback
