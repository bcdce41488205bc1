// SPDX-License-Identifier: Apache-2.0
// Runs that are killed, interrupted and resumed end with the same bytes as those left alone.
#include "ridgeback/io/folder_lock.hpp"

#include <filesystem>
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

class Resume : public Program {
 protected:
  // Long enough to be killed in: 48 steps with a checkpoint after each fourth.
  [[nodiscard]] static Words train(const std::string& out) {
    return Words{"train",     "--out", out, "--checkpoint-steps", "4", "--shift", "1",
                 "--dropout", "0.1",   "-q"} +
           Words{"--hidden",      "32", "--train-samples", "256", "--test-samples", "100",
                 "--batch",       "32", "--epochs",        "6",   "--weights",      "1",
                 "--activations", "1"};
  }

  [[nodiscard]] std::string exported(const std::string& name) const {
    run_well({"export", name, name + ".safetensors"});
    return read(name + ".safetensors");
  }

  // Metrics without the times.
  [[nodiscard]] std::vector<Json> metrics(const std::string& name) const {
    std::vector<Json> records;
    std::istringstream lines(read(name + "/metrics.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      records.push_back(Json::parse(line));
      records.back().erase("seconds");
    }
    return records;
  }
};

TEST_F(Resume, AKilledRunEndsWithTheSameBytes) {
  const RunResult whole = run(train("whole"));
  ASSERT_EQ(whole.status, 0) << whole.errors;
  const std::string expected = exported("whole");
  const auto expected_metrics = metrics("whole");
  // From before the first step to shortly before the end.
  int runs = 0;
  int kills = 0;
  for (const double share : {0.02, 0.45, 0.9}) {
    SCOPED_TRACE(share);
    const std::string name = "killed" + std::to_string(runs++);
    RunResult result = run(train(name), {.kill_after = share * whole.seconds});
    for (int again = 0; result.signal == SIGKILL && again < 20; ++again) {
      ++kills;
      // Several kills may hit one run; the third try is left alone.
      const double patience = again == 2 ? 0 : 0.7 * whole.seconds;
      result = run(train(name) + Words{"--resume", name}, {.kill_after = patience});
    }
    ASSERT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(exported(name), expected);
    EXPECT_EQ(metrics(name), expected_metrics);
  }
  EXPECT_GE(kills, 3);
}

TEST_F(Resume, AnInterruptedRunStopsWithACheckpointAndGoesOn) {
  const RunResult whole = run(train("whole"));
  ASSERT_EQ(whole.status, 0) << whole.errors;
  // Too early the program has no handler yet, too late the run is over.
  RunResult stopped;
  std::string name;
  for (const double share : {0.7, 0.5, 0.85, 0.6, 0.4, 0.75}) {
    name = "stopped" + std::to_string(static_cast<int>(100 * share));
    stopped = run(train(name), {.interrupt_after = share * whole.seconds});
    if (stopped.status != 0 && stopped.signal != SIGINT) break;
  }
  EXPECT_EQ(stopped.status, 1);
  EXPECT_NE(stopped.errors.find("--resume " + name), std::string::npos) << stopped.errors;
  run_well({"train", "--resume", name, "-q"});
  EXPECT_EQ(exported(name), exported("whole"));
}

TEST_F(Resume, SettingsMustAgree) {
  run_well(Words{"train", "--out", "run", "-q"} + tiny());
  expect_failure({"train", "--resume", "run", "--lr", "0.5"}, 2, "--lr");
  expect_failure({"train", "--resume", "run", "--epochs", "3"}, 2, "--epochs");
  expect_failure({"train", "--resume", "run", "--simulate"}, 2, "--simulate");
  expect_failure({"train", "--resume", "nowhere"}, 1, "nowhere");
  const std::string summary = read("run/summary.json");
  // Given again and the same, even if written in another way.
  run_well({"train", "--resume", "run", "--epochs", "02", "--weights", "1", "-q"});
  EXPECT_EQ(metrics("run").size(), 2U);
  EXPECT_EQ(read("run/summary.json"), summary) << "nothing was left to do";
}

TEST_F(Resume, DamagedRecordsAreRefused) {
  run_well(Words{"train", "--out", "run", "-q", "--steps", "1"} + tiny());
  const std::string good = read("run/settings.json");
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("{"), std::string("{\"model\": 3}"),
        good.substr(0, good.size() / 2), std::string(200'000, '[')}) {
    write("run/settings.json", bad);
    expect_failure({"train", "--resume", "run"}, 1, "settings.json");
  }
  Json wrong = Json::parse(good);
  wrong["weights"] = "99";
  write("run/settings.json", wrong.dump());
  expect_failure({"train", "--resume", "run"}, 1, "weights");
}

TEST_F(Resume, OneProcessWritesAFolder) {
  run_well(Words{"train", "--out", "run", "-q", "--steps", "1"} + tiny());
  const std::string metrics = read("run/metrics.jsonl");
  {
    const io::FolderLock other(path("run"));
    expect_failure({"train", "--resume", "run"}, 1, "run: is in use by another process");
    std::filesystem::create_directories(folder() / "new");
    const io::FolderLock starting(path("new"));
    expect_failure(Words{"train", "--out", "new", "--steps", "1"} + tiny(), 1, "new: is in use");
    EXPECT_EQ(read("run/metrics.jsonl"), metrics);
    EXPECT_FALSE(std::filesystem::exists(folder() / "new/settings.json"));
  }
  run_well({"train", "--resume", "run", "-q"});
}

TEST_F(Resume, AFailedStartLeavesNothing) {
  expect_failure({"train", "--data", "nowhere", "--out", "run"}, 1, "nowhere");
  EXPECT_TRUE(files().empty());
  std::filesystem::create_directories(folder() / "mine");
  write("mine/notes.txt", "keep me");
  expect_failure({"train", "--data", "nowhere", "--out", "mine"}, 1, "nowhere");
  EXPECT_EQ(files(), (Words{"mine", "mine/notes.txt"}));
}

}  // namespace
}  // namespace ridgeback::cli_test
