// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/trainer.hpp"

namespace ridgeback::train {

void initialize(const Device& device, const nn::Module& module, std::uint64_t seed) {
  // What belongs to a precision draws nothing and is not counted: the same seed gives the same
  // weights whatever the precision.
  std::uint64_t stream = 0;
  for (const nn::NamedTensor& named : nn::named_tensors(module)) {
    Random random(seed, named.of_precision ? 0 : ++stream);
    std::vector<float> values(static_cast<std::size_t>(named.tensor.shape().count()));
    named.initialize(values, named.tensor.shape(), random);
    device.write<float>(named.tensor, values);
  }
}

std::vector<nn::NamedTensor> trained_tensors(const nn::Module& module) {
  std::vector<nn::NamedTensor> tensors = nn::named_tensors(module);
  std::erase_if(tensors, [](const nn::NamedTensor& named) { return !named.trained; });
  return tensors;
}

}  // namespace ridgeback::train
