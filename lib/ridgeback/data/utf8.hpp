// SPDX-License-Identifier: Apache-2.0
// UTF-8, strictly (RFC 3629).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ridgeback::data {

/// The character at `at`, which moves behind it; nothing, and `at` stays, where there is no valid
/// form: a stray or missing continuation, an overlong form, a surrogate, a value above 0x10FFFF.
[[nodiscard]] std::optional<std::uint32_t> next_character(std::string_view text, std::size_t& at);

/// Appends the UTF-8 form of a code point.
void append_character(std::string& text, std::uint32_t character);

}  // namespace ridgeback::data
