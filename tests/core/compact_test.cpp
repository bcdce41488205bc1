// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/compact.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"

#include <bit>
#include <gtest/gtest.h>
#include <random>

namespace ridgeback {
namespace {

using Words = std::vector<std::uint32_t>;

struct Matrix {
  DType type;
  std::int64_t rows;
  std::int64_t cols;
  Words words;
};

// Codes of the whole range of the type where `kept` says so, else 0.
template <class Kept>
Matrix matrix(DType type, std::int64_t rows, std::int64_t cols, const Kept& kept) {
  std::mt19937 random(7);
  if (type == DType::f32) {
    Words values(static_cast<std::size_t>(rows * cols));
    std::normal_distribution<float> normal;
    for (std::int64_t i = 0; i < rows * cols; ++i) {
      if (kept(i / cols, i % cols))
        values[static_cast<std::size_t>(i)] = std::bit_cast<std::uint32_t>(normal(random));
    }
    return {type, rows, cols, values};
  }
  const auto [lowest, highest] = code_range(type);
  std::uniform_int_distribution<int> any(lowest, highest - 1);
  std::vector<std::int32_t> codes(static_cast<std::size_t>(rows * cols));
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    const int code = any(random);
    if (kept(i / cols, i % cols)) codes[static_cast<std::size_t>(i)] = code >= 0 ? code + 1 : code;
  }
  return {type, rows, cols, pack(type, codes, rows, cols)};
}

Words round_trip(const Matrix& m) {
  return expand(m.type, compact(m.type, m.words, m.rows, m.cols), m.rows, m.cols);
}

constexpr DType types[] = {DType::ternary, DType::i2, DType::i4, DType::i8, DType::f32};

TEST(Compact, GivesBackEveryWord) {
  for (const DType type : types) {
    for (const std::int64_t cols : {1, 31, 33, 64, 100, 257, 784}) {
      for (const int divisor : {10, 37, 1000}) {
        std::mt19937 random(11);
        const Matrix m = matrix(type, 13, cols, [&](std::int64_t, std::int64_t) {
          return random() % static_cast<unsigned>(divisor) == 0;
        });
        const Words small = compact(type, m.words, m.rows, m.cols);
        if (small.empty()) continue;
        EXPECT_LT(small.size(), m.words.size());
        EXPECT_EQ(expand(type, small, m.rows, m.cols), m.words)
            << name(type) << " " << cols << " 1/" << divisor;
      }
    }
  }
}

// DESIGN's figures for one-bit weights: 2:4 1.5 bits, 1:4 0.75, 1:8 0.5, 1:16 0.31.
TEST(Compact, OneBitRunsTakeTheKnownBits) {
  struct Case {
    int n, m;
    double bits;
  };
  for (const Case& c : {Case{2, 4, 1.5}, Case{1, 4, 0.75}, Case{1, 8, 0.5}, Case{1, 16, 5.0 / 16},
                        Case{3, 8, 11.0 / 8}, Case{7, 16, 23.0 / 16}}) {
    const std::int64_t rows = 64, cols = 512;
    const Matrix m = matrix(DType::ternary, rows, cols, [&](std::int64_t r, std::int64_t col) {
      return (col * 5 + r) % c.m < c.n;  // n of each m, at places that move
    });
    const Words small = compact(m.type, m.words, rows, cols);
    const double bits = static_cast<double>(small.size() - 3) * 32 / (rows * cols);
    EXPECT_LE(bits, c.bits + 1e-9) << c.n << ":" << c.m;
    EXPECT_EQ(round_trip(m), m.words);
  }
}

TEST(Compact, FewKeptWeightsTakeFarLessThanABit) {
  std::mt19937 random(3);
  const std::int64_t rows = 512, cols = 784;
  const Matrix m = matrix(DType::ternary, rows, cols,
                          [&](std::int64_t, std::int64_t) { return random() % 100 == 0; });
  const Words small = compact(m.type, m.words, rows, cols);
  // Signs and the entropy of a mask of one in a hundred together are 0.091 bits.
  EXPECT_LT(static_cast<double>(small.size()) * 32 / (rows * cols), 0.095);
  EXPECT_EQ(round_trip(m), m.words);
}

TEST(Compact, IsEmptyWhereNothingIsGained) {
  const auto all = [](std::int64_t, std::int64_t) { return true; };
  for (const DType type : types) {
    const Matrix m = matrix(type, 4, 128, all);
    EXPECT_TRUE(compact(type, m.words, 4, 128).empty()) << name(type);
  }
  EXPECT_TRUE(compact(DType::i4, {}, 0, 128).empty());
  EXPECT_TRUE(compact(DType::i4, {}, 5, 0).empty());
}

TEST(Compact, MatricesOfZerosOnly) {
  const Matrix m = matrix(DType::i4, 9, 300, [](std::int64_t, std::int64_t) { return false; });
  EXPECT_FALSE(compact(m.type, m.words, m.rows, m.cols).empty());
  EXPECT_EQ(round_trip(m), m.words);
}

TEST(Compact, LongRowsAreCut) {
  const Matrix m = matrix(DType::i2, 1, 70000,
                          [](std::int64_t, std::int64_t c) { return c == 3 || c == 69999; });
  EXPECT_EQ(round_trip(m), m.words);
}

TEST(Compact, RefusesOtherTypesAndLengths) {
  EXPECT_THROW((void)compact(DType::b1, Words(4), 1, 32), InvalidArgument);
  EXPECT_THROW((void)expand(DType::s1, Words(4), 1, 32), InvalidArgument);
  EXPECT_THROW((void)compact(DType::i4, Words(3), 1, 32), InvalidArgument);
}

// Nothing a file says is trusted: every change of a word gives an error or other values, and
// nothing else.
TEST(Compact, WordsThatNobodyWroteAreRefused) {
  std::mt19937 random(5);
  for (const unsigned divisor : {3U, 20U}) {
    const Matrix m = matrix(DType::i4, 8, 90,
                            [&](std::int64_t, std::int64_t) { return random() % divisor == 0; });
    const Words good = compact(m.type, m.words, m.rows, m.cols);
    ASSERT_FALSE(good.empty());
    for (std::size_t length = 0; length < good.size(); ++length) {
      EXPECT_THROW((void)expand(m.type, std::span(good).first(length), m.rows, m.cols),
                   InvalidArgument);
    }
    Words longer = good;
    longer.push_back(0);
    EXPECT_THROW((void)expand(m.type, longer, m.rows, m.cols), InvalidArgument);
    for (int i = 0; i < 2000; ++i) {
      Words bad = good;
      bad[random() % bad.size()] ^= 1U << (random() % 32);
      try {
        const Words read = expand(m.type, bad, m.rows, m.cols);
        // A run may be given another length without consequence.
        EXPECT_TRUE(bad[1] != good[1] || read != m.words);
      } catch (const InvalidArgument&) {
      }
    }
  }
}

TEST(Compact, AFewWordsCannotClaimAHugeMatrix) {
  const std::int64_t huge = std::int64_t{1} << 31;
  EXPECT_THROW((void)expand(DType::i4, Words{1, 65536, 1, 0, 0}, huge, huge), InvalidArgument);
  EXPECT_THROW((void)expand(DType::i4, Words{0, 0, 0, 0, 0}, huge, huge), InvalidArgument);
  EXPECT_THROW((void)expand(DType::i4, Words{2, 31, 1, 0}, huge, huge), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback
