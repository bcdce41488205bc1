// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/svg_plot.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/axis.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "harness/has_text.hpp"

namespace ridgeback::io {
namespace {

using test::has_text;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
    ++count;
  }
  return count;
}

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> all;
  for (const Tick& tick : axis.ticks()) {
    if (!tick.label.empty()) all.push_back(tick.label);
  }
  return all;
}

using Labels = std::vector<std::string>;
const double nan_value = std::numeric_limits<double>::quiet_NaN();

TEST(Axes, HaveRoundTicks) {
  EXPECT_EQ(labels(Axis({0, 5000}, false, false)),
            (Labels{"0", "1000", "2000", "3000", "4000", "5000"}));
  EXPECT_EQ(labels(Axis({0.913, 0.997}, false, true)),
            (Labels{"0.90", "0.92", "0.94", "0.96", "0.98", "1.00"}));
  EXPECT_EQ(labels(Axis({-1, 1}, false, true)), (Labels{"-1.0", "-0.5", "0", "0.5", "1.0"}));
  EXPECT_EQ(labels(Axis({0.02, 3}, true, true)),
            (Labels{"0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"}));
  EXPECT_EQ(labels(Axis({1e-6, 1e2}, true, true)),
            (Labels{"1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1", "1", "10", "100"}));
}

TEST(Axes, PutValuesInPlace) {
  const Axis linear({10, 20}, false, false);
  EXPECT_DOUBLE_EQ(linear.position(15), 0.5);
  const Axis logarithmic({1, 100}, true, false);
  EXPECT_DOUBLE_EQ(logarithmic.position(10), 0.5);
  EXPECT_FALSE(logarithmic.holds(0));
  EXPECT_FALSE(linear.holds(nan_value));
}

TEST(Axes, OfOddRangesAreFiniteAndHaveFewTicks) {
  const std::vector<std::vector<double>> odd{{},
                                             {5},
                                             {0},
                                             {-3, -3},
                                             {1e-300, 1e-299},
                                             {1e15, 1e15 + 1},
                                             {1e8},
                                             {-1e299, 1e299},
                                             {nan_value},
                                             {INFINITY, 1},
                                             {1e-280, 1e280},
                                             {0.30001, 0.30002}};
  for (const std::vector<double>& values : odd) {
    for (const bool logarithmic : {false, true}) {
      for (const bool rounded : {false, true}) {
        const Axis axis(values, logarithmic, rounded);
        EXPECT_LT(axis.low(), axis.high());
        EXPECT_LE(labels(axis).size(), 20U);
        for (const double value : values) {
          EXPECT_TRUE(!axis.holds(value) || std::isfinite(axis.position(value)));
        }
      }
    }
  }
}

TEST(Plots, GoOnInANewRowAfterTheLastColumn) {
  const std::vector<Panel> panels(5, Panel{.title = "t", .series = {{"a", {1, 2}, {3, 4}}}});
  const PlotOptions options{.panel_width = 200, .panel_height = 150, .columns = 2};
  const std::string svg = render_svg(panels, options);
  EXPECT_NE(svg.find("width=\"400\""), std::string::npos) << svg;
  EXPECT_NE(render_svg(panels, {.panel_width = 200, .panel_height = 150}).find("width=\"1000\""),
            std::string::npos);
  EXPECT_EQ(count_of(svg, ">t<"), 5U);
  EXPECT_THROW((void)render_svg(panels, {.columns = -1}), InvalidArgument);
}

TEST(Plots, DrawAPathASeriesAndALegendEntryAName) {
  const std::vector<Panel> panels{
      {.title = "loss", .series = {{"one", {0, 1}, {2, 1}}, {"two", {0, 1}, {3, 1}}}},
      {.title = "accuracy", .series = {{"two", {0, 1}, {0.5, 0.9}}}}};
  const std::string svg = render_svg(panels, {.title = "runs"});
  EXPECT_EQ(count_of(svg, "<path "), 3U);
  EXPECT_EQ(count_of(svg, ">one<"), 1U);
  EXPECT_EQ(count_of(svg, ">two<"), 1U);
  EXPECT_EQ(count_of(svg, ">runs<"), 1U);
  // The second colour: a line in each panel, its dots, and the legend.
  EXPECT_EQ(count_of(svg, "#e8590c"), 2U + 4U + 1U);
  EXPECT_EQ(svg, render_svg(panels, {.title = "runs"}));
}

TEST(Plots, EscapeText) {
  const std::vector<Panel> panels{{.title = "a<b & \"c\"\x01", .series = {{"\xff", {1}, {1}}}}};
  const std::string svg = render_svg(panels);
  EXPECT_TRUE(has_text(svg, {"a&lt;b &amp; &quot;c&quot; <"}));
  EXPECT_FALSE(has_text(svg, {"\xff"}));
}

TEST(Plots, BreakLinesAtPointsThatCannotBeDrawn) {
  const std::vector<double> x{1, 2, 3, 4, 5};
  const std::vector<Panel> gap{{.series = {{"s", x, {1, 2, nan_value, 4, 5}}}}};
  EXPECT_EQ(count_of(render_svg(gap), "<path "), 2U);
  const std::vector<Panel> log{{.log_y = true, .series = {{"s", x, {1, 0, 3, -4, 5}}}}};
  EXPECT_EQ(count_of(render_svg(log), "<path "), 0U);
  EXPECT_EQ(count_of(render_svg(log), "<circle "), 3U);
  EXPECT_FALSE(has_text(render_svg(gap), {"nan"}));
}

TEST(Plots, WithoutDataSaySo) {
  EXPECT_TRUE(has_text(render_svg({}), {"no data"}));
  const std::vector<Panel> empty{{.title = "t"}};
  EXPECT_TRUE(has_text(render_svg(empty), {"no data"}));
  const std::vector<Panel> nothing{{.series = {{"s", {1, 2}, {nan_value, nan_value}}}}};
  EXPECT_TRUE(has_text(render_svg(nothing), {"no data"}));
}

TEST(Plots, OfLongRunsStaySmallAndKeepTheExtremes) {
  Series series{.name = "s"};
  for (int i = 0; i < 200'000; ++i) {
    series.x.push_back(i);
    series.y.push_back(i == 77'777 ? 50 : i % 7);
  }
  const std::vector<Panel> panels{{.series = {series}}};
  const std::string svg = render_svg(panels);
  EXPECT_LT(svg.size(), 60'000U);
  // The highest point lies on the upper border of the panel.
  EXPECT_EQ(count_of(svg, " 42.0 L"), 1U);
}

TEST(Plots, SmoothLinesAreDrawnTwice) {
  const std::vector<Panel> panels{
      {.series = {{.name = "s", .x = {1, 2, 3}, .y = {1, 3, 2}, .smooth = true}}}};
  EXPECT_EQ(count_of(render_svg(panels), "<path "), 2U);
  EXPECT_EQ(count_of(render_svg(panels), "opacity"), 1U);
}

TEST(Plots, RefuseUnequalLengthsAndTinyPanels) {
  const std::vector<Panel> panels{{.series = {{"s", {1, 2}, {1}}}}};
  EXPECT_THROW((void)render_svg(panels), InvalidArgument);
  EXPECT_THROW((void)render_svg({}, {.panel_width = 10}), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::io
