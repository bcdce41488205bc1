// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/packed_model.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/deploy/stored_spec.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/nn/description_json.hpp"

#include <fmt/core.h>

namespace ridgeback::deploy {

PackedModel PackedModel::load(const std::string& path) {
  PackedModel model;
  model.path_ = path;
  io::SafetensorsFile file = io::read_safetensors(path);
  const auto format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != packed_format) {
    throw FormatError(
        path, fmt::format("is no packed model (metadata 'format' is not '{}')", packed_format));
  }
  const auto text = file.metadata.find("model");
  if (text == file.metadata.end()) throw FormatError(path, "metadata lacks 'model'");
  try {
    model.description_ = nn::description_from_json(text->second);
    model.module_ = nn::build(model.description_);
  } catch (const InvalidArgument& error) {
    throw FormatError(path, error.what());
  }
  model.info_ = io::read_info(file.metadata, path);
  for (const io::StoredTensor& tensor : file.tensors) {
    const std::int64_t bad = io::first_not_finite(tensor);
    if (bad >= 0)
      throw FormatError(path,
                        fmt::format("tensor '{}' is not finite at element {}", tensor.name, bad));
  }
  model.tensors_ = std::move(file.tensors);
  return model;
}

Tensor PackedModel::forward(const Tensor& x, nn::Context& context) const {
  context.on_frozen([this](const std::string& name, const Tensor& derived) {
    const io::StoredTensor* stored = io::find_tensor(tensors_, name);
    if (stored == nullptr) throw FormatError(path_, fmt::format("lacks the tensor '{}'", name));
    try {
      return constant_bytes(derived.spec(), dense_bytes(*stored, derived.spec()));
    } catch (const InvalidArgument& error) {
      throw FormatError(path_, fmt::format("tensor '{}' {}", name, error.what()));
    }
  });
  return module_->forward(x, context);
}

}  // namespace ridgeback::deploy
