// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/trace.hpp"

#include "ridgeback/io/file.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/temporary_folder.hpp"

namespace ridgeback::io {
namespace {

class Trace : public test::TemporaryFolder {};

TEST_F(Trace, IsAChromeTraceWithNamedTracks) {
  const std::vector<TraceEvent> events{{"mat\"mul", "ops", 1.5, 20, "device"},
                                       {"submit", "host", 0, 3.25, "host"},
                                       {"add", "ops", 22, std::nan(""), "device"}};
  write_trace(folder() / "t.json", events);
  const auto json = nlohmann::json::parse(read_text(folder() / "t.json", 10000))["traceEvents"];
  ASSERT_EQ(json.size(), 5U);
  EXPECT_EQ(json[0]["ph"], "M");
  EXPECT_EQ(json[0]["args"]["name"], "device");
  EXPECT_EQ(json[1]["ph"], "X");
  EXPECT_EQ(json[1]["name"], "mat\"mul");
  EXPECT_EQ(json[1]["ts"], 1.5);
  EXPECT_EQ(json[1]["dur"], 20.0);
  EXPECT_EQ(json[1]["tid"], json[4]["tid"]);
  EXPECT_NE(json[1]["tid"], json[3]["tid"]);
  EXPECT_EQ(json[4]["dur"], 0.0);
}

TEST_F(Trace, WithoutEventsIsStillJson) {
  EXPECT_TRUE(nlohmann::json::parse(chrome_trace({}))["traceEvents"].empty());
}

}  // namespace
}  // namespace ridgeback::io
