// SPDX-License-Identifier: Apache-2.0
#include "grid.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fmt/core.h>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace robust {
namespace {

volatile std::sig_atomic_t interrupted = 0;

// Hours and minutes, or seconds when it is short.
std::string duration(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  const int minutes = static_cast<int>(seconds / 60);
  return minutes < 90 ? fmt::format("{} min", minutes)
                      : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string result_text(const std::optional<Outcome>& outcome, Measure measure) {
  if (!outcome) return "no result";
  if (outcome->failed) return "failed: " + outcome->problem;
  return measure == Measure::accuracy ? fmt::format("{:.2f} %", 100 * outcome->accuracy)
                                      : fmt::format("loss {:.4f}", outcome->test_loss);
}

struct Job {
  const Study* study;
  Cell cell;
};

// What has not ended, the first seed of everything first; a run that two studies share once.
std::vector<Job> open_jobs(const std::vector<Study>& studies, std::int64_t seeds,
                           const Runner& runner) {
  std::vector<Job> jobs;
  std::set<std::string> known;
  for (std::int64_t seed = 1; seed <= seeds; ++seed) {
    for (const Study& study : studies) {
      for (const Cell& cell : cells(study, seeds)) {
        if (cell.seed != seed || !known.insert(cell.folder).second) continue;
        if (!runner.outcome(cell)) jobs.push_back({&study, cell});
      }
    }
  }
  return jobs;
}

// Hands jobs to threads; everything but the runs themselves happens under one lock.
class Queue {
 public:
  Queue(std::vector<Job> jobs, const Runner& runner, const GridOptions& options)
      : jobs_(std::move(jobs)), runner_(runner), options_(options) {
    for (const Job& job : jobs_) ++left_[part_of(job)];
  }

  // Runs until nothing is left, an interruption or an error.
  void work() {
    while (const Job* job = next()) {
      try {
        const bool ended = runner_.run(job->cell);
        const std::lock_guard lock(mutex_);
        if (ended && interrupted == 0) {
          record(*job);
        } else {
          stopped_ = true;
        }
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = std::current_exception();
      }
    }
  }

  // Whether everything ended; throws the first error.
  [[nodiscard]] bool result() const {
    if (error_) std::rethrow_exception(error_);
    return !stopped_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Part = std::pair<const Study*, std::int64_t>;

  static Part part_of(const Job& job) { return {job.study, job.cell.seed}; }

  const Job* next() {
    const std::lock_guard lock(mutex_);
    if (stopped_ || error_ || interrupted != 0 || begun_ == jobs_.size()) return nullptr;
    return &jobs_[begun_++];
  }

  void record(const Job& job) {
    ++done_;
    const double spent = std::chrono::duration<double>(Clock::now() - begin_).count();
    const auto rest = static_cast<double>(jobs_.size() - done_);
    fmt::print(stderr, "[{}/{}] {}: {}, {}, seed {}: {}, about {} left\n", done_, jobs_.size(),
               job.study->id, job.study->rows[job.cell.row].label,
               job.study->arms[job.cell.arm].name, job.cell.seed,
               result_text(runner_.outcome(job.cell), job.study->measure),
               duration(spent / static_cast<double>(done_) * rest));
    std::fflush(stderr);
    if (--left_[part_of(job)] == 0) options_.report();
  }

  std::vector<Job> jobs_;
  const Runner& runner_;
  const GridOptions& options_;
  std::mutex mutex_;
  std::map<Part, std::size_t> left_;
  std::size_t begun_ = 0;
  std::size_t done_ = 0;
  bool stopped_ = false;
  std::exception_ptr error_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace

bool run_grid(const std::vector<Study>& studies, std::int64_t seeds, const Runner& runner,
              const GridOptions& options) {
  std::signal(SIGINT, [](int) { interrupted = 1; });
  // Several runs on a CPU driver get in each other's way if each uses every core.
  if (options.jobs > 1) setenv("LP_NUM_THREADS", "0", 0);
  std::vector<Job> jobs = open_jobs(studies, seeds, runner);
  fmt::print(stderr, "{} runs to do, {} at a time\n", jobs.size(), options.jobs);
  Queue queue(std::move(jobs), runner, options);
  std::vector<std::thread> threads;
  for (int i = 0; i < options.jobs; ++i) threads.emplace_back([&queue] { queue.work(); });
  for (std::thread& thread : threads) thread.join();
  const bool whole = queue.result();
  if (!whole) fmt::print(stderr, "interrupted\n");
  return whole;
}

}  // namespace robust
