// SPDX-License-Identifier: Apache-2.0
// Values of one run as the start of another: fine-tuning at another precision.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/runtime/device.hpp"

#include <string>

namespace ridgeback::train {

/// Writes the parameters and states of the model in `from`, a run folder (its newest checkpoint) or
/// a checkpoint, to those of `module` of the same names. Precisions may differ: what belongs to one
/// (nn::NamedTensor::of_precision: ranges, learned steps) is left as it is and not taken, nor are
/// optimizer states. Returns the file that was read. Throws FileError or FormatError naming the
/// file for one that is no checkpoint, and InvalidArgument naming the first tensor that one of the
/// two models lacks or whose shapes differ; then nothing is written.
std::string load_parameters(const Device& device, const nn::Module& module,
                            const std::string& from);

}  // namespace ridgeback::train
