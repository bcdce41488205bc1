// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/metrics.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/file.hpp"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::io {
namespace {

namespace fs = std::filesystem;
using test::has_text;

Record at_step(std::int64_t step) {
  Record record;
  record.set("step", step).set("train_loss", 1.0 / static_cast<double>(step + 1));
  return record;
}

TEST(Records, KeepTheOrderAndReplaceByName) {
  Record record;
  record.set("b", 1).set("a", 2.5F).set("text", "x").set("flag", true).set("b", 7U);
  EXPECT_EQ(to_json(record), R"({"b":7,"a":2.5,"text":"x","flag":true})");
  EXPECT_EQ(record.integer("b"), 7);
  EXPECT_EQ(record.number("b"), 7.0);
  EXPECT_EQ(record.number("a"), 2.5);
  EXPECT_EQ(record.text("text"), "x");
  EXPECT_EQ(record.number("text"), std::nullopt);
  EXPECT_EQ(record.integer("none"), std::nullopt);
}

TEST(Records, ReadBackToTheSameValues) {
  Record inner;
  inner.set("weights", 1).set("name", "a \"b\" \n ü");
  Record record;
  record.set("settings", inner)
      .set("third", 1.0 / 3)
      .set("whole", 2.0)
      .set("tiny", 5e-324)
      .set("big", std::numeric_limits<std::int64_t>::max())
      .set("low", std::numeric_limits<std::int64_t>::min())
      .set("no", false)
      .set("empty", Record());
  for (const bool indented : {false, true}) {
    EXPECT_EQ(parse_record(to_json(record, indented), "r"), record);
    EXPECT_EQ(nlohmann::json::parse(to_json(record, indented))["settings"]["weights"], 1);
  }
}

TEST(Records, ValuesThatAreNotFiniteBecomeNull) {
  Record record;
  record.set("loss", std::numeric_limits<double>::infinity()).set("x", std::nan(""));
  EXPECT_EQ(to_json(record), R"({"loss":null,"x":null})");
  EXPECT_TRUE(std::isnan(*parse_record(to_json(record), "r").number("loss")));
}

TEST(Records, RefuseWhatIsNoRecord) {
  for (const char* json : {"", "[]", "1", "{", "{} {}", "{\"a\":[1]}", "{\"a\":1,\"a\":2}",
                           "{\"a\":1e999}", "nul", "{\"\xff\":1}"}) {
    EXPECT_THROW((void)parse_record(json, "r"), FormatError) << json;
  }
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "{\"a\":";
  EXPECT_THROW((void)parse_record(deep, "r"), FormatError);
}

class Metrics : public test::TemporaryFolder {
 protected:
  [[nodiscard]] fs::path file() const { return folder() / "metrics.jsonl"; }
  void add_text(std::string_view text) const { std::ofstream(file(), std::ios::app) << text; }
};

TEST_F(Metrics, AreThereAsSoonAsAppended) {
  MetricsWriter writer(file());
  for (std::int64_t step = 0; step < 3; ++step) {
    writer.append(at_step(step));
    EXPECT_EQ(read_metrics(file()).size(), static_cast<std::size_t>(step) + 1);
  }
  MetricsWriter(file()).append(at_step(3));
  EXPECT_EQ(read_metrics(file())[3], at_step(3));
}

TEST_F(Metrics, AHalfWrittenLastLineIsLeftOutAndThenCutOff) {
  { MetricsWriter(file()).append(at_step(1)); }
  add_text("{\"step\":2,\"tra");
  EXPECT_EQ(read_metrics(file()).size(), 1U);
  MetricsWriter(file()).append(at_step(5));
  const auto records = read_metrics(file());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[1], at_step(5));
}

TEST_F(Metrics, TruncateToAStep) {
  MetricsWriter writer(file());
  Record start;
  start.set("event", "start");
  writer.append(start);
  for (const std::int64_t step : {10, 20, 30}) writer.append(at_step(step));
  writer.append(start);
  add_text("{\"half");
  truncate_metrics(file(), 30);
  EXPECT_EQ(read_text(file(), 10000).back(), '\n');
  EXPECT_EQ(read_metrics(file()).size(), 5U);
  truncate_metrics(file(), 20);
  const auto records = read_metrics(file());
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[2], at_step(20));
  truncate_metrics(file(), 9);
  EXPECT_EQ(read_metrics(file()).size(), 1U);
  truncate_metrics(folder() / "none", 9);
  EXPECT_FALSE(fs::exists(folder() / "none"));
}

TEST_F(Metrics, DamageInTheMiddleIsAnErrorWithItsOffset) {
  add_text("{\"step\":1}\nrubbish\n{\"step\":2}\n");
  try {
    (void)read_metrics(file());
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_TRUE(has_text(error.what(), {"metrics.jsonl", "at byte 11"}));
  }
}

TEST_F(Metrics, FailuresNameTheFile) {
  fs::create_symlink("/dev/full", file());
  MetricsWriter writer(file());
  try {
    writer.append(at_step(1));
    FAIL();
  } catch (const FileError& error) {
    EXPECT_TRUE(has_text(error.what(), {"metrics.jsonl", "No space left"}));
  }
  EXPECT_THROW(MetricsWriter(folder() / "none" / "m.jsonl"), FileError);
  EXPECT_THROW((void)read_metrics(folder() / "none"), FileError);
}

TEST_F(Metrics, SummariesAreDocuments) {
  write_summary(folder() / "summary.json", at_step(4));
  EXPECT_EQ(read_text(folder() / "summary.json", 1000),
            "{\n  \"step\": 4,\n  \"train_loss\": 0.2\n}\n");
  EXPECT_EQ(read_summary(folder() / "summary.json"), at_step(4));
}

}  // namespace
}  // namespace ridgeback::io
