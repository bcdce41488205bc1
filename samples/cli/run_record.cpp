// SPDX-License-Identifier: Apache-2.0
#include "run_record.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/io/file.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace ridgeback::cli {
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t max_bytes = 1 << 20;

}  // namespace

RunRecord::RunRecord(const std::string& folder) : folder_(folder) {}

RunRecord::~RunRecord() {
  std::error_code ignored;
  try {
    if (made_file_ && !has_results()) {
      fs::remove(file(), ignored);
      if (made_folder_) fs::remove(folder_, ignored);
    }
  } catch (const std::exception&) {
    // The folder went away: nothing is left to take back.
  }
}

bool RunRecord::exists() const {
  std::error_code ignored;
  return !folder_.empty() && fs::exists(file(), ignored);
}

bool RunRecord::has_results() const {
  if (!fs::is_directory(folder_)) return false;
  return fs::exists(folder_ / "metrics.jsonl") || !io::list_checkpoints(folder_).empty();
}

std::map<std::string, std::string> RunRecord::read() const {
  const std::string text = io::read_text(file(), max_bytes);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) throw FormatError(file(), "is not a JSON object");
  std::map<std::string, std::string> settings;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_string()) throw FormatError(file(), fmt::format("'{}' is not text", name));
    settings[name] = value.get<std::string>();
  }
  return settings;
}

bool RunRecord::can_continue() const {
  if (!io::list_checkpoints(folder_).empty()) return true;
  std::error_code ignored;
  fs::remove(folder_ / "metrics.jsonl", ignored);
  return false;
}

void RunRecord::hold() {
  if (!folder_.empty()) held_.emplace(folder_);
}

void RunRecord::start(const train::Settings& settings) {
  if (folder_.empty()) return;
  std::error_code problem;
  made_folder_ = fs::create_directories(folder_, problem);
  if (problem) throw FileError(folder_.string(), "cannot be made: " + problem.message());
  hold();
  require(!has_results(),
          fmt::format("--out: {} holds a run; continue it with --resume {}, or choose another "
                      "folder",
                      folder_.string(), folder_.string()));
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : settings) json[name] = value;
  made_file_ = !exists();
  io::write_atomically(file(), json.dump(2) + "\n");
}

}  // namespace ridgeback::cli
