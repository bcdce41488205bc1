// SPDX-License-Identifier: Apache-2.0
// A trained model as one file of packed codes, and that file as a model again, with the same
// numbers.
#pragma once

#include "ridgeback/io/model_info.hpp"
#include "ridgeback/io/safetensors.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/runtime/device.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ridgeback::deploy {

/// What export wrote.
struct ExportReport {
  std::uint64_t file_bytes = 0;
  std::uint64_t f32_bytes = 0;  ///< the same parameters as f32
  std::int64_t parameters = 0;
  double bits_per_weight = 0;          ///< of quantized weights: codes alone
  double bits_per_weight_factors = 0;  ///< with the block factors
};

/// Packs a model whose values are on the device: weights as codes and block factors, norms folded
/// into scale and shift. Computes every stored value on the device with the operations that
/// evaluation uses. Atomic: the old file survives any failure.
ExportReport save_packed(const Device& device, const nn::Module& module, const io::ModelInfo& info,
                         const std::string& path);

/// A packed model in host memory.
class PackedModel {
 public:
  /// Throws FileError or FormatError naming the file; nothing the file says is trusted.
  [[nodiscard]] static PackedModel load(const std::string& path);

  [[nodiscard]] const io::ModelInfo& info() const { return info_; }
  [[nodiscard]] const nn::Description& description() const { return description_; }
  [[nodiscard]] const std::vector<io::StoredTensor>& tensors() const { return tensors_; }

  /// A forward function for train::Evaluator: evaluation with every frozen value taken from the
  /// file. Throws FormatError for a value that is missing or of the wrong type or shape when the
  /// graph is built.
  [[nodiscard]] Tensor forward(const Tensor& x, nn::Context& context) const;

 private:
  std::string path_;
  io::ModelInfo info_;
  nn::Description description_;
  std::shared_ptr<const nn::Module> module_;
  std::vector<io::StoredTensor> tensors_;
};

}  // namespace ridgeback::deploy
