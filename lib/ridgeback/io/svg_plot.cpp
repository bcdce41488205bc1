// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/svg_plot.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/axis.hpp"
#include "ridgeback/io/json_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <string_view>
#include <utility>

namespace ridgeback::io {
namespace {

// Told apart by most colour-blind readers, and in this order on white.
constexpr std::array<std::string_view, 8> palette{"#2563eb", "#e8590c", "#0f9d76", "#9333ea",
                                                  "#c2255c", "#0891b2", "#a16207", "#495057"};
constexpr std::string_view ink = "#212529", soft_ink = "#5c636a", grid_ink = "#e9ecef";
constexpr double margin_left = 62, margin_right = 18, margin_top = 38, margin_bottom = 50;
constexpr double title_height = 40, legend_row = 22, legend_gap = 26;
constexpr double character_width = 6.6;  // of the legend's text, on average
constexpr std::size_t points_with_markers = 40;

std::string escape(std::string_view text) {
  std::string escaped;
  const bool valid = is_utf8(text);
  for (const char c : text) {
    if (!valid && static_cast<unsigned char>(c) >= 0x80) {
      escaped += '?';
      continue;
    }
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      // XML has no other control characters, escaped or not.
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return escaped;
}

struct Text {
  double x;
  double y;
  std::string_view anchor = "middle";
  double size = 11;
  std::string_view fill = soft_ink;
  std::string_view extra = "";
};

std::string text(const Text& style, std::string_view content) {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{:g}\" fill=\"{}\"{}>{}"
      "</text>\n",
      style.x, style.y, style.anchor, style.size, style.fill, style.extra, escape(content));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view stroke) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2,
      y2, stroke);
}

struct LegendEntry {
  std::string name;
  bool dashed;
};

// Each name once, in the order of first appearance; its index is its colour.
std::vector<LegendEntry> legend_of(std::span<const Panel> panels) {
  std::vector<LegendEntry> entries;
  for (const Panel& panel : panels) {
    for (const Series& series : panel.series) {
      const bool known = std::any_of(entries.begin(), entries.end(),
                                     [&](const LegendEntry& e) { return e.name == series.name; });
      if (!known) entries.push_back({series.name, series.dashed});
    }
  }
  return entries;
}

std::string_view colour_of(const std::vector<LegendEntry>& legend, const std::string& name) {
  const auto it = std::find_if(legend.begin(), legend.end(),
                               [&](const LegendEntry& entry) { return entry.name == name; });
  return palette[static_cast<std::size_t>(it - legend.begin()) % palette.size()];
}

struct Pixel {
  double x;
  double y;
};

// Of the points that fall into one pixel column only the first, lowest, highest and last are kept,
// in their order: the picture is the same, the file does not grow with the run.
std::vector<Pixel> thinned(std::vector<Pixel> points, double width) {
  if (static_cast<double>(points.size()) < 4 * width) return points;
  std::vector<Pixel> kept;
  for (std::size_t begin = 0; begin < points.size();) {
    const double column = std::floor(points[begin].x);
    std::size_t end = begin, lowest = begin, highest = begin;
    for (; end < points.size() && std::floor(points[end].x) == column; ++end) {
      if (points[end].y > points[lowest].y) lowest = end;
      if (points[end].y < points[highest].y) highest = end;
    }
    std::vector<std::size_t> chosen{begin, lowest, highest, end - 1};
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    for (const std::size_t i : chosen) kept.push_back(points[i]);
    begin = end;
  }
  return kept;
}

// y averaged over the fiftieth of the points before it, fading; gaps stay.
Series averaged(const Series& series) {
  Series smooth = series;
  const double keep = 1 - 1 / std::max(1.0, static_cast<double>(series.y.size()) / 50);
  double sum = 0, weight = 0;
  for (double& y : smooth.y) {
    if (!std::isfinite(y)) continue;
    sum = keep * sum + y;
    weight = keep * weight + 1;
    y = sum / weight;
  }
  return smooth;
}

