// SPDX-License-Identifier: Apache-2.0
#include "roofline.hpp"

#include "ridgeback/io/axis.hpp"
#include "ridgeback/io/page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <numbers>

namespace ridgeback::cli {
namespace {

constexpr double width = 1000, height = 640;
constexpr double left = 74, right = width - 24, top = 56, bottom = height - 86;
constexpr double dot_radius = 4.5;
constexpr double label_height = 13, character_width = 6.1;  // of text at size 11, on average
constexpr std::array<std::string_view, 5> colours{"#2563eb", "#e8590c", "#0f9d76", "#9333ea",
                                                  "#c2255c"};

struct Point {
  double x, y;
};

struct Box {
  double x0, y0, x1, y1;
  [[nodiscard]] bool meets(const Box& o) const {
    return x0 < o.x1 && o.x0 < x1 && y0 < o.y1 && o.y0 < y1;
  }
};

double area(const Box& a, const Box& b) {
  return std::max(0.0, std::min(a.x1, b.x1) - std::max(a.x0, b.x0)) *
         std::max(0.0, std::min(a.y1, b.y1) - std::max(a.y0, b.y0));
}

std::string text(Point at, std::string_view anchor, double size, std::string_view fill,
                 std::string_view content, std::string_view extra = "") {
  return fmt::format(
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-size=\"{:g}\" fill=\"{}\"{}>{}"
      "</text>\n",
      at.x, at.y, anchor, size, fill, extra, io::escaped(content));
}

std::string line(Point a, Point b, std::string_view style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", a.x,
                     a.y, b.x, b.y, style);
}

class Plot {
 public:
  explicit Plot(const Roofline& roofline)
      : roofline_(roofline), x_(xs(roofline), true, true), y_(ys(roofline), true, true) {}

  [[nodiscard]] std::string render() {
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\" font-family=\"system-ui, sans-serif\" role=\"img\">\n"
        "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        width, height);
    svg += text({left, 28}, "start", 16, "#212529", roofline_.title, " font-weight=\"600\"");
    svg += axes() + roofs();
    for (const auto& kernel : roofline_.kernels) {
      if (shown(kernel)) taken_.push_back(around(place(kernel)));
    }
    std::string labels;
    for (const auto& kernel : roofline_.kernels) {
      if (shown(kernel)) labels += label(kernel);
    }
    return svg + labels + dots() + legend() + "</svg>\n";
  }

 private:
  static bool shown(const Roofline::Kernel& kernel) {
    return kernel.operations_per_byte > 0 && kernel.gops > 0;
  }

  static std::vector<double> xs(const Roofline& r) {
    std::vector<double> values;
    for (const auto& kernel : r.kernels) {
      if (!shown(kernel)) continue;
      values.insert(values.end(),
                    {0.6 * kernel.operations_per_byte, 1.6 * kernel.operations_per_byte});
    }
    for (const auto& ceiling : r.ceilings) {
      if (r.gbps > 0 && ceiling.gops > 0) values.push_back(4 * ceiling.gops / r.gbps);
    }
    return values;
  }

  static std::vector<double> ys(const Roofline& r) {
    std::vector<double> values;
    for (const auto& kernel : r.kernels) {
      if (shown(kernel)) values.insert(values.end(), {0.6 * kernel.gops, kernel.gops});
    }
    for (const auto& ceiling : r.ceilings) {
      if (ceiling.gops > 0) values.push_back(1.5 * ceiling.gops);
    }
    return values;
  }

  [[nodiscard]] Point pixel(double x, double y) const {
    return {left + (right - left) * x_.position(x), bottom - (bottom - top) * y_.position(y)};
  }
  [[nodiscard]] Point place(const Roofline::Kernel& kernel) const {
    return pixel(kernel.operations_per_byte, kernel.gops);
  }
  // Wider than the dot, so that no label seems to belong to another one's.
  static Box around(Point p) { return {p.x - 9, p.y - 6, p.x + 9, p.y + 6}; }

  [[nodiscard]] std::string axes() const {
    std::string svg;
    for (const io::Tick& tick : x_.ticks()) {
      const double x = left + (right - left) * x_.position(tick.value);
      svg += line({x, top}, {x, bottom},
                  tick.label.empty() ? "stroke=\"#f4f5f7\"" : "stroke=\"#dee2e6\"");
      svg += text({x, bottom + 18}, "middle", 11, "#495057", tick.label);
    }
    for (const io::Tick& tick : y_.ticks()) {
      const double y = bottom - (bottom - top) * y_.position(tick.value);
      svg += line({left, y}, {right, y},
                  tick.label.empty() ? "stroke=\"#f4f5f7\"" : "stroke=\"#dee2e6\"");
      svg += text({left - 8, y + 4}, "end", 11, "#495057", tick.label);
    }
    svg += text({(left + right) / 2, bottom + 38}, "middle", 12, "#343a40",
                "operations for each byte that must move");
    const Point middle{20, (top + bottom) / 2};
    svg += text(middle, "middle", 12, "#343a40", "Gop/s",
                fmt::format(" transform=\"rotate(-90 {} {})\"", middle.x, middle.y));
    return svg;
  }

  // A line that labels keep away from.
  std::string solid(Point a, Point b, std::string_view style) {
    const double steps = std::max(1.0, std::hypot(b.x - a.x, b.y - a.y) / 6);
    for (double i = 0; i <= steps; ++i) {
      const Point p{a.x + (b.x - a.x) * i / steps, a.y + (b.y - a.y) * i / steps};
      taken_.push_back({p.x - 1, p.y - 1, p.x + 1, p.y + 1});
    }
    return line(a, b, style);
  }

