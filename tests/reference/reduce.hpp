// SPDX-License-Identifier: Apache-2.0
// Reductions in double precision.
#pragma once

#include <functional>
#include <vector>

#include "harness/array.hpp"

namespace ridgeback::test::reference {

/// Folds the axes with f, starting from `first`; reduced axes stay with extent 1 if `keep`.
[[nodiscard]] Array reduce(const Array& x, std::vector<int> axes, bool keep, double first,
                           const std::function<double(double, double)>& f);

[[nodiscard]] Array sum(const Array& x, const std::vector<int>& axes, bool keep = false);
[[nodiscard]] Array mean(const Array& x, const std::vector<int>& axes, bool keep = false);
[[nodiscard]] Array max(const Array& x, const std::vector<int>& axes, bool keep = false);
[[nodiscard]] Array min(const Array& x, const std::vector<int>& axes, bool keep = false);

}  // namespace ridgeback::test::reference
