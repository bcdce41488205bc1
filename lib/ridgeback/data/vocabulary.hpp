// SPDX-License-Identifier: Apache-2.0
// Text to tokens and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::data {

/// What a text is cut into. Tokens are numbered from 0.
class Vocabulary {
 public:
  enum class Kind : std::uint8_t {
    bytes,      ///< any file; token = byte
    characters  ///< UTF-8; the characters that a text holds, by rising code point
  };

  /// All 256 bytes.
  [[nodiscard]] static Vocabulary bytes();
  /// The characters of `text`. Throws FormatError naming `file` and the offset where it is no UTF-8
  /// (also for overlong forms and surrogates), InvalidArgument for no character at all.
  [[nodiscard]] static Vocabulary characters_of(std::string_view text, const std::string& file);
  /// From what kind_text() and names() gave. Throws InvalidArgument for what they cannot give.
  [[nodiscard]] static Vocabulary from_names(std::string_view kind,
                                             std::span<const std::string> names);

  [[nodiscard]] Kind kind() const { return kind_; }
  /// "bytes" or "characters".
  [[nodiscard]] std::string kind_text() const;
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(characters_.size()); }
  /// One a token, valid UTF-8: the character itself, or "0x0a" for a byte.
  [[nodiscard]] std::vector<std::string> names() const;

  /// Throws FormatError naming `source` and the offset for text that is no UTF-8 or has a character
  /// that is not in the vocabulary.
  [[nodiscard]] std::vector<std::uint32_t> encode(std::string_view text,
                                                  const std::string& source) const;
  /// The text of tokens, each of which is below size(). Bytes may give no valid UTF-8.
  [[nodiscard]] std::string decode(std::span<const std::uint32_t> tokens) const;

  bool operator==(const Vocabulary&) const = default;

 private:
  Vocabulary(Kind kind, std::vector<std::uint32_t> characters)
      : kind_(kind), characters_(std::move(characters)) {}

  Kind kind_;
  std::vector<std::uint32_t> characters_;  // code points or bytes by token, rising
};

}  // namespace ridgeback::data
