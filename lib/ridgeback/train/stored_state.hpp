// SPDX-License-Identifier: Apache-2.0
// Values on the device to and from tensors of a file.
#pragma once

#include "ridgeback/io/stored_tensor.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/runtime/device.hpp"

#include <span>
#include <string>
#include <vector>

namespace ridgeback::train {

/// The values of f32 parameters and states, and of u32 states, under their names.
[[nodiscard]] std::vector<io::StoredTensor> read_state(const Device& device,
                                                       std::span<const nn::NamedTensor> tensors);

/// Writes them back. Throws FormatError, naming `file` and the tensor, where one is missing or of
/// another type or shape.
void write_state(const Device& device, std::span<const nn::NamedTensor> tensors,
                 std::span<const io::StoredTensor> stored, const std::string& file);

}  // namespace ridgeback::train
