// SPDX-License-Identifier: Apache-2.0
// A small grey picture on which strokes and discs are drawn with soft edges.
#pragma once

#include "ridgeback/data/glyphs.hpp"

#include <span>
#include <vector>

namespace ridgeback::data {

/// Brightness in 0..1 a pixel; pixel (x, y) covers [x, x+1) x [y, y+1). Only + - * / and square
/// roots, whose results IEEE arithmetic fixes: drawings have the same bits on every machine.
class Canvas {
 public:
  Canvas(int width, int height);

  /// Draws lines between neighbouring points, half-width `radius` pixels, over what is there (the
  /// brighter value stays).
  void draw_line(std::span<const Point> points, float radius, float brightness);
  /// A disc that fades linearly from its centre to nothing at `radius`, added.
  void add_blob(Point centre, float radius, float brightness);
  /// Multiplies what lies within `radius` of the line from a to b by `factor`, softly.
  void fade_line(Point a, Point b, float radius, float factor);

  [[nodiscard]] std::span<float> pixels() { return pixels_; }

 private:
  template <typename Visit>
  void near_segment(Point a, Point b, float reach, Visit visit);

  int width_;
  int height_;
  std::vector<float> pixels_;
};

/// Points of a smooth curve through the control points, `steps` a span.
[[nodiscard]] std::vector<Point> smooth_curve(std::span<const Point> points, int steps);

}  // namespace ridgeback::data
