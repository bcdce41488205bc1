// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include "ridgeback/io/svg_plot.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

namespace robust {
namespace {

namespace io = ridgeback::io;

// Results by row and arm.
using Results = std::vector<std::vector<Figures>>;

Results results_of(const Study& study, std::int64_t seeds, const Runner& runner) {
  std::vector<std::vector<std::vector<Outcome>>> ended(
      study.rows.size(), std::vector<std::vector<Outcome>>(study.arms.size()));
  for (const Cell& cell : cells(study, seeds)) {
    if (const auto outcome = runner.outcome(cell)) ended[cell.row][cell.arm].push_back(*outcome);
  }
  Results results(study.rows.size());
  for (std::size_t row = 0; row < ended.size(); ++row) {
    for (const auto& outcomes : ended[row])
      results[row].push_back(figures_of(outcomes, study.measure));
  }
  return results;
}

bool has_mean(const Figures& figures) {
  return figures.runs > figures.failed;
}

std::string difference(const Figures& first, const Figures& other) {
  if (!has_mean(first) || !has_mean(other)) return "";
  return fmt::format("{:+.2f}", first.mean - other.mean);
}

io::PageTable table_of(const Study& study, const Results& results) {
  const bool targets = std::any_of(study.rows.begin(), study.rows.end(),
                                   [](const Row& row) { return !row.target.empty(); });
  io::PageTable table{{""}, 1, {}};
  for (const Arm& arm : study.arms) table.header.push_back(arm.name);
  for (std::size_t arm = 1; arm < study.arms.size(); ++arm)
    table.header.push_back(fmt::format("{} - {}", study.arms[0].name, study.arms[arm].name));
  if (targets) table.header.emplace_back("target");
  for (std::size_t row = 0; row < study.rows.size(); ++row) {
    std::vector<std::string> line{study.rows[row].label};
    for (const Figures& figures : results[row]) line.push_back(text(figures, study.measure));
    for (std::size_t arm = 1; arm < study.arms.size(); ++arm)
      line.push_back(difference(results[row][0], results[row][arm]));
    if (targets) line.push_back(study.rows[row].target);
    table.rows.push_back(std::move(line));
  }
  return table;
}

std::string y_label(Measure measure) {
  return measure == Measure::accuracy ? "test accuracy, %" : "validation loss";
}

// Panels in the order of the rows; in each a line an arm, through the means.
std::optional<io::PageFigure> curves_of(const Study& study, const Results& results) {
  std::vector<io::Panel> panels;
  bool any = false;
  for (std::size_t row = 0; row < study.rows.size(); ++row) {
    const Row& what = study.rows[row];
    if (!what.x) continue;
    if (panels.empty() || panels.back().title != what.panel) {
      panels.push_back({what.panel, study.x_label, y_label(study.measure), study.log_x, false, {}});
      for (const Arm& arm : study.arms) panels.back().series.push_back({arm.name, {}, {}});
    }
    for (std::size_t arm = 0; arm < study.arms.size(); ++arm) {
      if (!has_mean(results[row][arm])) continue;
      panels.back().series[arm].x.push_back(*what.x);
      panels.back().series[arm].y.push_back(results[row][arm].mean);
      any = true;
    }
  }
  if (!any) return std::nullopt;
  return io::PageFigure{
      study.id + ".svg", study.title,
      io::render_svg(panels, {.title = "", .panel_width = 420, .panel_height = 320})};
}

// The loss over the steps of the first seed, a panel for each row that asks for one.
std::optional<io::PageFigure> losses_of(const Study& study, const Runner& runner) {
  std::vector<io::Panel> panels;
  for (const Cell& cell : cells(study, 1)) {
    const Row& row = study.rows[cell.row];
    if (row.curve_steps == 0) continue;
    const Runner::Curve curve = runner.curve(cell);
    if (curve.steps.empty()) continue;
    if (panels.empty() || panels.back().title != row.label)
      panels.push_back({row.label, "step", "validation loss", false, false, {}});
    panels.back().series.push_back({study.arms[cell.arm].name, curve.steps, curve.losses});
  }
  if (panels.empty()) return std::nullopt;
  return io::PageFigure{
      study.id + "-loss.svg", study.title + ": loss over the steps, seed 1",
      io::render_svg(panels, {.title = "", .panel_width = 420, .panel_height = 320})};
}

struct Point {
  std::string label;
  double x;
  double y;
};

// The rows that no other beats in both, in the order of x.
std::vector<Point> front_of(std::vector<Point> points, bool higher_is_better) {
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
  std::vector<Point> front;
  for (const Point& point : points) {
    const bool better =
        front.empty() || (higher_is_better ? point.y > front.back().y : point.y < front.back().y);
    if (better) front.push_back(point);
  }
  return front;
}

io::Panel pareto_panel(const std::string& x_label, const std::vector<Point>& points,
                       Measure measure) {
  io::Panel panel{"", x_label, y_label(measure), true, false, {}};
  // The points come after the line, so that they are drawn over it.
  io::Series front{"no other is better in both", {}, {}, true, false};
  for (const Point& point : front_of(points, measure == Measure::accuracy)) {
    front.x.push_back(point.x);
    front.y.push_back(point.y);
  }
  panel.series.push_back(std::move(front));
  for (const Point& point : points) panel.series.push_back({point.label, {point.x}, {point.y}});
  return panel;
}

// Accuracy of the first arm over what its model takes in a file and in arithmetic.
void add_pareto(const Study& study, const Results& results, const Runner& runner,
                io::PageSection& section) {
  std::vector<Point> sizes, costs;
  io::PageTable table{{"", "file, bytes", "ACE a sample, 10^6", y_label(study.measure)}, 1, {}};
  for (const Cell& cell : cells(study, 1)) {
    const Figures& figures = results[cell.row][0];
    if (cell.arm != 0 || !has_mean(figures)) continue;
    const auto outcome = runner.outcome(cell);
    if (!outcome || outcome->failed) continue;
    const auto price = runner.price(cell);
    if (!price) continue;
    const std::string& label = study.rows[cell.row].label;
    sizes.push_back({label, price->bytes, figures.mean});
    if (price->ace > 0) costs.push_back({label, price->ace, figures.mean});
    table.rows.push_back({label, fmt::format("{:.0f}", price->bytes),
                          price->ace > 0 ? fmt::format("{:.3f}", price->ace / 1e6) : "",
                          text(figures, study.measure)});
  }
  if (sizes.empty()) return;
  std::vector<io::Panel> panels{pareto_panel("bytes of the exported model", sizes, study.measure)};
  if (!costs.empty())
    panels.push_back(
        pareto_panel("ACE a sample: multiply-adds x bits x bits", costs, study.measure));
  section.figures.push_back(
      {study.id + "-pareto.svg", study.title + ": over size and arithmetic cost",
       io::render_svg(panels, {.title = "", .panel_width = 500, .panel_height = 360})});
  section.tables.push_back(std::move(table));
}

}  // namespace

Figures figures_of(const std::vector<Outcome>& outcomes, Measure measure) {
  Figures figures;
  std::vector<double> values;
  for (const Outcome& outcome : outcomes) {
    ++figures.runs;
    const double value = measure == Measure::accuracy ? 100 * outcome.accuracy : outcome.test_loss;
    if (outcome.failed || !std::isfinite(value)) {
      ++figures.failed;
    } else {
      values.push_back(value);
    }
  }
  for (const double value : values) figures.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - figures.mean) * (value - figures.mean);
  if (values.size() > 1)
    figures.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return figures;
}

std::string text(const Figures& figures, Measure measure) {
  if (figures.runs == 0) return "";
  if (!has_mean(figures)) return fmt::format("{} of {} failed", figures.failed, figures.runs);
  const int digits = measure == Measure::accuracy ? 2 : 3;
  std::string text = fmt::format("{:.{}f}", figures.mean, digits);
  const int good = figures.runs - figures.failed;
  if (good > 1) text += fmt::format(" ± {:.{}f} ({})", figures.deviation, digits, good);
  if (figures.failed > 0) text += fmt::format(", {} of {} failed", figures.failed, figures.runs);
  return text;
}

io::PageSection section_of(const Study& study, std::int64_t seeds, const Runner& runner) {
  const Results results = results_of(study, seeds, runner);
  io::PageSection section{study.title, study.question, {}, {table_of(study, results)}, {}};
  if (auto curves = curves_of(study, results)) section.figures.push_back(std::move(*curves));
  if (auto losses = losses_of(study, runner)) section.figures.push_back(std::move(*losses));
  if (study.pareto) add_pareto(study, results, runner, section);
  for (const Cell& cell : cells(study, 1))
    section.commands.push_back("ridgeback train " + text(cell.options));
  return section;
}

}  // namespace robust
