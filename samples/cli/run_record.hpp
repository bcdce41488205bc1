// SPDX-License-Identifier: Apache-2.0
// settings.json of a run folder: what a run was started with, there from its first moment on, so
// that it can be resumed whenever it was killed.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "settings.hpp"

namespace ridgeback::cli {

class RunRecord {
 public:
  /// `folder` may be empty: then nothing is kept.
  explicit RunRecord(const std::string& folder);
  RunRecord(const RunRecord&) = delete;
  RunRecord& operator=(const RunRecord&) = delete;
  /// Takes back what start() made if the run left nothing else in the folder.
  ~RunRecord();

  [[nodiscard]] bool exists() const;
  /// Throws FileError or FormatError.
  [[nodiscard]] std::map<std::string, std::string> read() const;
  [[nodiscard]] std::string file() const { return (folder_ / "settings.json").string(); }

  /// Makes the folder and writes the settings. Throws InvalidArgument where the folder holds
  /// checkpoints or metrics of another run.
  void start(const train::Settings& settings);

  /// Whether a checkpoint is there to continue from. Where a run was killed before its first one,
  /// what else it left is removed, so that it can start again.
  [[nodiscard]] bool can_continue() const;

 private:
  [[nodiscard]] bool has_results() const;

  std::filesystem::path folder_;
  bool made_folder_ = false;
  bool made_file_ = false;
};

}  // namespace ridgeback::cli
