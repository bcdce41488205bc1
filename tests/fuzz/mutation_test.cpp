// SPDX-License-Identifier: Apache-2.0
// Every fuzz target on a fixed corpus: valid files, and each of them damaged in thousands of ways
// that are the same in every run.
#include "ridgeback/core/random.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <string>

#include "fuzz/seeds.hpp"
#include "fuzz/targets.hpp"

namespace ridgeback::fuzz {
namespace {

constexpr int mutations_per_seed = 4000;

std::ptrdiff_t place(Random& random, const Seed& data) {
  return static_cast<std::ptrdiff_t>(random.below(static_cast<std::uint32_t>(data.size()) + 1));
}

// One random edit: of a bit, a byte, a word, or a stretch.
void mutate(Seed& data, Random& random) {
  constexpr std::array<std::uint8_t, 12> favourites{0,    1,   8,   0x1F, 0x7F, 0x80,
                                                    0xFF, '"', '{', '[',  '}',  '-'};
  if (data.empty()) {
    data.push_back(favourites[random.below(favourites.size())]);
    return;
  }
  const std::size_t at = random.below(static_cast<std::uint32_t>(data.size()));
  switch (random.below(7)) {
    case 0:
      data[at] ^= static_cast<std::uint8_t>(1U << random.below(8));
      return;
    case 1:
      data[at] = favourites[random.below(favourites.size())];
      return;
    case 2:
      for (std::size_t i = at; i < std::min(at + 4, data.size()); ++i) data[i] = 0xFF;
      return;
    case 3:
      data.resize(at);
      return;
    case 4:
      data.insert(data.begin() + place(random, data), favourites[random.below(favourites.size())]);
      return;
    case 5: {  // a stretch once more, elsewhere
      const Seed copy(data.begin() + static_cast<std::ptrdiff_t>(at),
                      data.begin() + static_cast<std::ptrdiff_t>(std::min(at + 24, data.size())));
      data.insert(data.begin() + place(random, data), copy.begin(), copy.end());
      return;
    }
    default: {
      const auto from = data.begin() + static_cast<std::ptrdiff_t>(at);
      data.erase(from,
                 from + static_cast<std::ptrdiff_t>(std::min<std::size_t>(8, data.size() - at)));
    }
  }
}

class Mutations : public ::testing::TestWithParam<Target> {};

TEST_P(Mutations, AreReadOrRefused) {
  const Target& target = GetParam();
  std::uint64_t stream = 0;
  for (const Seed& seed : seeds(target.name)) {
    target.run(seed);
    for (int n = 0; n < mutations_per_seed; ++n) {
      Random random(7, stream++);
      Seed data = seed;
      for (std::uint32_t edits = 1 + random.below(4); edits > 0; --edits) mutate(data, random);
      target.run(data);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Mutations, ::testing::ValuesIn(targets),
                         [](const auto& tested) { return std::string(tested.param.name); });

// The seeds must be valid, or the mutations would test little.
TEST(Seeds, AreValid) {
  for (const Seed& seed : seeds("idx")) {
    data::ByteStream stream = data::ByteStream::of(seed, "seed");
    EXPECT_EQ(data::read_idx(stream, 1000).bytes.size(), 24U);
  }
  EXPECT_EQ(io::parse_safetensors(
                std::as_bytes(std::span<const std::uint8_t>(seeds("safetensors")[0])), "seed")
                .tensors.size(),
            3U);
  for (const Seed& seed : seeds("image")) EXPECT_GT(data::decode_image(seed, "seed").width, 0);
  const Seed metrics = seeds("metrics")[0];
  EXPECT_EQ(io::parse_metrics({reinterpret_cast<const char*>(metrics.data()), metrics.size()}, "s")
                .size(),
            2U);
}

}  // namespace
}  // namespace ridgeback::fuzz
