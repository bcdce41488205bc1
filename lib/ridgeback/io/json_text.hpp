// SPDX-License-Identifier: Apache-2.0
// Small pieces of JSON as text. Internal to the room.
#pragma once

#include <string>
#include <string_view>

namespace ridgeback::io {

/// The text as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_quote(std::string_view text);

/// A number that reads back to the same double and always looks like one ("1.0", not "1"); "null"
/// for NaN and infinities, which JSON does not have.
[[nodiscard]] std::string json_number(double value);

/// Whether the bytes are valid UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace ridgeback::io
