// SPDX-License-Identifier: Apache-2.0
#include "harness/inputs.hpp"

#include "ridgeback/core/random.hpp"

#include <utility>

namespace ridgeback::test {
namespace {

// Fills from one stream; the values pass through f32 so that the device sees the same.
Input drawn(const Shape& shape, DType dtype, std::uint64_t seed,
            std::function<double(Random&)> one) {
  return {{shape, dtype}, [seed, one = std::move(one)](const Shape& of) {
            Random random(seed, 77);
            Array array(of);
            for (double& value : array.values)
              value = static_cast<double>(static_cast<float>(one(random)));
            return array;
          }};
}

}  // namespace

Input uniform(const Shape& shape, double low, double high, std::uint64_t seed) {
  return drawn(shape, DType::f32, seed, [low, high](Random& random) {
    return low + (high - low) * static_cast<double>(random.uniform());
  });
}

Input normal(const Shape& shape, std::uint64_t seed) {
  return drawn(shape, DType::f32, seed,
               [](Random& random) { return static_cast<double>(random.normal()); });
}

Input integers(const Shape& shape, int low, int high, DType dtype, std::uint64_t seed) {
  const auto choices = static_cast<std::uint32_t>(high - low + 1);
  return drawn(shape, dtype, seed, [low, choices](Random& random) {
    return static_cast<double>(low) + static_cast<double>(random.below(choices));
  });
}

Input off_zero(const Shape& shape, double low, double high, std::uint64_t seed) {
  return drawn(shape, DType::f32, seed, [low, high](Random& random) {
    const double size = low + (high - low) * static_cast<double>(random.uniform());
    return random.below(2) == 0 ? size : -size;
  });
}

Input distinct(const Shape& shape, double spacing, std::uint64_t seed) {
  return {{shape, DType::f32}, [spacing, seed](const Shape& of) {
            Random random(seed, 78);
            Array array(of);
            const double middle = 0.5 * static_cast<double>(array.count());
            for (std::int64_t i = 0; i < array.count(); ++i) {
              const float value = static_cast<float>(spacing * (static_cast<double>(i) - middle));
              array[i] = static_cast<double>(value);
            }
            for (std::int64_t i = array.count(); i > 1; --i) {
              std::swap(array[i - 1], array[random.below(static_cast<std::uint32_t>(i))]);
            }
            return array;
          }};
}

Input exactly(const Shape& shape, std::vector<double> values, DType dtype) {
  return {{shape, dtype},
          [values = std::move(values)](const Shape& of) { return Array(of, values); }};
}

std::vector<float> floats(const Input& input) {
  const Array array = input.draw(input.spec.shape);
  return {array.values.begin(), array.values.end()};
}

const std::vector<Shape>& awkward_shapes() {
  static const std::vector<Shape> shapes{
      Shape{},     Shape{0},      Shape{1},      Shape{3},       Shape{255},        Shape{257},
      Shape{4, 0}, Shape{7, 113}, Shape{64, 64}, Shape{2, 3, 5}, Shape{3, 1, 2, 4}, Shape{1031}};
  return shapes;
}

}  // namespace ridgeback::test
