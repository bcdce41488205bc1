// SPDX-License-Identifier: Apache-2.0
// What lies where, how long files are, how they begin.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "rules/source_tree.hpp"

namespace ridgeback::rules {
namespace {

std::vector<std::string> hand_written_files() {
  std::vector<std::string> files;
  for (const char* folder : {"lib", "shaders", "samples", "tests"}) {
    const auto found =
        files_in(folder, {".cpp", ".hpp", ".h", ".comp", ".glsl", ".cmake", ".txt", ".sh", ".in"});
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

// Data of tests ends in .txt too; CMake's lists are the only text files that are source.
bool is_source(const std::string& file) {
  const std::filesystem::path path = file;
  return path.extension() != ".txt" || path.filename() == "CMakeLists.txt";
}

TEST(Layout, NoFileHasMoreThanSixHundredLines) {
  std::size_t files = 0;
  for (const std::string& file : hand_written_files()) {
    if (!is_source(file)) continue;
    EXPECT_LE(lines_of(file).size(), 600U) << file;
    ++files;
  }
  EXPECT_GT(files, 100U);
}

TEST(Layout, EverySourceBeginsWithItsLicence) {
  for (const std::string& file : hand_written_files()) {
    if (!is_source(file) || file.ends_with(".in")) continue;
    const auto lines = lines_of(file);
    ASSERT_FALSE(lines.empty()) << file;
    // A shader begins with directives of its compiler, a script with its interpreter.
    std::string start;
    for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), 5); ++i) start += lines[i];
    const bool is_script = file.ends_with(".sh");
    EXPECT_TRUE(is_script || start.find("SPDX-License-Identifier: Apache-2.0") != std::string::npos)
        << file;
  }
}

TEST(Layout, LinesHaveAtMostAHundredColumns) {
  for (const char* folder : {"lib", "samples", "tests"}) {
    for (const std::string& file : files_in(folder, {".cpp", ".hpp"})) {
      std::size_t number = 0;
      for (const std::string& line : lines_of(file)) {
        ++number;
        EXPECT_LE(line.size(), 100U) << file << ":" << number;
      }
    }
  }
}

TEST(Layout, TheTopLevelHoldsOnlyWhatIsAgreed) {
  const std::set<std::string> agreed{"lib",     "shaders",          "samples",
                                     "tests",   "CMakeLists.txt",   "README.md",
                                     "LICENSE", "CMakePresets.json"};
  const auto files = tracked_files();
  if (files.empty()) GTEST_SKIP() << "not a git checkout";
  for (const std::string& file : files) {
    const std::string top = file.substr(0, file.find('/'));
    EXPECT_TRUE(top[0] == '.' || agreed.contains(top)) << file;
  }
}

TEST(Layout, NoFileIsLargerThanHalfAMegabyte) {
  const auto files = tracked_files();
  if (files.empty()) GTEST_SKIP() << "not a git checkout";
  for (const std::string& file : files) {
    EXPECT_LE(std::filesystem::file_size(root() / file), 500U << 10) << file;
  }
}

}  // namespace
}  // namespace ridgeback::rules
