// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/stored_state.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>

namespace ridgeback::train {
namespace {

std::vector<std::int64_t> extents_of(const Tensor& tensor) {
  const auto extents = tensor.shape().extents();
  return {extents.begin(), extents.end()};
}

}  // namespace

std::vector<io::StoredTensor> read_state(const Device& device,
                                         std::span<const nn::NamedTensor> tensors) {
  std::vector<io::StoredTensor> stored;
  for (const nn::NamedTensor& named : tensors) {
    const Tensor& tensor = named.tensor;
    if (tensor.dtype() == DType::u32) {
      stored.push_back(
          io::store_u32(named.name, extents_of(tensor), device.read<std::uint32_t>(tensor)));
    } else {
      stored.push_back(io::store_f32(named.name, extents_of(tensor), device.read<float>(tensor)));
    }
  }
  return stored;
}

void write_state(const Device& device, std::span<const nn::NamedTensor> tensors,
                 std::span<const io::StoredTensor> stored, const std::string& file) {
  // Everything is checked before anything is written: a bad file changes no value.
  for (const nn::NamedTensor& named : tensors) {
    const io::StoredTensor* found = io::find_tensor(stored, named.name);
    if (found == nullptr) throw FormatError(file, fmt::format("lacks the tensor '{}'", named.name));
    const char* type = named.tensor.dtype() == DType::u32 ? "U32" : "F32";
    if (found->dtype != type || found->shape != extents_of(named.tensor)) {
      throw FormatError(
          file, fmt::format("tensor '{}' does not fit the model (got {} [{}], expected {} {})",
                            named.name, found->dtype, fmt::join(found->shape, ", "), type,
                            named.tensor.shape().text()));
    }
  }
  for (const nn::NamedTensor& named : tensors) {
    device.write_bytes(named.tensor, io::find_tensor(stored, named.name)->bytes);
  }
}

}  // namespace ridgeback::train
