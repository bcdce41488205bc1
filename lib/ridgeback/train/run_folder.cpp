// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/run_folder.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/nn/description_json.hpp"
#include "ridgeback/train/run_files.hpp"
#include "ridgeback/train/stored_state.hpp"

namespace ridgeback::train {
namespace {

io::FoundCheckpoint newest(const std::string& folder) {
  auto found = io::latest_checkpoint(folder);
  if (!found) throw FileError(folder, "holds no checkpoint");
  return std::move(*found);
}

std::map<std::string, std::string> callers_settings(
    const std::map<std::string, std::string>& metadata) {
  const std::string prefix = setting_prefix;
  std::map<std::string, std::string> settings;
  for (const auto& [key, value] : metadata) {
    if (key.starts_with(prefix)) settings[key.substr(prefix.size())] = value;
  }
  return settings;
}

}  // namespace

std::map<std::string, std::string> recorded_settings(const std::string& folder) {
  return callers_settings(newest(folder).checkpoint.settings);
}

TrainedModel load_run(const Device& device, const std::string& folder) {
  const io::FoundCheckpoint found = newest(folder);
  const std::string file = found.path.string();
  const auto& metadata = found.checkpoint.settings;
  const auto text = metadata.find("model");
  if (text == metadata.end()) throw FormatError(file, "metadata lacks 'model'");
  TrainedModel model;
  try {
    model.module = nn::build(nn::description_from_json(text->second));
  } catch (const InvalidArgument& error) {
    throw FormatError(file, error.what());
  }
  model.info = io::read_info(metadata, file);
  model.settings = callers_settings(metadata);
  model.step = found.checkpoint.step;
  write_state(device, nn::named_tensors(*model.module), found.checkpoint.tensors, file);
  return model;
}

}  // namespace ridgeback::train
