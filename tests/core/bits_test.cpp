// SPDX-License-Identifier: Apache-2.0
// The packed formats: bit by bit, and back.
#include "ridgeback/core/bits.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/core/tensor_spec.hpp"

#include <gtest/gtest.h>

namespace ridgeback {
namespace {

constexpr std::array<DType, 6> packed{DType::b1, DType::s1, DType::ternary,
                                      DType::i2, DType::i4, DType::i8};

std::vector<std::int32_t> random_codes(DType type, std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  const CodeRange range = code_range(type);
  const auto span = static_cast<std::uint32_t>(range.highest - range.lowest + 1);
  std::vector<std::int32_t> codes;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int32_t code = range.lowest + static_cast<std::int32_t>(random.below(span));
    if (type == DType::s1 && code == 0) code = 1;
    codes.push_back(code);
  }
  return codes;
}

TEST(Bits, SignBitsArePackedLeastSignificantFirst) {
  std::vector<std::int32_t> codes(33, 1);
  codes[0] = codes[3] = codes[32] = -1;
  EXPECT_EQ(pack(DType::s1, codes, 1, 33), (std::vector<std::uint32_t>{9, 1, 0, 0}));
}

TEST(Bits, TwosComplementCodesFillTheirWords) {
  EXPECT_EQ(pack(DType::i4, std::vector{-8, 7, -1, 0, 0, 0, 0, 1, 2}, 1, 9),
            (std::vector<std::uint32_t>{0x10000f78, 2, 0, 0}));
  EXPECT_EQ(pack(DType::i2, std::vector{-2, 1, -1, 0}, 1, 4)[0], 0x36U);
  EXPECT_EQ(pack(DType::i8, std::vector{-128, 127, -1}, 1, 3)[0], 0xff7f80U);
  EXPECT_EQ(pack(DType::b1, std::vector{1, 0, 1}, 1, 3)[0], 5U);
}

TEST(Bits, TernaryWordsAreSignThenNonZero) {
  std::vector<std::int32_t> codes(34, 0);
  codes[0] = -1;
  codes[1] = 1;
  codes[33] = -1;
  EXPECT_EQ(pack(DType::ternary, codes, 1, 34), (std::vector<std::uint32_t>{1, 3, 2, 2}));
}

TEST(Bits, EveryTypeAndWidthComesBack) {
  for (const DType type : packed) {
    for (const std::int64_t cols :
         {0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 257}) {
      const std::int64_t rows = 3;
      const std::vector<std::int32_t> codes =
          random_codes(type, rows * cols, static_cast<std::uint64_t>(cols));
      const std::vector<std::uint32_t> words = pack(type, codes, rows, cols);
      const std::int64_t pitch = words_per_row(type, cols);
      EXPECT_EQ(pitch % 4, 0) << name(type);
      EXPECT_EQ(static_cast<std::int64_t>(words.size()), rows * pitch);
      EXPECT_EQ(TensorSpec({.shape = Shape({rows, cols}), .dtype = type}).bytes(),
                rows * pitch * 4);
      EXPECT_EQ(unpack(type, words, rows, cols), codes) << name(type) << " x " << cols;
      for (std::int64_t c = 0; c < cols; ++c) {
        EXPECT_EQ(code_at(type, words.data() + pitch, c),
                  codes[static_cast<std::size_t>(cols + c)]);
      }
    }
  }
}

TEST(Bits, PaddingIsZero) {
  for (const DType type : packed) {
    const std::int64_t cols = 5;
    const std::vector<std::int32_t> codes(static_cast<std::size_t>(cols), code_range(type).lowest);
    std::vector<std::uint32_t> words = pack(type, codes, 1, cols);
    // Beyond the row's codes, all codes read as what bit 0 means.
    const std::int64_t whole = words_per_row(type, cols) * 32 / bits_of(type);
    for (std::int64_t c = cols; c < whole; ++c) {
      EXPECT_EQ(code_at(type, words.data(), c), type == DType::s1 ? 1 : 0) << name(type);
    }
  }
}

TEST(Bits, CodesOutOfRangeAndWrongCountsAreRefused) {
  for (const DType type : packed) {
    const CodeRange range = code_range(type);
    for (const std::int32_t bad : {range.lowest - 1, range.highest + 1}) {
      EXPECT_THROW(static_cast<void>(pack(type, std::vector{bad}, 1, 1)), InvalidArgument)
          << name(type) << " " << bad;
    }
    EXPECT_THROW(static_cast<void>(pack(type, std::vector{1}, 1, 2)), InvalidArgument);
    EXPECT_THROW(static_cast<void>(unpack(type, std::vector<std::uint32_t>(3), 1, 1)),
                 InvalidArgument);
    EXPECT_NO_THROW(static_cast<void>(pack(type, {}, 0, 7)));
  }
  EXPECT_THROW(static_cast<void>(pack(DType::s1, std::vector{0}, 1, 1)), InvalidArgument);
  EXPECT_THROW(static_cast<void>(words_per_row(DType::f32, 4)), InvalidArgument);
  EXPECT_THROW(static_cast<void>(code_range(DType::f16)), InvalidArgument);
  EXPECT_THROW(static_cast<void>(pack(DType::i8, {}, std::int64_t{1} << 62, 4)), InvalidArgument);
}

TEST(Bits, ContainersHoldTheirBits) {
  const std::array<DType, 8> expected{DType::b1, DType::i2, DType::i4, DType::i4,
                                      DType::i8, DType::i8, DType::i8, DType::i8};
  for (int bits = 1; bits <= 8; ++bits) {
    EXPECT_EQ(container_for(bits), expected[static_cast<std::size_t>(bits - 1)]) << bits;
  }
  EXPECT_THROW(static_cast<void>(container_for(0)), InvalidArgument);
  EXPECT_THROW(static_cast<void>(container_for(9)), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback
