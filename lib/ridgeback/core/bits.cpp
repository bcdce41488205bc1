// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/bits.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

constexpr std::int64_t row_alignment_words = 4;

std::int64_t codes_per_word(DType type) {
  require(is_packed(type), fmt::format("bits: not a packed type (got {})", name(type)));
  return type == DType::ternary ? 16 : 32 / bits_of(type);
}

void put(DType type, std::uint32_t* row, std::int64_t col, std::int32_t code) {
  const auto index = static_cast<std::uint32_t>(col);
  if (type == DType::ternary) {
    const std::uint32_t bit = 1U << (index % 32);
    if (code < 0) row[index / 32 * 2] |= bit;
    if (code != 0) row[index / 32 * 2 + 1] |= bit;
    return;
  }
  if (type == DType::s1) {
    if (code < 0) row[index / 32] |= 1U << (index % 32);
    return;
  }
  const auto width = static_cast<std::uint32_t>(bits_of(type));
  const std::uint32_t per_word = 32 / width;
  const std::uint32_t mask = (1U << width) - 1;
  row[index / per_word] |= (static_cast<std::uint32_t>(code) & mask) << (index % per_word * width);
}

}  // namespace

std::int64_t words_per_row(DType type, std::int64_t cols) {
  // Ternary words come in pairs of 32 codes each.
  const std::int64_t words =
      type == DType::ternary ? 2 * ceil_div(cols, 32) : ceil_div(cols, codes_per_word(type));
  return round_up(words, row_alignment_words);
}

CodeRange code_range(DType type) {
  switch (type) {
    case DType::b1:
      return {0, 1};
    case DType::s1:
    case DType::ternary:
      return {-1, 1};
    case DType::i2:
      return {-2, 1};
    case DType::i4:
      return {-8, 7};
    case DType::i8:
      return {-128, 127};
    default:
      throw InvalidArgument(fmt::format("bits: not a packed type (got {})", name(type)));
  }
}

std::vector<std::uint32_t> pack(DType type, std::span<const std::int32_t> codes, std::int64_t rows,
                                std::int64_t cols) {
  const CodeRange range = code_range(type);
  require(static_cast<std::int64_t>(codes.size()) == checked_multiply(rows, cols, "pack"),
          fmt::format("pack: wrong number of codes (got {}, expected {} x {})", codes.size(), rows,
                      cols));
  const std::int64_t pitch = words_per_row(type, cols);
  std::vector<std::uint32_t> words(static_cast<std::size_t>(rows * pitch), 0);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < cols; ++c) {
      const std::int32_t code = codes[static_cast<std::size_t>(r * cols + c)];
      require(code >= range.lowest && code <= range.highest && !(type == DType::s1 && code == 0),
              fmt::format("pack: code out of range (got {} for {})", code, name(type)));
      put(type, words.data() + r * pitch, c, code);
    }
  }
  return words;
}

std::int32_t code_at(DType type, const std::uint32_t* row, std::int64_t col) {
  const auto index = static_cast<std::uint32_t>(col);
  const std::uint32_t shift = index % 32;
  if (type == DType::ternary) {
    const std::uint32_t sign = row[index / 32 * 2] >> shift & 1U;
    const std::uint32_t nonzero = row[index / 32 * 2 + 1] >> shift & 1U;
    return nonzero == 0 ? 0 : (sign != 0 ? -1 : 1);
  }
  if (type == DType::s1) return (row[index / 32] >> shift & 1U) != 0 ? -1 : 1;
  if (type == DType::b1) return static_cast<std::int32_t>(row[index / 32] >> shift & 1U);
  const auto width = static_cast<std::uint32_t>(bits_of(type));
  const std::uint32_t per_word = 32 / width;
  const std::uint32_t word = row[index / per_word] << (32 - width - index % per_word * width);
  return static_cast<std::int32_t>(word) >> (32 - width);
}

std::vector<std::int32_t> unpack(DType type, std::span<const std::uint32_t> words,
                                 std::int64_t rows, std::int64_t cols) {
  const std::int64_t pitch = words_per_row(type, cols);
  require(static_cast<std::int64_t>(words.size()) == checked_multiply(rows, pitch, "unpack"),
          fmt::format("unpack: wrong number of words (got {}, expected {} x {})", words.size(),
                      rows, pitch));
  std::vector<std::int32_t> codes;
  codes.reserve(static_cast<std::size_t>(rows * cols));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < cols; ++c)
      codes.push_back(code_at(type, words.data() + r * pitch, c));
  }
  return codes;
}

DType container_for(int bits) {
  require(bits >= 1 && bits <= 8,
          fmt::format("bits: no packed type (got {} bits, expected 1 to 8)", bits));
  if (bits == 1) return DType::b1;
  if (bits == 2) return DType::i2;
  return bits <= 4 ? DType::i4 : DType::i8;
}

}  // namespace ridgeback
