// SPDX-License-Identifier: Apache-2.0
// settings.json of a run folder: what a run was started with, there from its first moment on, so
// that it can be resumed whenever it was killed.
#pragma once

#include "ridgeback/io/folder_lock.hpp"

#include <filesystem>
#include <map>
#include <optional>
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

  /// Makes the folder, holds it until this goes away and writes the settings. Throws
  /// InvalidArgument where the folder holds checkpoints or metrics of another run, FileError where
  /// another process holds it.
  void start(const train::Settings& settings);

  /// Holds the folder of a run that is there, as start() does.
  void hold();

  /// Whether a checkpoint is there to continue from. Where a run was killed before its first one,
  /// what else it left is removed, so that it can start again. Only for who holds the folder.
  [[nodiscard]] bool can_continue() const;

 private:
  [[nodiscard]] bool has_results() const;

  std::filesystem::path folder_;
  bool made_folder_ = false;
  bool made_file_ = false;
  std::optional<io::FolderLock> held_;
};

}  // namespace ridgeback::cli
