// SPDX-License-Identifier: Apache-2.0
// Kernels against what bounds them, as an SVG document.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::cli {

/// The roofline model (Williams, Waterman and Patterson, CACM 2009): a kernel that does x
/// operations for each byte that must move can do no more than min(gbps * x, ceiling).
struct Roofline {
  struct Ceiling {
    std::string label;
    double gops = 0;
  };
  struct Kernel {
    std::string label;
    double operations_per_byte = 0;
    double gops = 0;
    int group = 0;  ///< its colour
  };
  std::string title;
  double gbps = 0;  ///< measured rate of copying
  std::vector<Ceiling> ceilings;
  std::vector<Kernel> kernels;
  std::vector<std::string> groups;  ///< names of the colours, for the legend
};

/// Both axes are logarithmic. Kernels and ceilings that are not above 0 are left out. Labels are
/// put where they hide nothing, as far as there is room.
[[nodiscard]] std::string roofline_svg(const Roofline& roofline);

}  // namespace ridgeback::cli
