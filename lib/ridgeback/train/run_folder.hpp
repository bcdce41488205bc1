// SPDX-License-Identifier: Apache-2.0
// What `train --out` leaves, read back: the newest checkpoint as a model with its values.
#pragma once

#include "ridgeback/io/model_info.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/runtime/device.hpp"

#include <map>
#include <memory>
#include <string>

namespace ridgeback::train {

struct TrainedModel {
  std::shared_ptr<const nn::Module> module;
  io::ModelInfo info;
  std::map<std::string, std::string> settings;
  std::int64_t step = 0;
};

/// The FitOptions::settings that the run in `folder` was started with, from its newest valid
/// checkpoint; no device is needed.
[[nodiscard]] std::map<std::string, std::string> recorded_settings(const std::string& folder);

/// Builds the model of the newest valid checkpoint in `folder` and writes its values to the device.
/// Throws FileError or FormatError naming the file.
[[nodiscard]] TrainedModel load_run(const Device& device, const std::string& folder);

}  // namespace ridgeback::train
