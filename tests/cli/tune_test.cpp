// SPDX-License-Identifier: Apache-2.0
// `tune`: what it leaves behind, and what other verbs make of it.
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ridgeback::cli_test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// A step that is small, with the same options for all verbs.
Words small_step() {
  return {"--inputs", "20", "--hidden", "12", "--batch", "8", "--norm", "none"};
}

class Tune : public Program {
 protected:
  [[nodiscard]] RunOptions own_cache(const Words& more = {}) const {
    RunOptions options;
    options.variables = Words{"RIDGEBACK_CACHE=" + path("cache")} + more;
    return options;
  }

  // Why each choice of the step's plan is what it is, as "kernel what why taken".
  [[nodiscard]] Words reasons(const Words& arguments, const RunOptions& options) const {
    Words found;
    const Json plan = Json::parse(
        run_well(Words{"--json", "inspect", "--plan"} + small_step() + arguments, options));
    for (const Json& launch : plan["launches"]) {
      for (const Json& choice : launch["choices"]) {
        found.push_back(launch["kernel"].get<std::string>() + " " +
                        choice["what"].get<std::string>() + " " + choice["why"].get<std::string>() +
                        " " + choice["taken"].get<std::string>());
      }
    }
    return found;
  }
  static bool any(const Words& reasons, const std::string& part) {
    return std::ranges::any_of(
        reasons, [&](const std::string& reason) { return reason.find(part) != std::string::npos; });
  }
};

TEST_F(Tune, WhatItChoosesIsUsedAndNamed) {
  const Words before = reasons({}, own_cache());
  EXPECT_TRUE(any(before, "matmul_f32 tile rule"));
  EXPECT_FALSE(any(before, " tuned "));

  const Words tune = Words{"--json", "tune", "--only", "step", "--seconds", "0"} + small_step();
  const Json first = Json::parse(run_well(tune, own_cache()));
  ASSERT_FALSE(first["results"].empty());
  for (const Json& result : first["results"]) {
    EXPECT_GE(result["options"].size(), 1U);
    EXPECT_EQ(result["rule"], result["options"][0]["option"]);
    EXPECT_TRUE(result["refused"].empty()) << result.dump();
  }
  EXPECT_EQ(first["file"].get<std::string>().rfind(path("cache"), 0), 0U);
  EXPECT_TRUE(Json::parse(run_well(tune, own_cache()))["results"].empty()) << "measured again";

  const Words after = reasons({}, own_cache());
  EXPECT_TRUE(any(after, "matmul_f32 tile tuned"));
  EXPECT_FALSE(any(after, " rule "));
  EXPECT_EQ(reasons({"--deterministic"}, own_cache()), before);
  EXPECT_TRUE(any(reasons({}, own_cache({"RIDGEBACK_FORCE=matmul_f32/tile:4x2"})),
                  "matmul_f32 tile forced 4x2"));
  const Json devices = Json::parse(run_well({"--json", "devices"}, own_cache()));
  EXPECT_EQ(devices["devices"][devices["chosen"].get<std::size_t>()]["choices"]["tuned"].size(),
            first["results"].size());
}

TEST_F(Tune, ItMeasuresTheStepsThatSkipPrunedWeights) {
  const Words sparse{"--sparsity", "0.9", "--sparse-path", "--refresh-every", "3"};
  const RunResult result =
      run(Words{"--json", "tune", "--only", "step", "--seconds", "0"} + small_step() + sparse,
          own_cache());
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("training step between refreshes of"), std::string::npos)
      << result.errors;
  const Json document = Json::parse(result.output);
  // What products at the entries alone launch; the baseline has one variant of it, so no choice.
  EXPECT_EQ(std::ranges::any_of(document["results"],
                                [](const Json& choice) { return choice["kernel"] == "sddmm"; }),
            std::getenv("RIDGEBACK_BASELINE") == nullptr)
      << result.output;
  for (const Words& step : {sparse, sparse + Words{"--between"}}) {
    const Words after = reasons(step, own_cache());
    EXPECT_TRUE(any(after, " tuned "));
    EXPECT_FALSE(any(after, " rule "));
  }
  expect_failure({"inspect", "--plan", "--between"}, 2, "--between");
}

TEST_F(Tune, ItMeasuresWhatASimulatedStepLaunches) {
  const Words simulated{"--simulate", "--weights", "1", "--activations", "1"};
  static_cast<void>(run_well(
      Words{"--json", "tune", "--only", "step", "--seconds", "0"} + small_step() + simulated,
      own_cache()));
  EXPECT_FALSE(any(reasons(simulated, own_cache()), " rule "));
}

TEST_F(Tune, ADamagedFileIsReportedAndIgnored) {
  const Words before = reasons({}, own_cache());
  static_cast<void>(run_well(
      Words{"--json", "tune", "--only", "step", "--seconds", "0"} + small_step(), own_cache()));
  const Words all = files();
  const auto file = std::ranges::find_if(
      all, [](const std::string& name) { return name.find("tuned-") != std::string::npos; });
  ASSERT_NE(file, all.end());
  write(*file, read(*file).substr(0, 100));
  EXPECT_EQ(reasons({}, own_cache()), before);
  const RunResult result = run(Words{"inspect", "--plan"} + small_step(), own_cache());
  EXPECT_NE(result.errors.find("damaged"), std::string::npos) << result.errors;
}

TEST_F(Tune, TakesARunFolder) {
  static_cast<void>(
      run_well({"train", "--out", "run", "--hidden", "8", "--norm", "none", "--train-samples", "32",
                "--test-samples", "8", "--batch", "8", "--steps", "1"}));
  const RunResult result = run({"--json", "tune", "run", "--seconds", "0"}, own_cache());
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("training step"), std::string::npos);
  EXPECT_NE(result.errors.find("evaluation of run, batch 1\n"), std::string::npos);
  EXPECT_FALSE(Json::parse(result.output)["results"].empty());
  expect_failure({"tune", "run", "--only", "step"}, 2, "one of the two");
  expect_failure({"tune", "nothing_here"}, 1, "nothing_here");
}

}  // namespace
}  // namespace ridgeback::cli_test
