// SPDX-License-Identifier: Apache-2.0
// Runs a grid of experiments with `ridgeback train` and writes a report. See README.md beside this
// file.
#include "ridgeback/core/error.hpp"
#include "ridgeback/io/page.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <set>

#include "report.hpp"
#include "runner.hpp"
#include "study.hpp"

namespace {

namespace fs = std::filesystem;
using robust::Cell;
using robust::Study;

struct Settings {
  robust::Sources sources;
  std::string out = "runs/robust_training";
  std::string program;
  std::string size = "smoke";
  std::vector<std::string> only;
  std::int64_t seeds = 0;
  std::int64_t steps = 0;
  bool list = false;
  bool report_only = false;
};

volatile std::sig_atomic_t interrupted = 0;

// Hours and minutes, or seconds when it is short.
std::string duration(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  const int minutes = static_cast<int>(seconds / 60);
  return minutes < 90 ? fmt::format("{} min", minutes)
                      : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

void add_options(CLI::App& app, Settings& settings) {
  app.add_option("--size", settings.size,
                 "smoke: a few short runs of each study, within ten minutes on two cores; full: "
                 "all rows, as the method's claims need them (hours)")
      ->check(CLI::IsMember({"smoke", "full"}))
      ->capture_default_str();
  app.add_option("--data", settings.sources.images,
                 "Folder with MNIST's files. Default: digits that the program draws");
  app.add_option("--text", settings.sources.text,
                 "Text file for the language models. Default: they are left out");
  app.add_option("--out", settings.out, "Where runs and the report go; runs there go on")
      ->capture_default_str();
  app.add_option("--seeds", settings.seeds, "Seeds 1 to N of each run. Default: 1, or 3 if full")
      ->check(CLI::Range(1, 1000));
  app.add_option("--steps", settings.steps, "Cut every run to N steps, to try the grid out")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--only", settings.only, "Studies to run (names: --list)")->delimiter(',');
  app.add_option("--program", settings.program, "The program ridgeback. Default: beside this one");
  app.add_flag("--list", settings.list, "Print the studies and their commands, run nothing");
  app.add_flag("--report-only", settings.report_only, "Write the report of what has run");
  app.footer(
      "Every cell is one `ridgeback train` with a run folder under OUT/runs. Started again, the\n"
      "grid skips what has ended and continues what was interrupted (Ctrl-C). The report,\n"
      "OUT/index.html and OUT/report.md, is written anew after every study.");
}

std::vector<Study> chosen_studies(const Settings& settings) {
  std::vector<Study> all =
      robust::studies(settings.sources, {settings.size == "smoke", settings.steps});
  for (const std::string& name : settings.only) {
    const bool known =
        std::any_of(all.begin(), all.end(), [&](const Study& study) { return study.id == name; });
    std::string names;
    for (const Study& study : all) names += (names.empty() ? "" : ", ") + study.id;
    ridgeback::require(known,
                       fmt::format("--only: no such study (got {}, expected of {})", name, names));
  }
  if (!settings.only.empty()) {
    std::erase_if(all, [&](const Study& study) {
      return std::find(settings.only.begin(), settings.only.end(), study.id) == settings.only.end();
    });
  }
  return all;
}

void write_report(const Settings& settings, const std::vector<Study>& studies, std::int64_t seeds,
                  const robust::Runner& runner) {
  ridgeback::io::Page page{
      "Robust training: the evidence",
      fmt::format("Made by `robust_training --size {}`, seeds 1 to {}{}. Mean ± standard "
                  "deviation over seeds (number of runs); differences are between means. Runs "
                  "that failed are counted, not averaged. Each cell is the command given under "
                  "its study, with its seed.",
                  settings.size, seeds, settings.sources.images.empty() ? ", on drawn digits" : ""),
      {}};
  for (const Study& study : studies)
    page.sections.push_back(robust::section_of(study, seeds, runner));
  ridgeback::io::write_page(settings.out, page);
}

std::string result_text(const robust::Outcome& outcome, robust::Measure measure) {
  if (outcome.failed) return "failed: " + outcome.problem;
  return measure == robust::Measure::accuracy ? fmt::format("{:.2f} %", 100 * outcome.accuracy)
                                              : fmt::format("loss {:.4f}", outcome.test_loss);
}

// Returns false if it was interrupted.
bool run_all(const Settings& settings, const std::vector<Study>& studies, std::int64_t seeds,
             const robust::Runner& runner) {
  using Clock = std::chrono::steady_clock;
  std::set<std::string> open;
  for (const Study& study : studies) {
    for (const Cell& cell : robust::cells(study, seeds)) {
      if (!runner.outcome(cell)) open.insert(cell.folder);
    }
  }
  const std::size_t total = open.size();
  fmt::print(stderr, "{} runs to do, in {}\n", total, settings.out);
  const auto begin = Clock::now();
  std::size_t done = 0;
  for (const Study& study : studies) {
    for (const Cell& cell : robust::cells(study, seeds)) {
      if (open.erase(cell.folder) == 0) continue;
      fmt::print(stderr, "[{}/{}] {}: {}, {}, seed {} ... ", done + 1, total, study.id,
                 study.rows[cell.row].label, study.arms[cell.arm].name, cell.seed);
      std::fflush(stderr);
      if (!runner.run(cell) || interrupted != 0) {
        fmt::print(stderr, "interrupted\n");
        return false;
      }
      ++done;
      const double spent = std::chrono::duration<double>(Clock::now() - begin).count();
      const double left = spent / static_cast<double>(done) * static_cast<double>(total - done);
      const auto outcome = runner.outcome(cell);
      fmt::print(stderr, "{}, about {} left\n",
                 outcome ? result_text(*outcome, study.measure) : "no result", duration(left));
    }
    write_report(settings, studies, seeds, runner);
  }
  return true;
}

int run(const Settings& settings) {
  const std::vector<Study> studies = chosen_studies(settings);
  const std::int64_t seeds = settings.seeds > 0 ? settings.seeds : settings.size == "full" ? 3 : 1;
  if (settings.list) {
    for (const Study& study : studies) {
      fmt::print("{}: {}\n", study.id, study.title);
      for (const Cell& cell : robust::cells(study, seeds))
        fmt::print("  ridgeback train {}\n", robust::text(cell.options));
    }
    return 0;
  }
  const robust::Runner runner(settings.program, fs::path(settings.out) / "runs");
  std::signal(SIGINT, [](int) { interrupted = 1; });
  const bool whole = settings.report_only || run_all(settings, studies, seeds, runner);
  write_report(settings, studies, seeds, runner);
  fmt::print("{}\n", (fs::path(settings.out) / "index.html").string());
  return whole ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Train a grid of settings and write a report of what the method is worth");
  add_options(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (settings.program.empty())
      settings.program = fs::canonical("/proc/self/exe").parent_path() / "ridgeback";
    return run(settings);
  } catch (const ridgeback::InvalidArgument& error) {
    fmt::print(stderr, "robust_training: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "robust_training: {}\n", error.what());
    return 1;
  }
}
