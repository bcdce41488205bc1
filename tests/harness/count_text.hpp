// SPDX-License-Identifier: Apache-2.0
// How often a text says something.
#pragma once

#include <cstddef>
#include <string_view>

namespace ridgeback::test {

/// Places of `text` where `part` starts.
inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace ridgeback::test
