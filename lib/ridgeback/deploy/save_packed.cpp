// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/deploy/packed_model.hpp"
#include "ridgeback/deploy/stored_spec.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/nn/description_json.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <filesystem>

namespace ridgeback::deploy {
namespace {

struct Frozen {
  std::string name;
  Tensor tensor;
};

// What evaluation derives from parameters alone, collected while its graph is built; the graph
// itself is thrown away.
std::vector<Frozen> frozen_values(const nn::Module& module, const io::ModelInfo& info) {
  std::vector<Frozen> values;
  nn::Context context(nn::Context::Mode::evaluation);
  context.on_frozen([&](const std::string& name, const Tensor& derived) {
    values.push_back({name, derived});
    return derived;
  });
  const DType type = info.tokens.empty() ? DType::f32 : DType::u32;
  const Tensor x = input({1, info.sample_shape.count()}, type, "samples");
  (void)module.forward(x, context);
  return values;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

ExportReport save_packed(const Device& device, const nn::Module& module, const io::ModelInfo& info,
                         const std::string& path) {
  const std::vector<Frozen> values = frozen_values(module, info);
  std::vector<Tensor> outputs;
  for (const Frozen& value : values) outputs.push_back(value.tensor);
  Executable executable = compile(device, outputs);
  executable.run();

  io::SafetensorsFile file;
  file.metadata["format"] = packed_format;
  file.metadata["model"] = nn::to_json(module.describe());
  io::write_info(info, file.metadata);
  ExportReport report;
  std::int64_t code_bits = 0;
  std::int64_t factor_bits = 0;
  std::int64_t quantized = 0;
  for (const Frozen& value : values) {
    const StoredSpec spec = stored_spec(value.tensor.spec());
    io::StoredTensor stored{value.name, spec.dtype, spec.shape, executable.get_bytes(value.tensor)};
    leave_out_zeros(stored, value.tensor.spec());
    const auto bits = static_cast<std::int64_t>(stored.bytes.size()) * 8;
    if (ends_with(value.name, ".codes")) {
      code_bits += bits;
      quantized += value.tensor.shape().count();
    } else if (ends_with(value.name, ".factors")) {
      factor_bits += bits;
    }
    file.tensors.push_back(std::move(stored));
  }
  for (const nn::NamedTensor& named : nn::named_tensors(module)) {
    if (named.trained) report.parameters += named.tensor.shape().count();
  }
  for (const io::StoredTensor& tensor : file.tensors) {
    const std::int64_t bad = io::first_not_finite(tensor);
    if (bad >= 0) throw Error("export: '" + tensor.name + "' is not finite; the model is broken");
  }
  io::write_safetensors(path, file.metadata, file.tensors);
  report.file_bytes = std::filesystem::file_size(path);
  report.f32_bytes = static_cast<std::uint64_t>(report.parameters) * 4;
  if (quantized > 0) {
    report.bits_per_weight = static_cast<double>(code_bits) / static_cast<double>(quantized);
    report.bits_per_weight_factors =
        static_cast<double>(code_bits + factor_bits) / static_cast<double>(quantized);
  }
  return report;
}

}  // namespace ridgeback::deploy
