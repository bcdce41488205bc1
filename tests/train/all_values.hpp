// SPDX-License-Identifier: Apache-2.0
// What a module holds on the device of the tests.
#pragma once

#include "ridgeback/nn/module.hpp"

#include <vector>

#include "harness/device.hpp"

namespace ridgeback::train {

/// Of all parameters and states, in the order of their names.
inline std::vector<float> all_values(const nn::Module& module) {
  std::vector<float> values;
  for (const nn::NamedTensor& named : nn::named_tensors(module)) {
    const auto own = test::test_device().read<float>(named.tensor);
    values.insert(values.end(), own.begin(), own.end());
  }
  return values;
}

}  // namespace ridgeback::train
