// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ridgeback::cli_test {
namespace {

using Clock = std::chrono::steady_clock;

void bound(int resource, std::uint64_t value) {
  const rlimit limit{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

void redirect(const std::string& file, int descriptor) {
  const int opened = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (opened < 0 || dup2(opened, descriptor) < 0) _exit(126);
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const RunOptions& options,
                         const std::string& folder, const std::string& output,
                         const std::string& errors) {
  redirect(output, STDOUT_FILENO);
  redirect(errors, STDERR_FILENO);
  if (chdir(folder.c_str()) != 0) _exit(126);
  for (const std::string& variable : options.variables) {
    const std::size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  bound(RLIMIT_CPU, 120);
  bound(RLIMIT_AS, std::uint64_t{6} << 30);
  bound(RLIMIT_CORE, 0);
  if (options.largest_file > 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    bound(RLIMIT_FSIZE, options.largest_file);
  }
  std::vector<std::string> words{options.program.empty() ? RIDGEBACK_PROGRAM : options.program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(127);
}

std::string slurp(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// Sends the signals that were asked for when it is time, and waits for the end.
RunResult wait_for(pid_t child, const RunOptions& options, Clock::time_point start) {
  RunResult result;
  bool interrupted = false;
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, WNOHANG, &usage) == 0) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (options.kill_after > 0 && seconds >= options.kill_after) kill(child, SIGKILL);
    if (options.interrupt_after > 0 && seconds >= options.interrupt_after && !interrupted) {
      kill(child, SIGINT);
      interrupted = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
  return result;
}

}  // namespace

RunResult Program::run(const std::vector<std::string>& arguments, const RunOptions& options) const {
  const std::string captured = folder().string() + ".out";
  const std::string output = options.output_file.empty() ? captured : options.output_file;
  const std::string errors = folder().string() + ".err";
  const Clock::time_point start = Clock::now();
  const pid_t child = fork();
  if (child == 0) become(arguments, options, folder().string(), output, errors);
  RunResult result = wait_for(child, options, start);
  result.output = options.output_file.empty() ? slurp(captured) : "";
  result.errors = slurp(errors);
  std::filesystem::remove(captured);
  std::filesystem::remove(errors);
  return result;
}

std::string Program::run_well(const std::vector<std::string>& arguments,
                              const RunOptions& options) const {
  const RunResult result = run(arguments, options);
  EXPECT_EQ(result.status, 0) << arguments[0] << ": " << result.errors;
  return result.output;
}

void Program::expect_failure(const std::vector<std::string>& arguments, int status,
                             const std::string& text, const RunOptions& options) const {
  std::string line;
  for (const std::string& word : arguments) line += word + " ";
  SCOPED_TRACE(line);
  const RunResult result = run(arguments, options);
  EXPECT_EQ(result.status, status) << result.errors;
  const std::size_t start = result.errors.rfind("ridgeback: ");
  ASSERT_NE(start, std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find(text, start), std::string::npos) << result.errors;
  EXPECT_EQ(result.output, "");
  EXPECT_LT(result.seconds, 30);
  EXPECT_LT(result.peak_bytes, std::uint64_t{1} << 30);
}

std::vector<std::string> Program::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
    names.push_back(std::filesystem::relative(entry.path(), folder()).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Program::write(const std::string& name, const std::string& bytes) const {
  std::filesystem::create_directories((folder() / name).parent_path());
  std::ofstream(folder() / name, std::ios::binary) << bytes;
}

std::string Program::read(const std::string& name) const {
  return slurp(path(name));
}

std::vector<std::string> tiny() {
  return {"--hidden", "32", "--train-samples", "256", "--test-samples", "100", "--batch", "32",
          "--epochs", "2",  "--weights",       "1",   "--activations",  "1"};
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace ridgeback::cli_test
