// SPDX-License-Identifier: Apache-2.0
#include "reference/reduce.hpp"

#include <algorithm>
#include <limits>

namespace ridgeback::test::reference {

Array reduce(const Array& x, std::vector<int> axes, bool keep, double first,
             const std::function<double(double, double)>& f) {
  Shape kept = x.shape;
  for (int& axis : axes) {
    axis = x.shape.normalize(axis);
    kept = kept.with(axis, 1);
  }
  Array y(kept);
  std::ranges::fill(y.values, first);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    double& into = y[broadcast_index(i, x.shape, kept)];
    into = f(into, x[i]);
  }
  if (keep) return y;
  std::ranges::sort(axes, std::greater<>());
  for (const int axis : axes) y.shape = y.shape.without(axis);
  return y;
}

Array sum(const Array& x, const std::vector<int>& axes, bool keep) {
  return reduce(x, axes, keep, 0, [](double a, double b) { return a + b; });
}

Array mean(const Array& x, const std::vector<int>& axes, bool keep) {
  double count = 1;
  for (const int axis : axes) count *= static_cast<double>(x.shape[axis]);
  return map(sum(x, axes, keep), [count](double v) { return v / count; });
}

Array max(const Array& x, const std::vector<int>& axes, bool keep) {
  return reduce(x, axes, keep, -std::numeric_limits<double>::infinity(),
                [](double a, double b) { return std::max(a, b); });
}

Array min(const Array& x, const std::vector<int>& axes, bool keep) {
  return reduce(x, axes, keep, std::numeric_limits<double>::infinity(),
                [](double a, double b) { return std::min(a, b); });
}

}  // namespace ridgeback::test::reference
