// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/module.hpp"

#include <algorithm>
#include <cmath>

namespace ridgeback::nn {

std::vector<NamedTensor> named_tensors(const Module& module) {
  std::vector<NamedTensor> tensors;
  module.collect("", tensors);
  return tensors;
}

const NamedTensor* find_tensor(std::span<const NamedTensor> tensors, std::string_view name) {
  const auto found = std::ranges::find(tensors, name, &NamedTensor::name);
  return found == tensors.end() ? nullptr : &*found;
}

Initializer uniform_fan_in(std::int64_t fan_in) {
  const float bound = fan_in > 0 ? 1.0F / std::sqrt(static_cast<float>(fan_in)) : 0.0F;
  return [bound](std::span<float> values, const Shape& /*shape*/, Random& random) {
    for (float& value : values) value = random.uniform(-bound, bound);
  };
}

Initializer constant_value(float value) {
  return [value](std::span<float> values, const Shape& /*shape*/, Random& /*random*/) {
    std::ranges::fill(values, value);
  };
}

Initializer normal_values(float standard_deviation) {
  return [=](std::span<float> values, const Shape& /*shape*/, Random& random) {
    for (float& value : values) value = standard_deviation * random.normal();
  };
}

}  // namespace ridgeback::nn
