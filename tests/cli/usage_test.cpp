// SPDX-License-Identifier: Apache-2.0
// The command line itself: help, unknown words, values out of range, devices.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/program.hpp"

namespace ridgeback::cli_test {
namespace {

using Usage = Program;
using Words = std::vector<std::string>;

TEST_F(Usage, HelpOfEveryVerbEndsWithExamples) {
  for (const std::string verb :
       {"devices", "train", "eval", "export", "infer", "inspect", "bench", "tune"}) {
    const std::string text = run_well({verb, "--help"});
    EXPECT_NE(text.find("Examples:"), std::string::npos) << verb;
    EXPECT_NE(text.find("ridgeback " + verb), std::string::npos) << verb;
  }
  EXPECT_NE(run_well({"--help"}).find("--device"), std::string::npos);
  EXPECT_NE(run_well({"--version"}).find('.'), std::string::npos);
}

// The drivers of these tests do not tell it; tests/vendors has one that does.
TEST_F(Usage, WhatACompilerMadeIsToldOrTheDriverThatTellsItIsNamed) {
  expect_failure({"bench", "--isa"}, 1, "RADV_FORCE_FAMILY");
  expect_failure({"bench"}, 2, "what is required");
}

TEST_F(Usage, WrongWordsAreWrongUsageAndAreNamed) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{}, "subcommand"},
      {{"trian"}, "trian"},
      {{"train", "--wieghts", "1"}, "--wieghts"},
      {{"train", "--weights"}, "--weights"},
      {{"train", "--weights", "9"}, "--weights"},
      {{"train", "--weights", "1", "--weights", "2"}, "--weights"},
      {{"train", "--activations", "x"}, "--activations"},
      {{"train", "--gradients", "1"}, "--gradients"},
      {{"train", "--sparsity", "1.5"}, "--sparsity"},
      {{"train", "--sparsity", "5:4"}, "--sparsity"},
      {{"train", "--estimator", "magic"}, "--estimator"},
      {{"train", "--backward", "none"}, "--backward"},
      {{"train", "--codebook", "nice"}, "--codebook"},
      {{"train", "--group", "-64"}, "--group"},
      {{"train", "--lambda", "-1"}, "--lambda"},
      {{"train", "--lambda", "nan"}, "--lambda"},
      {{"train", "--epochs", "0"}, "--epochs"},
      {{"train", "--epochs", "2.5"}, "--epochs"},
      {{"train", "--epochs", "99999999999999999999"}, "--epochs"},
      {{"train", "--batch", "0"}, "--batch"},
      {{"train", "--batch", "1e9"}, "--batch"},
      {{"train", "--lr", "0"}, "--lr"},
      {{"train", "--lr", "inf"}, "--lr"},
      {{"train", "--schedule", "zigzag"}, "--schedule"},
      {{"train", "--optimizer", "adam:rate"}, "--optimizer"},
      {{"train", "--hidden", "512,"}, "--hidden"},
      {{"train", "--hidden", "0"}, "--hidden"},
      {{"train", "--norm", "group"}, "--norm"},
      {{"train", "--model", "resnet"}, "--model"},
      {{"train", "--seed", "-1"}, "--seed"},
      {{"train", "--data", ""}, "--data"},
      {{"train", "--dropout", "1"}, "--dropout"},
      {{"train", "--diagnose", "-1"}, "--diagnose"},
      {{"train", "--on-nonfinite", "pray"}, "--on-nonfinite"},
      {{"train", "--timesteps", "0"}, "--timesteps"},
      {{"train", "--temporal", "eternal"}, "--temporal"},
      {{"train", "--leak", "1.5"}, "--leak"},
      {{"train", "--bits-schedule", "5:1"}, "--bits-schedule"},
      {{"train", "--sparsity-schedule", "square"}, "--sparsity-schedule"},
      {{"train", "--lambda-schedule", "linear"}, "--lambda-schedule"},
      {{"train", "--from", ""}, "--from"},
      {{"eval"}, "MODEL"},
      {{"eval", "x", "--split", "both"}, "--split"},
      {{"export", "x"}, "FILE"},
      {{"infer", "x"}, "infer"},
      {{"inspect"}, "inspect"},
  };
  for (const auto& [words, text] : cases) expect_failure(words, 2, text);
  EXPECT_TRUE(files().empty());
}

