// SPDX-License-Identifier: Apache-2.0
#include "harness/tolerance.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <limits>

namespace ridgeback::test {
namespace {

// Over the finite values only.
double root_mean_square(const Array& array) {
  double sum = 0;
  std::int64_t finite = 0;
  for (const double value : array.values) {
    if (!std::isfinite(value)) continue;
    sum += value * value;
    ++finite;
  }
  return finite == 0 ? 0 : std::sqrt(sum / static_cast<double>(finite));
}

// How many times the allowed error this element has; 0 where it agrees.
double excess(double got, double want, double scale, const Tolerance& tolerance) {
  if (got == want || (std::isnan(got) && std::isnan(want))) return 0;
  const double error = std::abs(got - want);
  if (!std::isfinite(error)) return std::numeric_limits<double>::infinity();
  const double allowed = tolerance.relative * std::max(std::abs(want), scale) + tolerance.absolute;
  return allowed > 0 ? error / allowed : std::numeric_limits<double>::infinity();
}

}  // namespace

testing::AssertionResult close(const Array& got, const Array& want, const Tolerance& tolerance) {
  if (!(got.shape == want.shape)) {
    return testing::AssertionFailure()
           << fmt::format("shape is {} (expected {})", got.shape.text(), want.shape.text());
  }
  const double scale = root_mean_square(want);
  double worst = 0;
  std::int64_t worst_at = 0;
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < want.count(); ++i) {
    const double times = excess(got[i], want[i], scale, tolerance);
    wrong += times > 1 ? 1 : 0;
    if (times > worst) {
      worst = times;
      worst_at = i;
    }
  }
  if (wrong == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << fmt::format(
             "{} of {} elements of {} are off; worst at {}: got {:.9g}, expected {:.9g} "
             "(difference "
             "{:.3g}, {:.3g} times the tolerance)",
             wrong, want.count(), want.shape.text(), worst_at, got[worst_at], want[worst_at],
             got[worst_at] - want[worst_at], worst);
}

}  // namespace ridgeback::test
