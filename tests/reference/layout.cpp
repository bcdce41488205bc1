// SPDX-License-Identifier: Apache-2.0
#include "reference/layout.hpp"

namespace ridgeback::test::reference {

Coordinates coordinates_of(std::int64_t index, const Shape& shape) {
  Coordinates at(static_cast<std::size_t>(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    at[static_cast<std::size_t>(axis)] = index % shape[axis];
    index /= shape[axis];
  }
  return at;
}

std::int64_t index_of(const Coordinates& at, const Shape& shape) {
  std::int64_t index = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    index = index * shape[axis] + at[static_cast<std::size_t>(axis)];
  }
  return index;
}

Array gather(const Array& x, const Shape& shape,
             const std::function<Coordinates(const Coordinates&)>& from) {
  Array y(shape);
  for (std::int64_t i = 0; i < y.count(); ++i) {
    y[i] = x[index_of(from(coordinates_of(i, shape)), x.shape)];
  }
  return y;
}

Array scatter(const Array& x, const Shape& shape,
              const std::function<Coordinates(const Coordinates&)>& to) {
  Array y(shape);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    y[index_of(to(coordinates_of(i, x.shape)), shape)] = x[i];
  }
  return y;
}

}  // namespace ridgeback::test::reference
