// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/folder_lock.hpp"

#include "ridgeback/core/error.hpp"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::io {
namespace {

class FolderLocks : public test::TemporaryFolder {
 protected:
  // What is wrong with taking a lock, empty if it can be taken.
  static std::string problem(const std::filesystem::path& at) {
    try {
      const FolderLock lock(at);
      return "";
    } catch (const FileError& error) {
      return error.what();
    }
  }
};

TEST_F(FolderLocks, OneHoldsAFolder) {
  std::optional<FolderLock> held(folder());
  EXPECT_EQ(problem(folder()), folder().string() + ": is in use by another process");
  held.reset();
  EXPECT_EQ(problem(folder()), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder())) << "no file is left behind";
}

TEST_F(FolderLocks, AFolderInsideIsAnother) {
  std::filesystem::create_directory(folder() / "inside");
  const FolderLock held(folder());
  EXPECT_EQ(problem(folder() / "inside"), "");
}

TEST_F(FolderLocks, AProgramStartedMeanwhileDoesNotHoldItOn) {
  std::optional<FolderLock> held(folder());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    execlp("sleep", "sleep", "60", nullptr);
    _exit(1);
  }
  // Until it is the other program, which closes what it does not inherit.
  const auto runs_sleep = [&] {
    std::ifstream name("/proc/" + std::to_string(child) + "/comm");
    std::string line;
    return std::getline(name, line) && line == "sleep";
  };
  for (int i = 0; i < 1000 && !runs_sleep(); ++i) usleep(10000);
  EXPECT_TRUE(runs_sleep());
  held.reset();
  EXPECT_EQ(problem(folder()), "");
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_F(FolderLocks, WhatIsNoFolderIsNamed) {
  EXPECT_TRUE(test::has_text(problem(folder() / "none"), {"none: cannot open: No such file"}));
  std::ofstream(folder() / "file") << "text";
  EXPECT_TRUE(test::has_text(problem(folder() / "file"), {"file: cannot open: Not a directory"}));
}

}  // namespace
}  // namespace ridgeback::io
