// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/load_parameters.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/nn/description_json.hpp"
#include "ridgeback/train/stored_state.hpp"

#include <filesystem>
#include <fmt/core.h>
#include <fmt/ranges.h>

namespace ridgeback::train {
namespace {

io::FoundCheckpoint open(const std::string& from) {
  if (!std::filesystem::is_directory(from)) return {from, io::load_checkpoint(from)};
  auto found = io::latest_checkpoint(from);
  if (!found) throw FileError(from, "holds no checkpoint");
  return std::move(*found);
}

// The parameters and states of a model that other precisions of it have too.
std::vector<nn::NamedTensor> common_tensors(const nn::Module& module) {
  std::vector<nn::NamedTensor> tensors = nn::named_tensors(module);
  std::erase_if(tensors, [](const nn::NamedTensor& t) { return t.of_precision; });
  return tensors;
}

// Those of the model in the file: a checkpoint holds those of the optimizer too.
std::vector<nn::NamedTensor> tensors_of_model(const io::FoundCheckpoint& found,
                                              const std::string& file) {
  const auto text = found.checkpoint.settings.find("model");
  if (text == found.checkpoint.settings.end()) throw FormatError(file, "metadata lacks 'model'");
  try {
    return common_tensors(*nn::build(nn::description_from_json(text->second)));
  } catch (const InvalidArgument& error) {
    throw FormatError(file, error.what());
  }
}

}  // namespace

std::string load_parameters(const Device& device, const nn::Module& module,
                            const std::string& from) {
  const io::FoundCheckpoint found = open(from);
  std::string file = found.path.string();
  const std::vector<nn::NamedTensor> theirs = tensors_of_model(found, file);
  const std::vector<nn::NamedTensor> ours = common_tensors(module);
  for (const nn::NamedTensor& tensor : theirs) {
    const nn::NamedTensor* own = nn::find_tensor(ours, tensor.name);
    require(
        own != nullptr,
        fmt::format("from: {} holds '{}', which this model does not have; models must differ in "
                    "precision alone",
                    file, tensor.name));
    require(own->tensor.spec() == tensor.tensor.spec(),
            fmt::format("from: '{}' does not fit (got {} in {}, expected {})", tensor.name,
                        tensor.tensor.spec().text(), file, own->tensor.spec().text()));
  }
  for (const nn::NamedTensor& tensor : ours) {
    require(nn::find_tensor(theirs, tensor.name) != nullptr,
            fmt::format("from: {} lacks '{}' of this model; models must differ in precision alone",
                        file, tensor.name));
  }
  write_state(device, ours, found.checkpoint.tensors, file);
  return file;
}

}  // namespace ridgeback::train
