// SPDX-License-Identifier: Apache-2.0
#include "runner.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/file.hpp"
#include "ridgeback/io/folder_lock.hpp"

#include <cmath>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration): not all headers have it

namespace robust {
namespace {

namespace fs = std::filesystem;
namespace io = ridgeback::io;

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 26U;
constexpr const char* failure_file = "failed.txt";

// Exit status of a process, 128 + signal for one that was killed.
int run_process(const std::vector<std::string>& arguments, const fs::path& output,
                const fs::path& errors) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), flags, 0644);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), flags, 0644);
  pid_t child = 0;
  const int problem = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) {
    throw ridgeback::FileError(
        arguments[0], fmt::format("cannot be run: {}", std::generic_category().message(problem)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string last_line(const fs::path& file) {
  std::string text = fs::exists(file) ? io::read_text(file, most_bytes) : "";
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const std::size_t begin = text.find_last_of("\r\n");
  return begin == std::string::npos ? text : text.substr(begin + 1);
}

nlohmann::json parse_json(const std::string& text, const fs::path& file) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw ridgeback::FormatError(file.string(), error.what());
  }
}

nlohmann::json read_json(const fs::path& file) {
  return parse_json(io::read_text(file, most_bytes), file);
}

double number(const nlohmann::json& json, const char* name) {
  const auto value = json.find(name);
  return value != json.end() && value->is_number() ? value->get<double>()
                                                   : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Runner::Runner(fs::path program, fs::path runs)
    : program_(std::move(program)), runs_(std::move(runs)) {
  ridgeback::require(access(program_.c_str(), X_OK) == 0,
                     fmt::format("--program: cannot be run (got {})", program_.string()));
  std::error_code problem;
  fs::create_directories(runs_, problem);
  if (problem) throw ridgeback::FileError(runs_.string(), "cannot be made: " + problem.message());
}

std::optional<Outcome> Runner::outcome(const Cell& cell) const {
  const fs::path failure = folder(cell) / failure_file;
  if (fs::exists(failure)) return Outcome{true, last_line(failure), 0, 0};
  const fs::path summary = folder(cell) / "summary.json";
  if (!fs::exists(summary)) return std::nullopt;
  const nlohmann::json json = read_json(summary);
  if (!json.is_object() || !json.value("complete", false)) return std::nullopt;
  Outcome outcome;
  outcome.accuracy = number(json, "test_accuracy");
  outcome.test_loss = number(json, "test_loss");
  if (!std::isfinite(outcome.test_loss)) {
    outcome.failed = true;
    outcome.problem = "the loss on the test samples is not finite";
  }
  return outcome;
}

bool Runner::run(const Cell& cell) const {
  const std::string to = folder(cell).string();
  std::vector<std::string> arguments{program_.string(), "train"};
  for (const auto& [name, value] : cell.options) {
    arguments.push_back("--" + name);
    if (!value.empty()) arguments.push_back(value);
  }
  // With both, a run that is there goes on and one that is not begins.
  for (const char* option : {"--out", "--resume"}) {
    arguments.emplace_back(option);
    arguments.push_back(to);
  }
  const fs::path log = runs_ / (cell.folder + ".log");
  const fs::path result = runs_ / (cell.folder + ".txt");
  const int status = run_process(arguments, result, log);
  constexpr int usage = 2;
  if (status == usage) {
    throw ridgeback::Error(
        fmt::format("{}\nof: ridgeback train {}", last_line(log), text(cell.options)));
  }
  const std::string said = last_line(log);
  if (status == 0) return true;
  if (status == 128 + SIGINT || said.find("stopped after step") != std::string::npos) return false;
  fs::create_directories(folder(cell));
  const io::FolderLock own(folder(cell));  // another process that trains there: no failed run
  io::write_atomically(folder(cell) / failure_file,
                       fmt::format("exit status {}: {}\n", status, said));
  return true;
}

Runner::Curve Runner::curve(const Cell& cell) const {
  const fs::path metrics = folder(cell) / "metrics.jsonl";
  Curve curve;
  if (!fs::exists(metrics)) return curve;
  std::istringstream lines(io::read_text(metrics, most_bytes));
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json json = parse_json(line, metrics);
    curve.steps.push_back(number(json, "step"));
    curve.losses.push_back(number(json, "test_loss"));
  }
  return curve;
}

std::optional<Runner::Price> Runner::price(const Cell& cell) const {
  const fs::path report = folder(cell) / "exported.json";
  const fs::path file = folder(cell) / "exported.safetensors";
  if (!fs::exists(file)) {
    const std::vector<std::string> arguments{
        program_.string(), "--json", "--quiet", "export", folder(cell).string(), file.string()};
    if (run_process(arguments, report, runs_ / (cell.folder + ".export.log")) != 0) return {};
  }
  const nlohmann::json json = read_json(report);
  return Price{number(json, "file_bytes"), number(json, "ace")};
}

}  // namespace robust
