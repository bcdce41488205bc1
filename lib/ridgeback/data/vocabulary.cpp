// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/vocabulary.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/utf8.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <numeric>
#include <optional>

namespace ridgeback::data {
namespace {

std::uint32_t character_at(std::string_view text, std::size_t& at, const std::string& source) {
  const std::size_t start = at;
  const std::optional<std::uint32_t> character = next_character(text, at);
  if (!character) throw FormatError(source, start, "is no UTF-8 text; tokens may be bytes instead");
  return *character;
}

}  // namespace

Vocabulary Vocabulary::bytes() {
  std::vector<std::uint32_t> all(256);
  std::iota(all.begin(), all.end(), 0U);
  return {Kind::bytes, std::move(all)};
}

Vocabulary Vocabulary::characters_of(std::string_view text, const std::string& file) {
  std::vector<bool> seen(0x110000);
  for (std::size_t at = 0; at < text.size();) seen[character_at(text, at, file)] = true;
  std::vector<std::uint32_t> characters;
  for (std::uint32_t c = 0; c < seen.size(); ++c)
    if (seen[c]) characters.push_back(c);
  require(!characters.empty(), fmt::format("{}: there is no text", file));
  return {Kind::characters, std::move(characters)};
}

Vocabulary Vocabulary::from_names(std::string_view kind, std::span<const std::string> names) {
  if (kind == "bytes") {
    require(names.size() == 256, fmt::format("vocabulary: bytes are 256 (got {})", names.size()));
    return bytes();
  }
  require(
      kind == "characters",
      fmt::format("vocabulary: unknown kind of tokens '{}' (expected bytes or characters)", kind));
  std::vector<std::uint32_t> characters;
  for (const std::string& name : names) {
    std::size_t at = 0;
    const std::optional<std::uint32_t> character = next_character(name, at);
    require(
        character && at == name.size() && (characters.empty() || characters.back() < *character),
        fmt::format("vocabulary: token {} is no character above the one before",
                    characters.size()));
    characters.push_back(*character);
  }
  require(!characters.empty(), "vocabulary: there are no characters");
  return {Kind::characters, std::move(characters)};
}

std::string Vocabulary::kind_text() const {
  return kind_ == Kind::bytes ? "bytes" : "characters";
}

std::vector<std::string> Vocabulary::names() const {
  std::vector<std::string> names;
  for (const std::uint32_t c : characters_) {
    std::string name;
    if (kind_ == Kind::bytes) {
      name = fmt::format("0x{:02x}", c);
    } else {
      append_character(name, c);
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::uint32_t> Vocabulary::encode(std::string_view text,
                                              const std::string& source) const {
  std::vector<std::uint32_t> tokens;
  if (kind_ == Kind::bytes) {
    tokens.reserve(text.size());
    for (const char c : text) tokens.push_back(static_cast<std::uint8_t>(c));
    return tokens;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const std::uint32_t character = character_at(text, at, source);
    const auto found = std::lower_bound(characters_.begin(), characters_.end(), character);
    if (found == characters_.end() || *found != character) {
      throw FormatError(source, start,
                        fmt::format("the character '{}' is not one of the {} that the model knows",
                                    text.substr(start, at - start), characters_.size()));
    }
    tokens.push_back(static_cast<std::uint32_t>(found - characters_.begin()));
  }
  return tokens;
}

std::string Vocabulary::decode(std::span<const std::uint32_t> tokens) const {
  std::string text;
  for (const std::uint32_t token : tokens) {
    require(token < characters_.size(),
            fmt::format("vocabulary: no token {} (there are {})", token, characters_.size()));
    if (kind_ == Kind::bytes) {
      text.push_back(static_cast<char>(characters_[token]));
    } else {
      append_character(text, characters_[token]);
    }
  }
  return text;
}

}  // namespace ridgeback::data
