// SPDX-License-Identifier: Apache-2.0
// The multi-layer perceptron of the command line: Linear, norm, activation, ..., Linear.
#pragma once

#include "ridgeback/nn/sequential.hpp"
#include "ridgeback/quant/precision.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::nn {

struct MlpOptions {
  std::int64_t inputs = 784;
  std::vector<std::int64_t> hidden{512, 512};
  std::int64_t outputs = 10;
  std::string norm = "batch";       ///< none, batch, layer or rms; after each hidden Linear
  std::string activation = "relu";  ///< see activation()
  quant::Precision precision;       ///< of each quantized layer
  /// Values of the network's input that share a scale, where not those of other activations. What
  /// is outside of a network is often of another kind than what a norm leaves within: in blocks
  /// that lie in an image's margin, say, faint noise takes the codes of strokes.
  quant::Group input_group{};
  bool quantize_all = true;  ///< false: the first and the last layer stay fp32
  float dropout = 0;         ///< after each activation
  /// If above 0 the network runs over so many time steps (temporal.hpp): a Leaky layer emits the
  /// input of each quantized layer, and the logits are the mean over the steps.
  int recurrent_steps = 0;
  float leak = 1;  ///< of those layers
};

[[nodiscard]] Sequential mlp(const MlpOptions& options);

}  // namespace ridgeback::nn
