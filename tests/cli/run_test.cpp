// SPDX-License-Identifier: Apache-2.0
// Train, evaluate, export, infer: what each leaves and that they agree.
#include <algorithm>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ridgeback::cli_test {
namespace {

using Words = std::vector<std::string>;
using Json = nlohmann::json;
using Runs = Program;

TEST_F(Runs, LeaveTheDocumentedFiles) {
  const Json result = Json::parse(run_well(Words{"train", "--out", "run", "--json"} + tiny()));
  EXPECT_EQ(result["steps"], 16);
  EXPECT_EQ(result["epochs"].size(), 2U);
  EXPECT_EQ(result["settings"]["weights"], "1");

  std::istringstream lines(read("run/metrics.jsonl"));
  int epoch = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json record = Json::parse(line);
    EXPECT_EQ(record["epoch"], ++epoch);
    for (const char* key : {"train_loss", "test_loss", "test_accuracy", "seconds"}) {
      EXPECT_TRUE(record[key].is_number()) << key;
    }
    EXPECT_GE(record["test_accuracy"].get<double>(), 0);
    EXPECT_LE(record["test_accuracy"].get<double>(), 1);
  }
  EXPECT_EQ(epoch, 2);

  const Json summary = Json::parse(read("run/summary.json"));
  EXPECT_EQ(summary["settings"]["hidden"], "32");
  for (const char* key :
       {"train_loss", "test_loss", "test_accuracy", "seconds", "step_ms", "peak_bytes"}) {
    EXPECT_TRUE(summary[key].is_number()) << key;
  }
  EXPECT_TRUE(summary["device"].is_string());
  EXPECT_EQ(summary["test_accuracy"], result["test_accuracy"]);
  EXPECT_EQ(read("run/curves.svg").find("<svg"), 0U);
  EXPECT_EQ(Json::parse(read("run/settings.json"))["activations"], "1");

  expect_failure(Words{"train", "--out", "run"} + tiny(), 2, "--resume");
}

TEST_F(Runs, EvalExportAndInferAgree) {
  const Json trained = Json::parse(run_well(Words{"train", "--out", "run", "--json"} + tiny()));
  const Json run_eval = Json::parse(run_well({"eval", "run", "--json"}));
  EXPECT_EQ(run_eval["accuracy"], trained["test_accuracy"]);
  EXPECT_EQ(run_eval["samples"], 100);

  const Json report = Json::parse(run_well({"export", "run", "m.safetensors", "--json"}));
  EXPECT_EQ(report["file_bytes"], std::filesystem::file_size(folder() / "m.safetensors"));
  EXPECT_EQ(report["parameters"], 784 * 32 + 32 + 64 + 32 * 10 + 10);
  EXPECT_EQ(report["f32_bytes"], 4 * report["parameters"].get<std::int64_t>());
  EXPECT_LT(report["file_bytes"].get<double>() * 5, report["f32_bytes"].get<double>());
  EXPECT_GE(report["bits_per_weight"].get<double>(), 1.0);
  EXPECT_GT(report["bits_per_weight_factors"], report["bits_per_weight"]);

  const Words samples{"--data", "drawn", "--test-samples", "100", "--json"};
  const Json packed_eval = Json::parse(run_well(Words{"eval", "m.safetensors"} + samples));
  EXPECT_EQ(packed_eval["loss"], run_eval["loss"]);
  EXPECT_EQ(packed_eval["accuracy"], run_eval["accuracy"]);

  const Words infer = samples + Words{"--logits"};
  const Json from_run = Json::parse(run_well(Words{"infer", "run"} + infer));
  const Json from_file = Json::parse(run_well(Words{"infer", "m.safetensors"} + infer));
  ASSERT_EQ(from_file.size(), 100U);
  EXPECT_EQ(from_run, from_file);
  int right = 0;
  for (const Json& entry : from_file) right += entry["index"] == entry["label"] ? 1 : 0;
  EXPECT_DOUBLE_EQ(right / 100.0, packed_eval["accuracy"].get<double>());
}

TEST_F(Runs, InferShowsTheLikeliestClasses) {
  run_well(Words{"train", "--out", "run", "-q", "--steps", "2"} + tiny());
  run_well({"export", "run", "m.safetensors"});
  const Json json = Json::parse(run_well(
      {"infer", "m.safetensors", "--data", "drawn", "--limit", "3", "--top", "10", "--json"}));
  ASSERT_EQ(json.size(), 3U);
  for (const Json& entry : json) {
    double sum = 0;
    double last = 1;
    for (const Json& guess : entry["top"]) {
      sum += guess["probability"].get<double>();
      EXPECT_LE(guess["probability"].get<double>(), last);
      last = guess["probability"].get<double>();
    }
    EXPECT_NEAR(sum, 1, 1e-6);
    EXPECT_EQ(entry["class"], entry["top"][0]["class"]);
  }
  const std::string lines =
      run_well({"infer", "m.safetensors", "--data", "drawn", "--limit", "3", "-q"});
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
}

TEST_F(Runs, TheSameSeedGivesTheSameBytesAndAnotherOneOthers) {
  for (const std::string name : {"a", "b", "c"}) {
    const std::string seed = name == "c" ? "2" : "1";
    run_well(Words{"train", "--deterministic", "--out", name, "--seed", seed, "-q"} + tiny());
    run_well({"export", name, name + ".safetensors"});
  }
  EXPECT_EQ(read("a.safetensors"), read("b.safetensors"));
  EXPECT_NE(read("a.safetensors"), read("c.safetensors"));
}

TEST_F(Runs, SimulationAgreesWithPackedProducts) {
  const Json packed = Json::parse(run_well(Words{"train", "--json"} + tiny()));
  const Json simulated = Json::parse(run_well(Words{"train", "--json", "--simulate"} + tiny()));
  EXPECT_NEAR(packed["epochs"][0]["train_loss"].get<double>(),
              simulated["epochs"][0]["train_loss"].get<double>(), 0.05);
}

TEST_F(Runs, InspectShowsWhatFilesHold) {
  run_well(Words{"train", "--out", "run", "-q", "--steps", "2"} + tiny());
  run_well({"export", "run", "m.safetensors"});
  const std::string file = run_well({"inspect", "m.safetensors"});
  for (const char* text : {"linear", "codes", "factors", "sample_shape"}) {
    EXPECT_NE(file.find(text), std::string::npos) << text;
  }
  const Json json = Json::parse(run_well({"inspect", "m.safetensors", "--json"}));
  EXPECT_FALSE(json["tensors"].empty());
  const std::string run_text = run_well({"inspect", "run"});
  EXPECT_NE(run_text.find("train-samples"), std::string::npos);
  EXPECT_NE(run_text.find("checkpoint-2"), std::string::npos);
}

TEST_F(Runs, ProfileWritesATrace) {
  const RunResult result =
      run(Words{"train", "--profile", "trace.json", "--steps", "2", "-q"} + tiny());
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("matmul"), std::string::npos) << result.errors;
  const Json trace = Json::parse(read("trace.json"));
  EXPECT_FALSE(trace["traceEvents"].empty());
}

}  // namespace
}  // namespace ridgeback::cli_test
