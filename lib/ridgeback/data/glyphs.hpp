// SPDX-License-Identifier: Apache-2.0
// The hands in which the drawn digits are written: strokes through control points.
#pragma once

#include <span>
#include <vector>

namespace ridgeback::data {

/// x to the right, y down; a digit fills about [0.2, 0.8] x [0.05, 0.95].
struct Point {
  float x;
  float y;
};

/// A polyline, or a smooth curve (Catmull-Rom) through the points.
struct Stroke {
  bool smooth;
  std::vector<Point> points;
};

using Glyph = std::vector<Stroke>;

/// All hands for a digit 0..9, at least three.
[[nodiscard]] std::span<const Glyph> glyphs_of(int digit);

}  // namespace ridgeback::data
