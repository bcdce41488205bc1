// SPDX-License-Identifier: Apache-2.0
// Running the program `ridgeback` as a process of its own, within bounds.
#pragma once

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "harness/temporary_folder.hpp"

namespace ridgeback::cli_test {

struct RunOptions {
  std::string program;                 ///< path; empty: `ridgeback`
  std::string output_file;             ///< where standard output goes; empty: it is kept
  std::uint64_t largest_file = 0;      ///< bytes; longer writes fail as on a full disk. 0: no bound
  double kill_after = 0;               ///< seconds to SIGKILL; 0: never
  double interrupt_after = 0;          ///< seconds to SIGINT; 0: never
  std::vector<std::string> variables;  ///< NAME=VALUE, over the environment
};

struct RunResult {
  int status = -1;     ///< exit status, or -1 where a signal ended it
  int signal = 0;      ///< that signal
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
  double seconds = 0;
  std::uint64_t peak_bytes = 0;  ///< largest resident set
};

/// A fixture with an empty folder and the program.
class Program : public test::TemporaryFolder {
 protected:
  /// Runs the program with these arguments, in the folder. A run of more than two minutes of
  /// processor time or 6 GiB of address space is ended by the system.
  [[nodiscard]] RunResult run(const std::vector<std::string>& arguments,
                              const RunOptions& options = {}) const;
  /// As run(), expecting status 0; returns the standard output.
  std::string run_well(const std::vector<std::string>& arguments,
                       const RunOptions& options = {}) const;
  /// Expects status `status`, one line for people that starts with "ridgeback: " and has `text`,
  /// nothing on standard output, within seconds and without large memory.
  void expect_failure(const std::vector<std::string>& arguments, int status,
                      const std::string& text, const RunOptions& options = {}) const;

  /// `name` in the folder.
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder() / name).string();
  }
  [[nodiscard]] std::vector<std::string> files() const;
  void write(const std::string& name, const std::string& bytes) const;
  [[nodiscard]] std::string read(const std::string& name) const;
};

/// Options of a model and data set that train in a second, 16 steps in all.
[[nodiscard]] std::vector<std::string> tiny();
/// a followed by b.
[[nodiscard]] std::vector<std::string> operator+(std::vector<std::string> a,
                                                 const std::vector<std::string>& b);

}  // namespace ridgeback::cli_test