// One panel, its outer corner at (left, top).
class PanelPlot {
 public:
  PanelPlot(const Panel& panel, const std::vector<LegendEntry>& legend, double left, double top,
            const PlotOptions& options)
      : panel_(panel),
        legend_(legend),
        x_(values(&Series::x), panel.log_x, false),
        y_(values(&Series::y), panel.log_y, true),
        left_(left + margin_left),
        top_(top + margin_top),
        width_(options.panel_width - margin_left - margin_right),
        height_(options.panel_height - margin_top - margin_bottom) {}

  [[nodiscard]] std::string render() const {
    std::string svg = axes();
    bool any = false;
    for (const Series& series : panel_.series) {
      const std::string drawn = draw(series);
      any = any || !drawn.empty();
      svg += drawn;
    }
    if (!any) svg += text({left_ + width_ / 2, top_ + height_ / 2, "middle", 13}, "no data");
    return svg;
  }

 private:
  // One coordinate of the points of which both can be drawn.
  [[nodiscard]] std::vector<double> values(std::vector<double> Series::*member) const {
    const auto drawable = [](double value, bool logarithmic) {
      return std::isfinite(value) && (!logarithmic || value > 0);
    };
    std::vector<double> all;
    for (const Series& series : panel_.series) {
      require(series.x.size() == series.y.size(),
              fmt::format("plot: series \"{}\" has {} x values and {} y values", series.name,
                          series.x.size(), series.y.size()));
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        if (drawable(series.x[i], panel_.log_x) && drawable(series.y[i], panel_.log_y)) {
          all.push_back((series.*member)[i]);
        }
      }
    }
    return all;
  }

  [[nodiscard]] Pixel pixel(double x, double y) const {
    return {left_ + width_ * x_.position(x), top_ + height_ * (1 - y_.position(y))};
  }

  [[nodiscard]] std::string axes() const {
    std::string svg;
    const double right = left_ + width_, bottom = top_ + height_;
    for (const Tick& tick : y_.ticks()) {
      const double y = top_ + height_ * (1 - y_.position(tick.value));
      svg += line(left_, y, right, y, tick.label.empty() ? "#f4f5f7" : grid_ink);
      if (!tick.label.empty()) svg += text({left_ - 8, y + 4, "end"}, tick.label);
    }
    for (const Tick& tick : x_.ticks()) {
      const double x = left_ + width_ * x_.position(tick.value);
      svg += line(x, top_, x, bottom, tick.label.empty() ? "#f4f5f7" : grid_ink);
      if (!tick.label.empty()) svg += text({x, bottom + 18}, tick.label);
    }
    svg += line(left_, bottom, right, bottom, "#adb5bd");
    svg += line(left_, top_, left_, bottom, "#adb5bd");
    svg += text({left_, top_ - 14, "start", 13, ink, " font-weight=\"600\""}, panel_.title);
    svg += text({left_ + width_ / 2, bottom + 38, "middle", 12}, panel_.x_label);
    const double label_x = left_ - margin_left + 14, label_y = top_ + height_ / 2;
    const std::string turn =
        fmt::format(" transform=\"rotate(-90 {:.1f} {:.1f})\"", label_x, label_y);
    svg += text({label_x, label_y, "middle", 12, soft_ink, turn}, panel_.y_label);
    return svg;
  }

  [[nodiscard]] std::string draw(const Series& series) const {
    if (!series.smooth) return draw_runs(series);
    const std::string raw = draw_runs(series);
    if (raw.empty()) return raw;
    return "<g opacity=\"0.22\">\n" + raw + "</g>\n" + draw_runs(averaged(series));
  }

  [[nodiscard]] std::string draw_runs(const Series& series) const {
    std::string svg;
    std::vector<Pixel> run;
    const auto finish_run = [&] {
      if (!run.empty()) svg += draw_run(run, series);
      run.clear();
    };
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (x_.holds(series.x[i]) && y_.holds(series.y[i])) {
        run.push_back(pixel(series.x[i], series.y[i]));
      } else {
        finish_run();
      }
    }
    finish_run();
    return svg;
  }

  // An unbroken part of a line; a single point, and each point of a short line, gets a dot.
  [[nodiscard]] std::string draw_run(const std::vector<Pixel>& run, const Series& series) const {
    const std::string_view colour = colour_of(legend_, series.name);
    std::string svg;
    if (run.size() > 1) {
      std::string path;
      for (const Pixel& p : thinned(run, width_)) {
        path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", p.x, p.y);
      }
      svg += fmt::format(
          "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-linejoin=\"round\" "
          "stroke-linecap=\"round\"{}/>\n",
          path, colour, series.dashed ? " stroke-dasharray=\"6 5\"" : "");
    }
    if (run.size() == 1 || series.x.size() <= points_with_markers) {
      for (const Pixel& p : run) {
        svg += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.8\" fill=\"{}\" stroke=\"#fff\"/>\n", p.x,
            p.y, colour);
      }
    }
    return svg;
  }

  const Panel& panel_;
  const std::vector<LegendEntry>& legend_;
  Axis x_;
  Axis y_;
  double left_;
  double top_;
  double width_;
  double height_;
};