  std::string roofs() {
    constexpr std::string_view roof = "stroke=\"#212529\" stroke-width=\"1.8\"";
    std::string svg;
    double highest = 0;
    for (const auto& ceiling : roofline_.ceilings) highest = std::max(highest, ceiling.gops);
    if (roofline_.gbps > 0) {
      const double low = std::max(x_.low(), y_.low() / roofline_.gbps);
      const double high = std::min(x_.high(), (highest > 0 ? highest : y_.high()) / roofline_.gbps);
      if (low < high) {
        const Point a = pixel(low, low * roofline_.gbps), b = pixel(high, high * roofline_.gbps);
        svg += solid(a, b, roof);
        svg += slope_label(a, b);
      }
    }
    for (const auto& ceiling : roofline_.ceilings) {
      if (!(ceiling.gops > 0)) continue;
      const double ridge = roofline_.gbps > 0 ? ceiling.gops / roofline_.gbps : x_.low();
      svg += solid(pixel(std::clamp(ridge, x_.low(), x_.high()), ceiling.gops),
                   pixel(x_.high(), ceiling.gops), roof);
      const Point end = pixel(x_.high(), ceiling.gops);
      const std::string words = fmt::format("{}: {:.4g} Gop/s", ceiling.label, ceiling.gops);
      svg += text({end.x - 4, end.y - 6}, "end", 12, "#212529", words);
      const double room = static_cast<double>(words.size()) * 7;
      taken_.push_back({end.x - 4 - room, end.y - 20, end.x, end.y});
    }
    return svg;
  }

  std::string slope_label(Point a, Point b) {
    const double angle = std::atan2(b.y - a.y, b.x - a.x);
    const Point at{a.x + 0.5 * (b.x - a.x) + 8 * std::sin(angle),
                   a.y + 0.5 * (b.y - a.y) - 8 * std::cos(angle)};
    for (double along = -75; along <= 75; along += 6) {
      const Point p{at.x + along * std::cos(angle) + 5 * std::sin(angle),
                    at.y + along * std::sin(angle) - 5 * std::cos(angle)};
      taken_.push_back({p.x - 6, p.y - 6, p.x + 6, p.y + 6});
    }
    return text(at, "middle", 12, "#212529", fmt::format("copying: {:.4g} GB/s", roofline_.gbps),
                fmt::format(" transform=\"rotate({:.1f} {:.1f} {:.1f})\"",
                            angle * 180 / std::numbers::pi, at.x, at.y));
  }

  // Around the dot, nearest places first; the first that hides nothing, else what hides least.
  std::string label(const Roofline::Kernel& kernel) {
    const Point dot = place(kernel);
    const double room = static_cast<double>(kernel.label.size()) * character_width + 4;
    Box best{};
    double least = -1;
    for (double distance = 11; distance < 190 && least != 0; distance += 9) {
      for (int turn = 0; turn < 24 && least != 0; ++turn) {
        const double angle = turn * std::numbers::pi / 12;
        const Point at{dot.x + distance * std::cos(angle), dot.y + distance * std::sin(angle)};
        // The nearest edge or middle of the text is at that point.
        const double x0 = at.x - room * (0.5 - 0.5 * std::cos(angle));
        const Box box{x0, at.y - label_height / 2, x0 + room, at.y + label_height / 2};
        if (box.x0 < left || box.x1 > right || box.y0 < top || box.y1 > bottom) continue;
        double hidden = 0;
        for (const Box& other : taken_) hidden += area(box, other);
        if (least >= 0 && hidden >= least) continue;
        least = hidden;
        best = box;
      }
    }
    if (least < 0) return {};
    taken_.push_back(best);
    const Point near{std::clamp(dot.x, best.x0, best.x1), std::clamp(dot.y, best.y0, best.y1)};
    std::string svg;
    if (std::hypot(near.x - dot.x, near.y - dot.y) > 14)
      svg += line(dot, near, "stroke=\"#868e96\" stroke-width=\"0.7\"");
    return svg + text({best.x0 + 2, best.y1 - 3}, "start", 11, "#212529", kernel.label);
  }

  [[nodiscard]] std::string dots() const {
    std::string svg;
    for (const auto& kernel : roofline_.kernels) {
      if (!shown(kernel)) continue;
      const Point p = place(kernel);
      svg += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\" stroke=\"#fff\"><title>{}: "
          "{:.4g} operations a byte, {:.4g} Gop/s</title></circle>\n",
          p.x, p.y, dot_radius, colour(kernel.group), io::escaped(kernel.label),
          kernel.operations_per_byte, kernel.gops);
    }
    return svg;
  }

  static std::string_view colour(int group) {
    return colours[static_cast<std::size_t>(group) % colours.size()];
  }

  [[nodiscard]] std::string legend() const {
    std::string svg;
    double x = left;
    for (std::size_t i = 0; i < roofline_.groups.size(); ++i) {
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>\n", x + 5,
                         height - 20, dot_radius, colour(static_cast<int>(i)));
      svg += text({x + 16, height - 16}, "start", 12, "#212529", roofline_.groups[i]);
      x += 44 + 6.8 * static_cast<double>(roofline_.groups[i].size());
    }
    return svg;
  }

  const Roofline& roofline_;
  io::Axis x_;
  io::Axis y_;
  std::vector<Box> taken_;
};

}  // namespace

std::string roofline_svg(const Roofline& roofline) {
  return Plot(roofline).render();
}

}  // namespace ridgeback::cli
