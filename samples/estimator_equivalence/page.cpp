// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

#include <ridgeback/io/page.hpp>
#include <ridgeback/quant/equivalence.hpp>

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <functional>
#include <map>

namespace equivalence {
namespace {

namespace io = ridgeback::io;
using Value = std::function<double(const Result&)>;

struct Figures {
  double mean = 0;
  double low = 0;
  double high = 0;
};

Figures figures(const Cell& cell, const Value& value) {
  Figures f{0, value(cell.results[0]), value(cell.results[0])};
  for (const Result& result : cell.results) {
    const double v = value(result);
    f.mean += v / static_cast<double>(cell.results.size());
    f.low = std::min(f.low, v);
    f.high = std::max(f.high, v);
  }
  return f;
}

// Mean, and the range over seeds where there are some.
std::string text(const Cell& cell, const Value& value, int digits = 3) {
  const Figures f = figures(cell, value);
  if (cell.results.size() == 1) return fmt::format("{:.{}f}", f.mean, digits);
  return fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", f.mean, digits, f.low, digits, f.high, digits);
}

Value agreement(std::size_t arm) {
  return [arm](const Result& r) { return r.arms.at(arm).agreement; };
}
Value error(std::size_t arm) {
  return [arm](const Result& r) { return r.arms.at(arm).error; };
}
double changed(const Result& r) {
  return r.changed;
}
// In points.
double accuracy_gap(const Result& r) {
  return 100 * std::abs(r.custom_accuracy - r.arms[0].accuracy);
}

constexpr std::size_t matched = 0, unchanged_sgd = 2, other_sgd = 3;
constexpr std::size_t unchanged_adam = 0, mapped_adam = 1, other_adam = 2;

std::vector<const Cell*> of(const std::vector<Cell>& cells, bool adam, const std::string& name) {
  std::vector<const Cell*> chosen;
  for (const Cell& cell : cells) {
    if (cell.setting.adam == adam && (name.empty() || cell.name == name)) chosen.push_back(&cell);
  }
  return chosen;
}

io::PageTable table_of(const std::vector<const Cell*>& cells, bool adam) {
  io::PageTable table;
  table.header = {"estimator", "rate"};
  if (adam) table.header.emplace_back("rate / ((1 - beta2) D)");
  table.header.insert(table.header.end(), {"steps", "left their cell"});
  for (const ArmResult& arm : cells.front()->results[0].arms)
    table.header.push_back("agree: " + arm.name);
  for (const ArmResult& arm : cells.front()->results[0].arms)
    table.header.push_back("distance / D: " + arm.name);
  table.header.emplace_back("accuracy: custom, %");
  table.header.push_back(cells.front()->results[0].arms[0].name + ", %");
  for (const Cell* cell : cells) {
    std::vector<std::string> row{cell->name, fmt::format("{:g}", cell->setting.rate)};
    if (adam) row.push_back(text(*cell, [](const Result& r) { return r.memory; }));
    row.push_back(std::to_string(cell->setting.steps));
    row.push_back(text(*cell, changed));
    for (std::size_t arm = 0; arm < cell->results[0].arms.size(); ++arm)
      row.push_back(text(*cell, agreement(arm)));
    for (std::size_t arm = 0; arm < cell->results[0].arms.size(); ++arm)
      row.push_back(text(*cell, error(arm)));
    row.push_back(text(
        *cell, [](const Result& r) { return 100 * r.custom_accuracy; }, 2));
    row.push_back(text(
        *cell, [](const Result& r) { return 100 * r.arms[0].accuracy; }, 2));
    table.rows.push_back(std::move(row));
  }
  return table;
}

io::PageFigure figure_of(const std::vector<Cell>& cells, const std::vector<std::string>& names) {
  std::vector<io::Panel> panels;
  for (const std::string& name : names) {
    io::Panel panel{"SGD, " + name, "learning rate", "distance / D", true, true, {}};
    for (const Cell* cell : of(cells, false, name)) {
      for (std::size_t arm = 0; arm < cell->results[0].arms.size(); ++arm) {
        if (panel.series.size() <= arm)
          panel.series.push_back({cell->results[0].arms[arm].name, {}, {}});
        panel.series[arm].x.push_back(static_cast<double>(cell->setting.rate));
        panel.series[arm].y.push_back(figures(*cell, error(arm)).mean);
      }
    }
    panels.push_back(std::move(panel));
  }
  return {"distance.svg", "How far the straight-through weights lie from where they should",
          io::render_svg(panels, {.title = "", .panel_width = 380})};
}

// One criterion for one estimator; the worst seed counts.
void add(io::PageTable& table, const std::string& name, const std::string& what,
         const std::string& measured, bool met) {
  table.rows.push_back({name, what, measured, met ? "yes" : "no"});
}

double worst(const Cell& cell, const Value& value, bool smallest) {
  const Figures f = figures(cell, value);
  return smallest ? f.low : f.high;
}

void add_sgd(io::PageTable& table, const std::string& name, std::vector<const Cell*> sgd) {
  std::sort(sgd.begin(), sgd.end(),
            [](const Cell* a, const Cell* b) { return a->setting.rate > b->setting.rate; });
  const Cell& last = *sgd.back();
  const std::string at = fmt::format(" at rate {:g}", last.setting.rate);
  const double agree = worst(last, agreement(matched), true);
  add(table, name, "SGD" + at + ": matched weights agree, at least 0.90",
      fmt::format("{:.3f}", agree), agree >= 0.9);
  const double moved = worst(last, changed, true);
  add(table, name, "weights that left their cell" + at + ", at least 0.50",
      fmt::format("{:.3f}", moved), moved >= 0.5);
  const double ratio = worst(
      last, [](const Result& r) { return r.arms[matched].error / r.arms[unchanged_sgd].error; },
      false);
  add(table, name, "distance of matched / unchanged" + at + ", at most 0.25",
      fmt::format("{:.3f}", ratio), ratio <= 0.25);
  const double margin = worst(
      last, [](const Result& r) { return r.arms[matched].agreement - r.arms[other_sgd].agreement; },
      true);
  add(table, name, "matched agrees more than on other batches" + at, fmt::format("{:+.3f}", margin),
      margin > 0);
  std::string course;
  bool falls = true;
  for (std::size_t i = 0; i < sgd.size(); ++i) {
    const double e = figures(*sgd[i], error(matched)).mean;
    course += fmt::format("{}{:.3f}", i == 0 ? "" : ", ", e);
    falls = falls && (i == 0 || e < figures(*sgd[i - 1], error(matched)).mean);
  }
  add(table, name, "distance of matched falls with the rate", course, falls);
  const double gap = worst(last, accuracy_gap, false);
  add(table, name, "accuracies of custom and matched" + at + " within 0.3 points",
      fmt::format("{:.2f}", gap), gap <= 0.3);
}

void add_adam(io::PageTable& table, const std::string& name, const std::vector<const Cell*>& adam) {
  for (const Cell* cell : adam) {
    const double memory = cell->results[0].memory;
    if (memory > 0.02) continue;
    const std::string at = fmt::format(" at rate / ((1 - beta2) D) = {:.4f}", memory);
    const double agree = worst(*cell, agreement(unchanged_adam), true);
    add(table, name, "Adam" + at + ": unchanged weights agree, at least 0.85",
        fmt::format("{:.3f}", agree), agree >= 0.85);
    const double margin = worst(
        *cell,
        [](const Result& r) {
          return r.arms[unchanged_adam].agreement - r.arms[other_adam].agreement;
        },
        true);
    add(table, name, "more than on other batches" + at, fmt::format("{:+.3f}", margin), margin > 0);
    const double map = worst(
        *cell,
        [](const Result& r) {
          return r.arms[unchanged_adam].agreement - r.arms[mapped_adam].agreement;
        },
        true);
    add(table, name, "more than from M(w)" + at, fmt::format("{:+.3f}", map), map > 0);
  }
}

}  // namespace

void write_report(const std::filesystem::path& folder, const std::string& data,
                  const std::vector<Cell>& cells) {
  std::vector<std::string> names;
  for (const Cell& cell : cells) {
    if (std::find(names.begin(), names.end(), cell.name) == names.end()) names.push_back(cell.name);
  }
  const Setting& setting = cells.front().setting;
  io::Page page{
      "Custom gradient estimators and the straight-through runs that they equal",
      fmt::format("{}, pooled to a quarter of the pixels; a perceptron with {} hidden units, batch "
                  "{}, steps D of {} bits that stay, real activations; {} seed(s), mean and range. "
                  "Weights are compared: accuracy is equal in all arms and proves nothing. "
                  "*matched* begins at M(w) and learns at alpha times the rate, *other batches* is "
                  "the same run on another stream of batches: what chance alone would give.",
                  data, setting.hidden, setting.batch, setting.bits, cells.front().results.size()),
      {}};
  io::PageTable criteria{{"estimator", "criterion (worst seed)", "measured", "met"}, 2, {}};
  for (const std::string& name : names) {
    add_sgd(criteria, name, of(cells, false, name));
    add_adam(criteria, name, of(cells, true, name));
  }
  page.sections.push_back({"Criteria", "", {}, {std::move(criteria)}, {}});
  page.sections.push_back(
      {"SGD",
       "Rate times steps is the same in each row. The theorem is about small rates.",
       {figure_of(cells, names)},
       {table_of(of(cells, false, ""), false)},
       {}});
  page.sections.push_back(
      {"Adam",
       "Adam divides by the size of the gradients it remembers, so the factor cancels where a "
       "weight moves far less than D within that memory; then nothing has to be changed.",
       {},
       {table_of(of(cells, true, ""), true)},
       {}});
  io::write_page(folder, page);
}

}  // namespace equivalence
