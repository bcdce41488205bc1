// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/file.hpp"

#include "ridgeback/core/error.hpp"

#include <csignal>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::io {
namespace {

namespace fs = std::filesystem;
using test::has_text;

class Files : public test::TemporaryFolder {
 protected:
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder()), fs::directory_iterator()));
  }
};

std::string file_error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const FileError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no FileError";
  return "";
}

TEST_F(Files, AppearCompleteAndReplaceOlderOnes) {
  const fs::path path = folder() / "a.txt";
  write_atomically(path, std::string_view("one"));
  EXPECT_EQ(read_text(path, 100), "one");
  AtomicFile file(path);
  file.write(std::string_view("tw"));
  EXPECT_EQ(read_text(path, 100), "one");
  file.write(std::string_view("o"));
  file.commit();
  EXPECT_EQ(read_text(path, 100), "two");
  EXPECT_EQ(files(), 1U);
  EXPECT_THROW(file.commit(), InvalidArgument);
}

TEST_F(Files, LeaveTheOldOneWhenNotCommitted) {
  const fs::path path = folder() / "a.txt";
  write_atomically(path, std::string_view("old"));
  { AtomicFile(path).write(std::string_view("new")); }
  EXPECT_EQ(read_text(path, 100), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(Files, SurviveTemporariesOfKilledRuns) {
  const fs::path path = folder() / "a.txt";
  std::ofstream(folder() / "victim") << "safe";
  fs::create_symlink(folder() / "victim", folder() / "a.txt.tmp");
  write_atomically(path, std::string_view("new"));
  EXPECT_EQ(read_text(path, 100), "new");
  EXPECT_EQ(read_text(folder() / "victim", 100), "safe");
}

TEST_F(Files, FollowLinks) {
  std::ofstream(folder() / "real") << "old";
  fs::create_symlink("real", folder() / "link");
  write_atomically(folder() / "link", std::string_view("new"));
  EXPECT_TRUE(fs::is_symlink(folder() / "link"));
  EXPECT_EQ(read_text(folder() / "real", 100), "new");
}

TEST_F(Files, SayWhyTheyCannotBeCreated) {
  EXPECT_TRUE(
      has_text(file_error_of([&] { write_atomically(folder() / "no" / "a", std::string_view()); }),
               {"no/a", "No such file"}));
  EXPECT_TRUE(has_text(file_error_of([&] { write_atomically(folder(), std::string_view()); }),
                       {"is a folder"}));
}

TEST_F(Files, ADeviceIsWrittenDirectlyAndStaysOne) {
  EXPECT_TRUE(has_text(file_error_of([] { write_atomically("/dev/full", std::string_view("x")); }),
                       {"/dev/full", "No space left"}));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  write_atomically("/dev/null", std::string_view("x"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

// Every process may limit its own files, so this stands for a full disk without being root.
TEST_F(Files, AFailedWriteLeavesTheOldFileAndNoTemporary) {
  const fs::path path = folder() / "a.bin";
  write_atomically(path, std::string_view("old"));
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 1000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message =
      file_error_of([&] { write_atomically(path, std::string(100'000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(has_text(message, {"a.bin", "cannot write"}));
  EXPECT_EQ(read_text(path, 100), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(Files, AFullDiskLeavesTheOldFileAndNoTemporary) {
  if (::mount("tmpfs", folder().c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "needs the right to mount";
  }
  const fs::path path = folder() / "a.bin";
  write_atomically(path, std::string_view("old"));
  const std::string message =
      file_error_of([&] { write_atomically(path, std::string(1'000'000, 'x')); });
  const std::string kept = read_text(path, 100);
  const std::size_t left = files();
  ::umount(folder().c_str());
  EXPECT_TRUE(has_text(message, {"a.bin", "No space left"}));
  EXPECT_EQ(kept, "old");
  EXPECT_EQ(left, 1U);
}

TEST_F(Files, ReadingIsBounded) {
  write_atomically(folder() / "a", std::string(100, 'x'));
  EXPECT_EQ(read_file(folder() / "a", 100).size(), 100U);
  EXPECT_THROW((void)read_file(folder() / "a", 99), FormatError);
  EXPECT_THROW((void)read_file(folder() / "none", 99), FileError);
  EXPECT_THROW((void)read_file(folder(), 99), FileError);
  EXPECT_THROW((void)read_file("/dev/zero", 99), FileError);
}

}  // namespace
}  // namespace ridgeback::io
