// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>
#include <memory>
#include <unistd.h>

namespace ridgeback::cli {
namespace {

constexpr auto between_lines = std::chrono::milliseconds(100);

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(seconds, 0.0) + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

Progress::Progress(bool quiet)
    : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), next_(Clock::now()) {}

void Progress::clear() {
  if (shown_ > 0) fmt::print(stderr, "\r{:{}}\r", "", shown_);
  shown_ = 0;
}

void Progress::step(const train::StepRecord& record) {
  if (quiet_ || !terminal_) return;
  const Clock::time_point now = Clock::now();
  if (now < next_ && record.step != record.steps) return;
  next_ = now + between_lines;
  const std::string line = fmt::format(
      "epoch {}  step {}/{}  loss {:.4f}  {:.1f} ms/step  {} left", record.epoch, record.step,
      record.steps, record.loss, record.step_ms,
      duration_text(1e-3 * record.step_ms * static_cast<double>(record.steps - record.step)));
  fmt::print(stderr, "\r{:<{}}", line, shown_);
  std::fflush(stderr);
  shown_ = line.size();
}

void Progress::epoch(const train::EpochRecord& record) {
  if (quiet_) return;
  clear();
  if (record.text) {
    fmt::print(stderr,
               "epoch {:3}  step {:6}  train loss {:.4f}  test loss {:.4f}  {:.4f} bits a token  "
               "perplexity {:.3f}  {}\n",
               record.epoch, record.step, record.train_loss, record.test_loss,
               train::bits_of_loss(record.test_loss), train::perplexity_of_loss(record.test_loss),
               duration_text(record.seconds));
    return;
  }
  fmt::print(stderr,
             "epoch {:3}  step {:6}  train loss {:.4f}  test loss {:.4f}  accuracy {:6.2f} %  {}\n",
             record.epoch, record.step, record.train_loss, record.test_loss,
             100 * record.test_accuracy, duration_text(record.seconds));
}

std::function<void(std::int64_t, std::int64_t)> image_progress() {
  if (isatty(STDERR_FILENO) != 1) return {};
  auto next = std::make_shared<std::chrono::steady_clock::time_point>();
  return [next](std::int64_t done, std::int64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now < *next && done != total) return;
    *next = now + between_lines;
    fmt::print(stderr, "\rimages {}/{}{}", done, total, done == total ? "\n" : "");
    std::fflush(stderr);
  };
}

}  // namespace ridgeback::cli
