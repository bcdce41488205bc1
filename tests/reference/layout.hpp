// SPDX-License-Identifier: Apache-2.0
// Movements of elements, by coordinates.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "harness/array.hpp"

namespace ridgeback::test::reference {

using Coordinates = std::vector<std::int64_t>;

[[nodiscard]] Coordinates coordinates_of(std::int64_t index, const Shape& shape);
[[nodiscard]] std::int64_t index_of(const Coordinates& at, const Shape& shape);

/// y[c] = x[from(c)].
[[nodiscard]] Array gather(const Array& x, const Shape& shape,
                           const std::function<Coordinates(const Coordinates&)>& from);

/// y[to(c)] = x[c], zeros elsewhere.
[[nodiscard]] Array scatter(const Array& x, const Shape& shape,
                            const std::function<Coordinates(const Coordinates&)>& to);

}  // namespace ridgeback::test::reference
