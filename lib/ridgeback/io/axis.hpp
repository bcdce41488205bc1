// SPDX-License-Identifier: Apache-2.0
// The scale of one axis of a plot: its range, its ticks, and where a value lies.
#pragma once

#include <string>
#include <vector>

namespace ridgeback::io {

struct Tick {
  double value;
  std::string label;  ///< empty for a grid line between labels
};

/// A linear or logarithmic axis whose range holds what was shown to it.
class Axis {
 public:
  /// Fits the range to finite values (positive ones if logarithmic): to round numbers if `rounded`,
  /// else exactly. Without any value the range is 0 to 1, or 1 to 10.
  Axis(const std::vector<double>& values, bool logarithmic, bool rounded);

  /// Whether a value can be drawn at all.
  [[nodiscard]] bool holds(double value) const;
  /// 0 at the start of the axis, 1 at its end.
  [[nodiscard]] double position(double value) const;
  [[nodiscard]] const std::vector<Tick>& ticks() const { return ticks_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  void make_linear(bool rounded);
  void make_logarithmic(bool rounded);

  bool logarithmic_;
  double low_ = 0;
  double high_ = 1;
  std::vector<Tick> ticks_;
};

}  // namespace ridgeback::io
