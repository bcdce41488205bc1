// SPDX-License-Identifier: Apache-2.0
// `bench --report`.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/page_rows.hpp"
#include "cli/program.hpp"
#include "harness/has_text.hpp"

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

TEST_F(Bench, StepsThatSkipZerosAreToldApart) {
  const Json printed = Json::parse(run_well(
      {"--json",  "bench", "sparse",  "--quick",  "--seconds", "0",     "--m",      "32",
       "--n",     "8",     "--k",     "32",       "--zeros",   "0.9",   "--widths", "30,24,10",
       "--batch", "8",     "--types", "rows f32", "--report",  "report"}));
  const std::vector<Words> rows = page_rows(read("report/report.md"));
  int steps = 0, compared = 0, products = 0;
  for (const Json& result : printed["results"]) {
    if (result["types"] == "rows f32") ++products;
    if (result["name"] != "step") continue;
    ++steps;
    const std::string how = result["variant"];
    const std::string zeros = result.contains("sparsity") ? "90.0 %" : "";
    const auto row = std::ranges::find_if(rows, [&](const Words& each) {
      return each.size() > 2 && each[0] == "f32" && each[1] == how;
    });
    ASSERT_NE(row, rows.end()) << how;
    EXPECT_EQ((*row)[2], zeros) << how;
    EXPECT_EQ(row->back().empty(), !result.contains("max_error")) << how;
    if (result.contains("max_error")) ++compared;
  }
  EXPECT_EQ(products, 3) << "spmm, of the transpose, sddmm";
  EXPECT_EQ(steps, 5);
  EXPECT_EQ(compared, 1) << "the one that trains every weight, with that which multiplies zeros";
}

TEST_F(Bench, CodesInBlocksAreMeasuredWhereAskedFor) {
  const Json printed = Json::parse(run_well({"--json",        "bench", "sparse",   "--quick",
                                             "--seconds",     "0",     "--m",      "32",
                                             "--n",           "8",     "--k",      "64",
                                             "--zeros",       "0.75",  "--widths", "30,24,10",
                                             "--batch",       "8",     "--types",  "blocks 8x8 i4",
                                             "blocks 1x32 s1"}));
  std::map<std::string, int> rows;
  for (const Json& result : printed["results"]) ++rows[result["types"]];
  EXPECT_GE(rows["blocks 8x8 i4"], 2) << "spmm and of the transpose";
  EXPECT_GE(rows["blocks 1x32 s1"], 2);
  EXPECT_EQ(rows["blocks 8x8 f32"], 0);
}

// Results are checked against double precision before they are timed.
TEST_F(Bench, ProductsOfGroupsAreMeasuredWhereAskedFor) {
  const Json printed = Json::parse(
      run_well({"--json", "bench", "matmul", "--quick", "--seconds", "0", "--m", "50", "--n", "40",
                "--k", "64", "--types", "b1,b1/64/g8", "f32,i4/64/g8", "f32,f32/g8"}));
  std::map<std::string, int> columns;
  for (const Json& result : printed["results"])
    if (result["name"] == "matmul") columns[result["types"]] = result["n"];
  const std::map<std::string, int> want{
      {"f32,f32", 40}, {"b1,b1/64/g8", 5}, {"f32,i4/64/g8", 5}, {"f32,f32/g8", 5}};
  EXPECT_EQ(columns, want);
}

// Each is timed in turns with the f32 step, so how many times as fast it is need not be the ratio
// of the times shown; it is of their size. With 8-bit gradients a step this wide takes about half
// the time of f32: a ratio the wrong way round is four times what the times say.
TEST_F(Bench, StepsAreHeldAgainstTheF32Step) {
  const Json printed = Json::parse(
      run_well({"--json", "bench", "step", "--quick", "--seconds", "0", "--widths",
                "784,1024,1024,10", "--batch", "128", "--types", "f32", "A1W1 sign_mean/row dY8"}));
  const Json& results = printed["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]["types"], "f32");
  EXPECT_EQ(results[0]["vs_f32"], 1);
  for (const Json& result : results) {
    const double of_times = results[0]["ms"].get<double>() / result["ms"].get<double>();
    EXPECT_NEAR(std::log(result["vs_f32"].get<double>() / of_times), 0, std::log(3.0)) << result;
  }
}

TEST_F(Bench, EveryKindOfStepIsMeasured) {
  const Json printed = Json::parse(run_well({"--json", "bench", "step", "--quick", "--seconds", "0",
                                             "--widths", "784,64,10", "--batch", "16"}));
  EXPECT_EQ(printed["results"].size(), 5U);
}

TEST_F(Bench, UnknownTypesAreNamed) {
  expect_failure({"bench", "targets", "--types", "steps", "larch"}, 2, "larch");
  const Words tiny{"--m", "8", "--n", "8", "--k", "32", "--seconds", "0", "--report", "report"};
  const RunResult wrong = run(Words{"bench", "matmul", "--types", "b1,b1", "b1,b9"} + tiny);
  EXPECT_EQ(wrong.status, 2);
  EXPECT_TRUE(test::has_text(wrong.errors, {"--types: there is no such row (got b1,b9)"}));
  EXPECT_TRUE(files().empty()) << "no report";
}

TEST_F(Bench, ATileThatIsForcedInVainIsNamed) {
  const Words small{"bench", "matmul",    "--m", "16",         "--n",     "16",   "--k",
                    "64",    "--seconds", "0",   "--no-naive", "--types", "b1,b1"};
  const auto errors = [&](const char* tile) {
    const std::string forced = std::string("RIDGEBACK_FORCE=matmul_bits/tile:") + tile;
    const RunResult result = run(small, {.variables = {forced}});
    EXPECT_EQ(result.status, 0) << result.errors;
    return result.errors;
  };
  EXPECT_TRUE(test::has_text(errors("9x9"), {"matmul_bits tile 9x9 is forced but not offered"}));
  EXPECT_EQ(errors("4x2").find("not offered"), std::string::npos);
}

TEST_F(Bench, OptionsThatSayNothingAreRefused) {
  expect_failure({"bench", "memory", "--k", "5"}, 2, "--k says nothing here (got memory");
  expect_failure({"bench", "targets", "--m", "5"}, 2, "--m says nothing here");
  expect_failure({"bench", "--isa", "--zeros", "0.5"}, 2, "--zeros says nothing here (got --isa");
}

TEST_F(Bench, TargetsAreMeasuredAndHeldAgainstWhatIsAsked) {
  const Json printed =
      Json::parse(run_well({"--json", "bench", "targets", "--quick", "--seconds", "0", "--types",
                            "few_rows", "sparse", "--report", "report"}));
  EXPECT_EQ(printed["targets"].size(), 19U);
  const std::vector<Words> rows = page_rows(read("report/report.md"));
  for (const Json& target : printed["targets"]) {
    const double measured = target["measured"];
    EXPECT_GT(measured, 0) << target.dump();
    EXPECT_EQ(target.contains("asked"), target.contains("met")) << target.dump();
    if (target.contains("asked")) {
      EXPECT_EQ(target["met"].get<bool>(), measured >= target["asked"].get<double>());
    }
    EXPECT_EQ(std::ranges::count_if(rows,
                                    [&](const Words& row) {
                                      return row.size() == 5 && row[0] == target["what"] &&
                                             row[1] == target["against"];
                                    }),
              1)
        << target.dump();
  }
}

}  // namespace
}  // namespace ridgeback::cli_test
