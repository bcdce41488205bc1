// SPDX-License-Identifier: Apache-2.0
// A Diagnosis as a record of metrics.jsonl, and such records as plots.
#include "ridgeback/io/svg_plot.hpp"
#include "ridgeback/train/diagnosis.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ridgeback::train {
namespace {

using Fields = std::vector<io::Field>;

struct PlottedFigure {
  const char* kind;  // "operands" or "parameters"
  const char* name;
  const char* title;
  const char* label;
  bool logarithmic;
};
constexpr std::array<PlottedFigure, 8> plotted{{
    {"operands", "snr_db", "Signal to noise, denoised", "dB", false},
    {"operands", "snr_plain_db", "Signal to noise of the plain codes", "dB", false},
    {"operands", "rho", "rho = s / s_f, mean of the blocks", "rho", false},
    {"operands", "flipped", "Codes changed since the last report", "share", false},
    {"operands", "dead", "Dead blocks", "share", false},
    {"operands", "saturated", "Saturated values", "share", false},
    {"parameters", "gradient_norm", "Gradient norm", "norm", true},
    {"parameters", "cosine", "Cosine to the fp32 gradient", "cosine", false},
}};

const Fields* object(const Fields& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [&](const io::Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : std::get_if<Fields>(&found->value);
}

void add_point(std::vector<io::Series>& series, const std::string& name, double x, double y) {
  auto found = std::ranges::find_if(series, [&](const io::Series& s) { return s.name == name; });
  if (found == series.end()) found = series.insert(series.end(), io::Series{name, {}, {}});
  found->x.push_back(x);
  found->y.push_back(y);
}

}  // namespace

io::Record to_record(const Diagnosis& d) {
  io::Record operands;
  for (const OperandDiagnosis& o : d.operands) {
    io::Record figures;
    figures.set("snr_db", o.snr_db)
        .set("snr_plain_db", o.snr_plain_db)
        .set("rho", o.rho)
        .set("rho_min", o.rho_min)
        .set("dead", o.dead)
        .set("saturated", o.saturated)
        .set("zeros", o.zeros)
        .set("flipped", o.flipped);
    operands.set(o.name, figures);
  }
  io::Record parameters;
  for (const ParameterDiagnosis& p : d.parameters) {
    io::Record figures;
    figures.set("gradient_norm", p.gradient_norm).set("cosine", p.cosine);
    parameters.set(p.name, figures);
  }
  io::Record all;
  all.set("loss", d.loss)
      .set("fp32_loss", d.fp32_loss)
      .set("gradient_norm", d.gradient_norm)
      .set("cosine", d.cosine)
      .set("operands", operands)
      .set("parameters", parameters);
  io::Record record;
  record.set("step", d.step).set("diagnosis", all);
  return record;
}

std::string diagnosis_plots(std::span<const io::Record> records, const std::string& title) {
  std::vector<io::Panel> panels;
  for (const PlottedFigure& figure : plotted) {
    io::Panel panel{.title = figure.title,
                    .x_label = "step",
                    .y_label = figure.label,
                    .log_y = figure.logarithmic,
                    .series = {}};
    for (const io::Record& record : records) {
      const Fields* diagnosis = object(record.fields(), "diagnosis");
      const Fields* things = diagnosis ? object(*diagnosis, figure.kind) : nullptr;
      if (things == nullptr) continue;
      const double step = record.number("step").value_or(0);
      for (const io::Field& thing : *things) {
        const Fields* figures = std::get_if<Fields>(&thing.value);
        if (figures == nullptr) continue;
        const std::optional<double> value = io::Record(*figures).number(figure.name);
        if (value) add_point(panel.series, thing.name, step, *value);
      }
    }
    if (!panel.series.empty()) panels.push_back(std::move(panel));
  }
  if (panels.empty()) return {};
  return io::render_svg(panels,
                        {.title = title, .panel_width = 400, .panel_height = 270, .columns = 3});
}

}  // namespace ridgeback::train
