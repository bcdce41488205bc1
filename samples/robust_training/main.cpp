// SPDX-License-Identifier: Apache-2.0
// Runs a grid of experiments with `ridgeback train` and writes a report. See README.md beside this
// file.
#include "ridgeback/core/error.hpp"
#include "ridgeback/io/folder_lock.hpp"
#include "ridgeback/io/page.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fmt/core.h>
#include <optional>

#include "../sample_main.hpp"
#include "grid.hpp"
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
  int jobs = 1;
  bool list = false;
  bool report_only = false;
};

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
  app.add_option("--jobs", settings.jobs,
                 "Runs at a time. On a CPU driver, one for each core is up to twice as fast: each "
                 "then computes on a thread of its own")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--only", settings.only, "Studies to run (names: --list)")->delimiter(',');
  app.add_option("--program", settings.program, "The program ridgeback. Default: beside this one");
  app.add_flag("--list", settings.list, "Print the studies and their commands, run nothing");
  app.add_flag("--report-only", settings.report_only, "Write the report of what has run");
  app.footer(
      "Every cell is one `ridgeback train` with a run folder under OUT/runs. Started again, the\n"
      "grid skips what has ended and continues what was interrupted (Ctrl-C). Every run's\n"
      "seed 1 comes first, then seed 2: OUT/index.html and OUT/report.md are written anew "
      "whenever\n"
      "a study has been through a seed.");
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
  std::optional<ridgeback::io::FolderLock> held;
  if (!settings.report_only) held.emplace(settings.out);
  const auto report = [&] { write_report(settings, studies, seeds, runner); };
  const bool whole =
      settings.report_only || robust::run_grid(studies, seeds, runner, {settings.jobs, report});
  write_report(settings, studies, seeds, runner);
  fmt::print("{}\n", (fs::path(settings.out) / "index.html").string());
  return whole ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Train a grid of settings and write a report of what the method is worth",
               "robust_training");
  add_options(app, settings);
  return samples::sample_main(app, argc, argv, [&] {
    if (settings.program.empty())
      settings.program = fs::canonical("/proc/self/exe").parent_path() / "ridgeback";
    return run(settings);
  });
}
