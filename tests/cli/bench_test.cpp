// SPDX-License-Identifier: Apache-2.0
// `bench --report`.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ridgeback::cli_test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;
using Bench = Program;

TEST_F(Bench, AReportIsAPageWithTablesAndPlots) {
  const Words small{"--quick", "--seconds", "0", "--m", "20", "--n", "24", "--k", "64"};
  const Json printed =
      Json::parse(run_well(Words{"--json", "bench", "matmul", "--report", "report"} + small));
  EXPECT_EQ(Json::parse(read("report/bench.json")), printed);
  ASSERT_GE(printed["results"].size(), 3U);
  const std::string page = read("report/index.html"), text = read("report/report.md");
  for (const Json& result : printed["results"]) {
    EXPECT_GT(result["ms"].get<double>(), 0);
    EXPECT_GT(result["operations_per_byte"].get<double>(), 0);
    const std::string types = result["types"];
    EXPECT_NE(page.find("<td>" + types + "</td>"), std::string::npos) << types;
    EXPECT_NE(text.find("| " + types + " |"), std::string::npos) << types;
  }
  for (const char* plot : {"report/roofline-f32.svg", "report/roofline-codes.svg"}) {
    const std::string svg = read(plot);
    EXPECT_NE(svg.find("<circle"), std::string::npos) << plot;
    EXPECT_NE(page.find(svg), std::string::npos) << "the page is complete in itself";
  }
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace ridgeback::cli_test
