// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/equivalence.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <numbers>

namespace ridgeback::quant {
namespace {

// Gauss-Legendre points and weights on [-1, 1].
constexpr std::array<double, 4> points{-0.8611363115940526, -0.3399810435848563, 0.3399810435848563,
                                       0.8611363115940526};
constexpr std::array<double, 4> weights_of_points{0.3478548451374538, 0.6521451548625461,
                                                  0.6521451548625461, 0.3478548451374538};
constexpr int panels = 256;  // even: the factor has a corner in the middle of the cell

double panel_integral(Estimator estimator, double shape, double low, double high) {
  const double center = (low + high) / 2, half = (high - low) / 2;
  double sum = 0;
  for (std::size_t i = 0; i < points.size(); ++i)
    sum += weights_of_points[i] / backward_factor(estimator, shape, center + half * points[i]);
  return sum * half;
}

// Integrals of 1/q from the lower border to the end of each panel.
class Quadrature {
 public:
  Quadrature(Estimator estimator, double shape) : estimator_(estimator), shape_(shape) {
    for (int i = 0; i < panels; ++i)
      sums_[at(i + 1)] = sums_[at(i)] + panel_integral(estimator, shape, border(i), border(i + 1));
  }

  [[nodiscard]] double whole() const { return sums_.back(); }

  [[nodiscard]] double up_to(double offset) const {
    const int panel = std::clamp(static_cast<int>((offset + 0.5) * panels), 0, panels - 1);
    return sums_[at(panel)] + panel_integral(estimator_, shape_, border(panel), offset);
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  static double border(int i) { return static_cast<double>(i) / panels - 0.5; }

  Estimator estimator_;
  double shape_;
  std::array<double, panels + 1> sums_{};
};

// As the kernels round.
float code_of(float weight, const Cells& cells) {
  const auto offset = static_cast<float>(cells.offset), step = static_cast<float>(cells.step);
  return std::nearbyint((weight - offset) / step);
}

}  // namespace

double backward_factor(Estimator estimator, double shape, double offset) {
  switch (estimator) {
    case Estimator::cge_cosine:
      return 1 + shape * std::cos(2 * std::numbers::pi * offset);
    case Estimator::cge_tanh: {
      const double c = std::cosh(shape * (0.5 - std::abs(offset)));
      return cge_tanh_floor + shape / (2 * std::tanh(shape / 2) * c * c);
    }
    case Estimator::cge_piecewise:
      return 1 + shape * (1 - 4 * std::abs(offset));
    case Estimator::denoise:
    case Estimator::straight_through:
    case Estimator::lsq:
    case Estimator::pokebnn:
      break;
  }
  throw InvalidArgument(
      fmt::format("equivalence: {} has no backward factor (expected cge_cosine, cge_tanh or "
                  "cge_piecewise)",
                  name(estimator)));
}

Cells cells_of(const Perturbation& perturbation) {
  const Perturbation p = perturbation.resolved();
  require(is_custom_gradient(p.estimator),
          fmt::format("equivalence: not a custom gradient estimator (got {})", name(p.estimator)));
  require(p.range.kind == ValueRange::Kind::fixed,
          fmt::format("equivalence: the step moves with the weights (got range {}, expected "
                      "fixed:B)",
                      text(p.range)));
  const auto bound = static_cast<double>(p.range.value);
  const double top = largest_code(p);
  if (p.codebook == Codebook::minmax) return {2 * bound / top, -bound};
  return {bound / top, 0};
}

double equivalent_rate_scale(Estimator estimator, double shape) {
  return 1 / Quadrature(estimator, shape).whole();
}

double equivalent_place(Estimator estimator, double shape, double offset) {
  const Quadrature quadrature(estimator, shape);
  return quadrature.up_to(offset) / quadrature.whole();
}

StraightThroughRun equivalent_straight_through(const Perturbation& estimator, double learning_rate,
                                               std::span<const float> weights) {
  const Perturbation p = estimator.resolved();
  const Cells cells = cells_of(p);
  const Quadrature quadrature(p.estimator, static_cast<double>(p.shape.value_or(0)));
  StraightThroughRun run;
  run.learning_rate = learning_rate / quadrature.whole();
  run.weights.reserve(weights.size());
  for (const float weight : weights) {
    require(std::isfinite(weight), "equivalence: a weight is not finite");
    const float code = code_of(weight, cells);
    const double center = cells.offset + cells.step * static_cast<double>(code);
    const double offset =
        std::clamp((static_cast<double>(weight) - center) / cells.step, -0.5, 0.5);
    const double place = quadrature.up_to(offset) / quadrature.whole() - 0.5;
    auto mapped = static_cast<float>(center + cells.step * place);
    // Rounding to f32 may have crossed the border.
    while (code_of(mapped, cells) != code)
      mapped = std::nextafter(mapped, static_cast<float>(center));
    run.weights.push_back(mapped);
  }
  return run;
}

}  // namespace ridgeback::quant
