// SPDX-License-Identifier: Apache-2.0
// Line plots as SVG documents.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ridgeback::io {

/// A line. x and y are as long as each other, else InvalidArgument; a point that is not finite, or
/// not positive on a logarithmic axis, breaks the line.
struct Series {
  std::string name;  ///< in the legend; one name has one colour in all panels
  std::vector<double> x;
  std::vector<double> y;
  bool dashed = false;
  bool smooth = false;  ///< draws the points pale and a moving average over them
};

struct Panel {
  std::string title;
  std::string x_label;
  std::string y_label;
  bool log_x = false;
  bool log_y = false;
  std::vector<Series> series;
};

struct PlotOptions {
  std::string title;
  double panel_width = 460;  ///< pixels, labels included
  double panel_height = 320;
  int columns = 0;  ///< panels side by side before the next row begins; 0: all of them
};

/// The panels side by side (PlotOptions::columns) under one title, with one legend below. Panels
/// without a point to draw say so. The text depends on the arguments only.
[[nodiscard]] std::string render_svg(std::span<const Panel> panels,
                                     const PlotOptions& options = {});

}  // namespace ridgeback::io
