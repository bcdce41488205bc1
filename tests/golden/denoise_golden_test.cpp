// SPDX-License-Identifier: Apache-2.0
// The worked cases of golden/denoise_cases.txt: codes exactly, values and gradients to 1e-5 of the
// case's largest.
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>

#include "harness/quant_case.hpp"

namespace ridgeback::test {
namespace {

struct Golden {
  std::string name;
  Shape shape;
  quant::Perturbation options;
  std::map<std::string, std::vector<double>> values;
};

[[maybe_unused]] void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.name;
}

Golden read_header(std::istringstream& line) {
  Golden golden;
  std::string word, options;
  std::int64_t rows = 0, cols = 0;
  line >> golden.name;
  while (line >> word) {
    if (word.starts_with("rows=")) {
      rows = std::atoll(word.c_str() + 5);
    } else if (word.starts_with("cols=")) {
      cols = std::atoll(word.c_str() + 5);
    } else {
      options += word + " ";
    }
  }
  golden.shape = Shape{rows, cols};
  golden.options = quant::perturbation_from_text(options);
  return golden;
}

std::vector<Golden> read_cases() {
  std::ifstream file(RIDGEBACK_SOURCE_DIR "/tests/golden/denoise_cases.txt");
  std::vector<Golden> cases;
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string key;
    line >> key;
    if (key == "case") {
      cases.push_back(read_header(line));
    } else if (key != "#") {
      std::vector<double>& values = cases.back().values[key];
      for (double v = 0; line >> v;) values.push_back(v);
    }
  }
  return cases;
}

class DenoiseGolden : public testing::TestWithParam<Golden> {};

TEST_P(DenoiseGolden, MatchesOnEveryVariant) {
  const Golden& golden = GetParam();
  QuantCase c{golden.shape, golden.values.at("x"), golden.values.at("dy"), golden.options};
  for (const QuantRun& run : run_quant(c)) {
    if (golden.options.codebook == quant::Codebook::none) {
      EXPECT_TRUE(near_largest(run.codes.values, golden.values.at("q"), 5e-6));
    } else {
      EXPECT_EQ(run.codes.values, golden.values.at("q"));
    }
    EXPECT_TRUE(near_largest(run.x_hat.values, golden.values.at("x_hat"), 1e-5));
    EXPECT_TRUE(near_largest(run.dx.values, golden.values.at("dx"), 1e-5));
  }
  c.options.backward = quant::Backward::live;
  const auto live = golden.values.find("live");
  for (const QuantRun& run : run_quant(c)) {
    EXPECT_TRUE(near_largest(
        run.dx.values, live == golden.values.end() ? golden.values.at("dx") : live->second, 1e-5));
  }
}

// The reference that the other tests rely on. (The cases were computed before x was rounded to
// f32.)
TEST_P(DenoiseGolden, MatchesTheReference) {
  const Golden& golden = GetParam();
  reference::QuantInput in = reference_input(
      {golden.shape, golden.values.at("x"), golden.values.at("dy"), golden.options});
  const reference::Coded coded = reference::code(in);
  EXPECT_TRUE(near_largest(coded.codes, golden.values.at("q"), 1e-5));
  std::vector<double> slopes, offsets;
  EXPECT_TRUE(near_largest(reference::dequantized(in, coded, &slopes, &offsets),
                           golden.values.at("x_hat"), 1e-5));
  EXPECT_TRUE(near_largest(slopes, golden.values.at("s"), 1e-5));
  EXPECT_TRUE(near_largest(offsets, golden.values.at("b"), 1e-5));
  EXPECT_TRUE(near_largest(reference::gradient(in, coded, golden.values.at("dy")),
                           golden.values.at("dx"), 1e-5));
  in.options.backward = quant::Backward::live;
  const auto live = golden.values.find("live");
  EXPECT_TRUE(near_largest(reference::gradient(in, coded, golden.values.at("dy")),
                           live == golden.values.end() ? golden.values.at("dx") : live->second,
                           1e-5));
}

INSTANTIATE_TEST_SUITE_P(Cases, DenoiseGolden, testing::ValuesIn(read_cases()),
                         [](const auto& instance) { return instance.param.name; });

TEST(DenoiseGoldenFile, HoldsAllCases) {
  EXPECT_EQ(read_cases().size(), 29U);
}

}  // namespace
}  // namespace ridgeback::test