// UTF-8 continuation bytes take no room.
double text_width(std::string_view name) {
  const auto characters = std::count_if(name.begin(), name.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  return static_cast<double>(characters) * character_width;
}

// Rows of entries no wider than the picture, each row centred; the indices are those of `legend`.
std::vector<std::vector<std::size_t>> legend_rows(const std::vector<LegendEntry>& legend,
                                                  double width) {
  std::vector<std::vector<std::size_t>> rows;
  double used = width;
  for (std::size_t i = 0; i < legend.size(); ++i) {
    const double needed = legend_gap + text_width(legend[i].name) + 18;
    if (rows.empty() || used + needed > width - 40) {
      rows.emplace_back();
      used = 0;
    }
    rows.back().push_back(i);
    used += needed;
  }
  return rows;
}

std::string draw_legend(const std::vector<LegendEntry>& legend,
                        const std::vector<std::vector<std::size_t>>& rows, double width,
                        double top) {
  std::string svg;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    double total = -18;
    for (const std::size_t i : rows[r]) total += legend_gap + text_width(legend[i].name) + 18;
    double x = std::max(12.0, (width - total) / 2);
    const double y = top + legend_row * (static_cast<double>(r) + 0.5);
    for (const std::size_t i : rows[r]) {
      svg += fmt::format(
          "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
          "stroke-width=\"3\" stroke-linecap=\"round\"{}/>\n",
          x, y, x + 18, y, colour_of(legend, legend[i].name),
          legend[i].dashed ? " stroke-dasharray=\"5 5\"" : "");
      svg += text({x + legend_gap, y + 4, "start", 12, ink}, legend[i].name);
      x += legend_gap + text_width(legend[i].name) + 18;
    }
  }
  return svg;
}

}  // namespace

std::string render_svg(std::span<const Panel> panels, const PlotOptions& options) {
  require(options.panel_width >= 160 && options.panel_height >= 140,
          "plot: panels must be at least 160 x 140");
  const std::vector<LegendEntry> legend = legend_of(panels);
  require(options.columns >= 0, "plot: columns must not be below 0");
  const std::size_t count = std::max<std::size_t>(panels.size(), 1);
  const std::size_t columns =
      options.columns > 0 ? std::min(count, static_cast<std::size_t>(options.columns)) : count;
  const std::size_t panel_rows = (count + columns - 1) / columns;
  const double width = options.panel_width * static_cast<double>(columns);
  const auto rows = legend_rows(legend, width);
  const double panels_top = options.title.empty() ? 4 : title_height;
  const double legend_top = panels_top + options.panel_height * static_cast<double>(panel_rows);
  const double height = legend_top + legend_row * static_cast<double>(rows.size()) + 10;

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" "
      "viewBox=\"0 0 {0:g} {1:g}\" font-family=\"system-ui, -apple-system, 'Segoe UI', Roboto, "
      "'DejaVu Sans', sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      width, height);
  if (!options.title.empty()) {
    svg += text({width / 2, 26, "middle", 16, ink, " font-weight=\"600\""}, options.title);
  }
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const double left = options.panel_width * static_cast<double>(i % columns);
    const double top = panels_top + options.panel_height * static_cast<double>(i / columns);
    svg += PanelPlot(panels[i], legend, left, top, options).render();
  }
  if (panels.empty()) svg += text({width / 2, height / 2, "middle", 13}, "no data");
  svg += draw_legend(legend, rows, width, legend_top);
  return svg + "</svg>\n";
}

}  // namespace ridgeback::io
