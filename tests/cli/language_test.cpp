// SPDX-License-Identifier: Apache-2.0
// Language models from the command line: train, eval, export, infer.
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace ridgeback::cli_test {
namespace {

using Words = std::vector<std::string>;
using Json = nlohmann::json;

class Language : public Program {
 protected:
  // A text of 2400 characters, and a run of 12 steps on it.
  void write_text() const {
    std::string text;
    for (int i = 0; text.size() < 2400; ++i)
      text += std::string(i * i % 7 < 3 ? "so " : "and ") + (i % 5 == 0 ? "on\n" : "\xC3\xA9t ");
    write("text.txt", text);
  }
  [[nodiscard]] Words train(const std::string& out) const {
    return {"train",
            "--model",
            "gpt",
            "--data",
            path("text.txt"),
            "--layers",
            "1",
            "--width",
            "32",
            "--heads",
            "2",
            "--context",
            "16",
            "--batch",
            "4",
            "--steps",
            "12",
            "--lr",
            "0.01",
            "--seed",
            "3",
            "--weights",
            "1",
            "--activations",
            "1",
            "--out",
            out,
            "--eval-steps",
            "6"};
  }
};

TEST_F(Language, TrainEvalExportAndInferAgree) {
  write_text();
  const Json trained = Json::parse(run_well(train("run") + Words{"--json"}));
  ASSERT_EQ(trained["epochs"].size(), 2U);
  EXPECT_EQ(trained["epochs"][0]["step"], 6);
  EXPECT_NEAR(trained["test_bits"].get<double>(),
              trained["test_loss"].get<double>() / std::log(2.0), 1e-9);
  EXPECT_LT(trained["test_loss"].get<double>(), std::log(13.0));

  const Json run_eval = Json::parse(run_well({"eval", "run", "--json"}));
  EXPECT_EQ(run_eval["loss"], trained["test_loss"]);
  EXPECT_TRUE(run_eval["perplexity"].is_number());
  run_well({"export", "run", "m.safetensors"});
  const Json packed_eval =
      Json::parse(run_well({"eval", "m.safetensors", "--data", "text.txt", "--json"}));
  EXPECT_EQ(packed_eval["loss"], run_eval["loss"]);
  EXPECT_EQ(Json::parse(run_well({"eval", "run", "--limit", "2", "--json"}))["samples"], 2);

  const Words prompt{"--prompt", "and \xC3\xA9", "--length", "30", "--seed", "7", "--json"};
  const Json from_run = Json::parse(run_well(Words{"infer", "run"} + prompt));
  const Json from_file = Json::parse(run_well(Words{"infer", "m.safetensors"} + prompt));
  EXPECT_EQ(from_run, from_file);
  EXPECT_EQ(from_file["tokens"].size(), 30U);
  const std::string shown =
      run_well({"infer", "run", "--prompt", "and \xC3\xA9", "--length", "30", "--seed", "7"});
  EXPECT_EQ(shown, "and \xC3\xA9" + from_file["text"].get<std::string>() + "\n");
}

TEST_F(Language, MistakesAreNamed) {
  write_text();
  write("empty.txt", "");
  write("bad.txt", std::string(500, 'a') + "\xFF");
  const auto gpt = [](const std::string& data, const Words& more) {
    return Words{"train", "--model", "gpt", "--data", data, "--steps", "1"} + more;
  };
  expect_failure(gpt("text.txt", {"--heads", "3"}), 2, "heads must divide the width");
  expect_failure(gpt("text.txt", {"--context", "300"}), 2, "too short for a context of 300");
  expect_failure(gpt("text.txt", {"--hidden", "8"}), 2, "--hidden");
  expect_failure(gpt("text.txt", {"--norm", "batch"}), 2, "norm");
  expect_failure(gpt("text.txt", {"--attention-bits", "t"}), 2, "--attention-bits");
  expect_failure(gpt("empty.txt", {}), 2, "there is no text");
  expect_failure(gpt("bad.txt", {}), 1, "no UTF-8");
  expect_failure(gpt("drawn", {}), 2, "needs text");
  expect_failure({"train", "--data", "text.txt"}, 2, "gpt");
  expect_failure({"train", "--layers", "3"}, 2, "--layers");

  run_well(train("run") + Words{"-q"});
  expect_failure({"infer", "run", "--prompt", "Q"}, 1, "'Q'");
  expect_failure({"infer", "run", "--prompt", ""}, 2, "--prompt");
  expect_failure({"infer", "run", "--data", "text.txt"}, 2, "--prompt");
  expect_failure({"eval", "run", "--data", "drawn"}, 2, "takes text");
  write("other.txt", std::string(400, 'Q'));
  expect_failure({"eval", "run", "--data", "other.txt"}, 1, "'Q'");
}

TEST_F(Language, BytesTakeAnyFile) {
  std::string raw;
  for (int i = 0; i < 1500; ++i) raw += static_cast<char>(i * i % 251);
  write("text.txt", raw);
  run_well(train("run") + Words{"--tokens", "bytes", "--tie", "--quantize", "all", "-q"});
  const Json json = Json::parse(run_well(
      {"infer", "run", "--length", "5", "--top-k", "3", "--temperature", "0.7", "--json"}));
  EXPECT_EQ(json["tokens"].size(), 5U);
}

}  // namespace
}  // namespace ridgeback::cli_test
