// SPDX-License-Identifier: Apache-2.0
// What is compared: studies made of rows (settings) and arms (ways to train them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace robust {

/// Options of `ridgeback train` without their dashes, in order: {"weights", "1"}. A flag has an
/// empty value.
using Options = std::vector<std::pair<std::string, std::string>>;

/// `added` after `base`; an option of both takes the value of `added` and keeps its place.
[[nodiscard]] Options merged(Options base, const Options& added);

/// "--weights 1 --clipped"
[[nodiscard]] std::string text(const Options& options);

struct Arm {
  std::string name;
  Options options;
};

/// What a run is judged by: the share of test samples that are right, in %, or the loss on them.
enum class Measure : std::uint8_t { accuracy, loss };

struct Row {
  std::string label;
  Options options;
  int epochs = 2;
  std::optional<double> x{};  ///< its place in a figure
  std::string panel{};        ///< which panel of the figure
  std::string target{};       ///< what METHOD expects of the first arm, in words: ">= 97.4"
  bool smoke = false;         ///< part of the small run
  bool first_arm_only = false;
  /// Above 0: evaluated every so many steps too, and drawn over the steps.
  std::int64_t curve_steps = 0;
};

struct Study {
  std::string id;
  std::string title;
  std::string question;  ///< what it shows, for the reader of the report
  Options common;        ///< of every row
  std::vector<Arm> arms;
  std::vector<Row> rows;
  Measure measure = Measure::accuracy;
  std::string x_label{};
  bool log_x = false;
  /// Also drawn over the bytes of the exported model and its arithmetic cost.
  bool pareto = false;
};

/// Where the samples are; empty: digits that the program draws, and no language models.
struct Sources {
  std::string images;
  std::string text;
};

/// How much of the grid: `smoke` shortens runs and leaves the rows that are marked so; `steps`
/// above 0 cuts every run to that many.
struct Extent {
  bool smoke = false;
  std::int64_t steps = 0;
};

/// All studies, those of language models only where there is a text.
[[nodiscard]] std::vector<Study> studies(const Sources& sources, const Extent& extent);

/// One training run of a study.
struct Cell {
  std::size_t row = 0;
  std::size_t arm = 0;
  std::int64_t seed = 1;
  Options options;     ///< everything but the run folder
  std::string folder;  ///< its name follows from the options, so that studies share runs
};

/// The runs of a study, seeds 1 to `seeds` for each row and arm.
[[nodiscard]] std::vector<Cell> cells(const Study& study, std::int64_t seeds);

}  // namespace robust
