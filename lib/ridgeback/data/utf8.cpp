// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/utf8.hpp"

namespace ridgeback::data {

std::optional<std::uint32_t> next_character(std::string_view text, std::size_t& at) {
  if (at >= text.size()) return std::nullopt;
  const auto lead = static_cast<std::uint8_t>(text[at]);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  // 110xxxxx, 1110xxxx, 11110xxx and one, two or three of 10xxxxxx.
  const std::size_t more = lead >= 0xF8 ? 0 : lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC0 || more == 0 || text.size() - at <= more) return std::nullopt;
  std::uint32_t character = lead & (0x3FU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[at + i]);
    if ((byte & 0xC0U) != 0x80) return std::nullopt;
    character = character << 6U | (byte & 0x3FU);
  }
  constexpr std::uint32_t shortest[] = {0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < shortest[more] || surrogate || character > 0x10FFFF) return std::nullopt;
  at += more + 1;
  return character;
}

void append_character(std::string& text, std::uint32_t character) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto put_rest = [&](unsigned shift) { put(0x80U | (character >> shift & 0x3FU)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0U | character >> 6U);
  } else if (character < 0x10000) {
    put(0xE0U | character >> 12U);
    put_rest(6);
  } else {
    put(0xF0U | character >> 18U);
    put_rest(12);
    put_rest(6);
  }
  put_rest(0);
}

}  // namespace ridgeback::data
