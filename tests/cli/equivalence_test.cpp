// SPDX-License-Identifier: Apache-2.0
// The sample estimator_equivalence: that its runs show what they should and the page says it.
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "cli/page_rows.hpp"
#include "cli/program.hpp"
#include "harness/has_text.hpp"

namespace ridgeback::cli_test {
namespace {

using test::has_text;

class Equivalence : public Program {
 protected:
  [[nodiscard]] RunResult equivalence(const std::vector<std::string>& arguments) const {
    RunOptions options;
    options.program = ESTIMATOR_EQUIVALENCE_PROGRAM;
    return run(arguments, options);
  }
};

TEST_F(Equivalence, ComparesWeightsWithThoseOfTheControls) {
  const RunResult result =
      equivalence({"--estimators", "cge_tanh", "--hidden", "8", "--out", "page"});
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_EQ(result.output, "page/index.html\n");
  EXPECT_TRUE(has_text(read("page/distance.svg"), {"matched", "alpha alone", "other batches"}));
  const std::string page = read("page/report.md");
  // estimator, rate, steps, left, agreements and distances of four arms
  const auto rows = page_rows(page);
  const auto sgd = std::ranges::find_if(rows, [](const std::vector<std::string>& row) {
    return row.size() >= 12 && row[0] == "cge_tanh" && row[1] == "0.03";
  });
  ASSERT_NE(sgd, rows.end()) << page;
  const auto value = [&](std::size_t column) {
    return std::strtod((*sgd)[column].c_str(), nullptr);
  };
  for (std::size_t other = 1; other < 4; ++other) {
    EXPECT_GT(value(4), value(4 + other)) << "agreement with the matched run, " << page;
    EXPECT_LT(value(8), value(8 + other)) << "distance to the matched run, " << page;
  }
  EXPECT_TRUE(has_text(page, {"matched weights agree, at least 0.90", "## Adam"}));
}

TEST_F(Equivalence, WrongArgumentsAreNamed) {
  const RunResult none = equivalence({"--estimators", "denoise"});
  EXPECT_EQ(none.status, 2);
  EXPECT_TRUE(has_text(none.errors, {"denoise has no backward factor"}));
  const RunResult shape = equivalence({"--estimators", "cge_cosine:1.5"});
  EXPECT_EQ(shape.status, 2);
  EXPECT_TRUE(has_text(shape.errors, {"shape of cge_cosine", "1.5"}));
  const RunResult data = equivalence({"--data", "not/there"});
  EXPECT_EQ(data.status, 1);
  EXPECT_TRUE(has_text(data.errors, {"not/there"}));
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace ridgeback::cli_test
