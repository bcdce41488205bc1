// SPDX-License-Identifier: Apache-2.0
// Whether a message says what it should.
#pragma once

#include <gtest/gtest.h>
#include <initializer_list>
#include <string_view>

namespace ridgeback::test {

/// Success if every part occurs in the text.
inline ::testing::AssertionResult has_text(std::string_view text,
                                           std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (text.find(part) == std::string_view::npos) {
      return ::testing::AssertionFailure() << "no \"" << part << "\" in \"" << text << "\"";
    }
  }
  return ::testing::AssertionSuccess() << "all of it in \"" << text << "\"";
}

}  // namespace ridgeback::test
