// SPDX-License-Identifier: Apache-2.0
// Which room may include which, read from the includes themselves.
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>

#include "rules/source_tree.hpp"

namespace ridgeback::rules {
namespace {

using Rooms = std::set<std::string>;

// The arrows as lib/README.md draws them; "may include" is transitive.
const std::map<std::string, Rooms>& arrows() {
  static const std::map<std::string, Rooms> table{
      {"core", {}},
      {"gpu", {"core"}},
      {"graph", {"core"}},
      {"ops", {"graph"}},
      {"runtime", {"graph", "gpu"}},
      {"quant", {"ops"}},
      {"nn", {"quant"}},
      {"optim", {"ops"}},
      {"data", {"core"}},
      {"io", {"core"}},
      {"train", {"nn", "optim", "data", "io", "runtime"}},
      {"deploy", {"nn", "io", "runtime"}},
  };
  return table;
}

void add_reachable(const std::string& room, Rooms& found) {
  if (!found.insert(room).second) return;
  for (const std::string& next : arrows().at(room)) add_reachable(next, found);
}

bool may_include(const std::string& from, const std::string& to) {
  Rooms reachable;
  add_reachable(from, reachable);
  return reachable.contains(to);
}

// "ops" of lib/ridgeback/ops/softmax.cpp or ridgeback/ops/ops.hpp; nothing for the header of all.
std::optional<std::string> room_of(const std::string& path) {
  std::smatch match;
  static const std::regex pattern("ridgeback/([a-z]+)/");
  if (!std::regex_search(path, match, pattern)) return std::nullopt;
  return match[1].str();
}

std::vector<std::string> includes_of(const std::string& file) {
  static const std::regex pattern("^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
  std::vector<std::string> found;
  for (const std::string& line : lines_of(file)) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) found.push_back(match[1].str());
  }
  return found;
}

const std::vector<std::string> sources{".cpp", ".hpp"};

TEST(Includes, EveryFileOfTheLibraryLivesInARoomOfTheTable) {
  const auto files = files_in("lib", sources);
  ASSERT_GT(files.size(), 50U);
  for (const std::string& file : files) {
    if (file == "lib/ridgeback/ridgeback.hpp") continue;
    const auto room = room_of(file);
    ASSERT_TRUE(room.has_value()) << file;
    EXPECT_TRUE(arrows().contains(*room)) << file;
  }
}

TEST(Includes, RoomsIncludeOnlyWhatTheArrowsAllow) {
  int checked = 0;
  for (const std::string& file : files_in("lib", sources)) {
    const auto from = room_of(file);
    if (!from || !arrows().contains(*from)) continue;
    for (const std::string& include : includes_of(file)) {
      const auto to = room_of(include);
      if (!to || include.rfind("ridgeback/", 0) != 0) continue;
      ASSERT_TRUE(arrows().contains(*to)) << file << " includes " << include;
      EXPECT_TRUE(may_include(*from, *to)) << file << " includes " << include;
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

TEST(Includes, TheTableHasNoCycleAndKeepsGraphAndGpuApart) {
  for (const auto& [room, targets] : arrows()) {
    for (const std::string& target : targets) EXPECT_FALSE(may_include(target, room)) << room;
  }
  EXPECT_FALSE(may_include("graph", "gpu"));
  EXPECT_FALSE(may_include("gpu", "graph"));
  EXPECT_FALSE(may_include("ops", "gpu"));
  EXPECT_FALSE(may_include("nn", "runtime"));
}

TEST(Includes, OnlyGpuSeesVulkan) {
  bool seen = false;
  for (const char* folder : {"lib", "samples", "tests"}) {
    for (const std::string& file : files_in(folder, sources)) {
      for (const std::string& include : includes_of(file)) {
        if (include.rfind("vulkan/", 0) != 0 && include != "ridgeback/gpu/vulkan.hpp") continue;
        const bool in_gpu = file.rfind("lib/ridgeback/gpu/", 0) == 0;
        seen = seen || in_gpu;
        EXPECT_TRUE(in_gpu || file.rfind("tests/gpu/", 0) == 0) << file << " includes " << include;
      }
    }
  }
  EXPECT_TRUE(seen) << "the rule looked at nothing";
}

TEST(Includes, ParameterHeadersAreAllThatCrossesToTheShaders) {
  for (const std::string& file : files_in("lib", sources)) {
    const auto room = room_of(file);
    for (const std::string& include : includes_of(file)) {
      if (include.rfind("ridgeback/", 0) == 0 || include.find(".h") == std::string::npos) continue;
      if (include.find(".hpp") != std::string::npos) continue;
      const bool of_a_kernel = std::filesystem::exists(root() / "shaders" / include);
      if (!of_a_kernel) continue;
      EXPECT_TRUE(room == "ops" || room == "quant" || room == "optim" || room == "graph" ||
                  room == "runtime" || room == "core")
          << file << " includes " << include;
    }
  }
}

TEST(Includes, NothingUsesSamplesOrTests) {
  for (const std::string& file : files_in("lib", sources)) {
    for (const std::string& include : includes_of(file)) {
      EXPECT_EQ(include.find("samples/"), std::string::npos) << file;
      EXPECT_EQ(include.find("tests/"), std::string::npos) << file;
      EXPECT_EQ(include.find("gtest"), std::string::npos) << file;
    }
  }
}

TEST(Includes, TheHeaderOfAllHasEveryRoomThatUsersCall) {
  Rooms rooms;
  for (const std::string& include : includes_of("lib/ridgeback/ridgeback.hpp")) {
    rooms.insert(room_of(include).value_or(""));
  }
  EXPECT_EQ(rooms, (Rooms{"core", "data", "deploy", "graph", "io", "nn", "ops", "optim", "quant",
                          "runtime", "train"}));
}

}  // namespace
}  // namespace ridgeback::rules