TEST_F(Usage, CombinationsThatMakeNoSenseAreWrongUsage) {
  expect_failure({"train", "--weights", "4", "--codebook", "sign_mean"}, 2, "sign_mean");
  expect_failure({"train", "--activations", "1", "--group", "tensor"}, 2, "activations");
  expect_failure({"train", "--weights", "1", "--estimator", "ste", "--backward", "live"}, 2,
                 "--backward");
  expect_failure({"train", "--weights", "1", "--clipped"}, 2, "clipped");
  expect_failure({"train", "--lr", "1", "--optimizer", "adam:rate=0.1"}, 2, "--lr");
  expect_failure({"train", "--out", "a", "--resume", "b"}, 2, "--out");
  expect_failure({"train", "--timesteps", "4"}, 2, "time steps");
  expect_failure({"train", "--temporal", "recurrent"}, 2, "--temporal");
  expect_failure({"train", "--activations", "1", "--leak", "0.5"}, 2, "--leak");
  expect_failure({"train", "--weights", "1", "--input-group", "channel"}, 2, "--input-group");
  expect_failure({"train", "--activations", "1", "--quantize", "inner", "--input-group", "32"}, 2,
                 "--input-group");
}

TEST_F(Usage, QuantizedGradientsAreOfQuantizedLayers) {
  expect_failure({"train", "--gradients", "4", "--out", "run"}, 2, "--gradients");
  EXPECT_TRUE(files().empty());
}

TEST_F(Usage, DevicesListsThemAndSaysWhichIsChosen) {
  const auto json = nlohmann::json::parse(run_well({"devices", "--json"}));
  ASSERT_FALSE(json["devices"].empty());
  const auto& device = json["devices"][json["chosen"].get<std::size_t>()];
  EXPECT_TRUE(device["usable"].get<bool>());
  EXPECT_FALSE(device["name"].get<std::string>().empty());
  EXPECT_GE(device["limits"]["max_storage_buffers"].get<int>(), 8);
  EXPECT_FALSE(device["kernels"].empty());
  for (const auto& [kernel, variants] : device["kernels"].items()) {
    for (const auto& variant : variants) {
      EXPECT_TRUE(variant["usable"].get<bool>() || !variant["missing"].get<std::string>().empty())
          << kernel;
    }
  }
  EXPECT_NE(run_well({"devices", "--kernels"}).find("chosen: "), std::string::npos);
}

TEST_F(Usage, DevicesTellsWhatASwitchTurnsOff) {
  const auto baseline = nlohmann::json::parse(
      run_well({"devices", "--json"}, {.variables = {"RIDGEBACK_BASELINE=1"}}));
  const auto& device = baseline["devices"][baseline["chosen"].get<std::size_t>()];
  for (const auto& [name, state] : device["capabilities"].items()) {
    EXPECT_FALSE(state["used"].get<bool>()) << name;
  }
  EXPECT_FALSE(device["notes"].empty());
}

TEST_F(Usage, ADeviceThatIsNotThereIsNamed) {
  for (const std::string device : {"99", "no-such-device"}) {
    expect_failure({"train", "--device", device}, 2, device);
    expect_failure({"--device", device, "devices"}, 2, device);
  }
  const RunOptions no_driver{
      .variables = {"VK_DRIVER_FILES=/nowhere.json", "VK_ICD_FILENAMES=/nowhere.json"}};
  expect_failure({"train", "--out", "run"}, 1, "mesa-vulkan-drivers", no_driver);
  EXPECT_TRUE(files().empty());
}

TEST_F(Usage, AFullStandardOutputIsAFailure) {
  const RunResult result = run({"devices"}, {.output_file = "/dev/full"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.errors.find("standard output"), std::string::npos) << result.errors;
}

TEST_F(Usage, PlansNeedNoDevice) {
  const Words plan{"inspect", "--plan", "--device", "none", "--hidden", "64"};
  const std::string text = run_well(plan);
  EXPECT_NE(text.find("matmul"), std::string::npos);
  const auto json = nlohmann::json::parse(run_well(plan + Words{"--json"}));
  EXPECT_GT(json["peak_bytes"].get<std::int64_t>(), 0);
  EXPECT_FALSE(json["launches"].empty());
  EXPECT_EQ(run_well(plan + Words{"--dot"}).rfind("digraph", 0), 0U);
  const auto evaluation = nlohmann::json::parse(run_well(plan + Words{"--json", "--evaluation"}));
  EXPECT_LT(evaluation["launches"].size(), json["launches"].size());
}

}  // namespace
}  // namespace ridgeback::cli_test
