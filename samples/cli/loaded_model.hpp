// SPDX-License-Identifier: Apache-2.0
// A model to use: a run folder or an exported file, on data that fits it.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/data/vocabulary.hpp"
#include "ridgeback/io/model_info.hpp"
#include "ridgeback/runtime/device.hpp"
#include "ridgeback/train/evaluate.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace ridgeback::cli {

struct LoadedModel {
  std::string path;
  bool packed = false;  ///< an exported file, not a run folder
  io::ModelInfo info;
  std::map<std::string, std::string> settings;  ///< of the run; empty for an exported file
  train::ForwardFunction forward;
};

/// Throws FileError or FormatError naming the file.
[[nodiscard]] LoadedModel load_model(const Device& device, const std::string& path);

/// What the model takes.
[[nodiscard]] train::SampleSpec sample_of(const io::ModelInfo& info);
/// The vocabulary of a language model. Throws FormatError naming `file` where it makes no sense.
[[nodiscard]] data::Vocabulary vocabulary_of(const io::ModelInfo& info, const std::string& file);

/// Which samples a model is used on.
struct DataChoice {
  std::string spec;  ///< empty: what the run was trained on, else drawn
  std::string split = "test";
  std::int64_t limit = 0;          ///< at most so many samples; 0: all
  std::int64_t train_samples = 0;  ///< of drawn; 0: as the run, else 20000
  std::int64_t test_samples = 0;   ///< of drawn; 0: as the run, else 2000
  std::int64_t data_seed = -1;     ///< -1: as the run, else 1

  void add_options(CLI::App& command);
};

/// The chosen samples as the test split of a data set in the model's size and normalization. Throws
/// InvalidArgument where sample shape or classes do not fit the model, and what opening throws.
[[nodiscard]] data::Dataset open_for(const LoadedModel& model, const DataChoice& choice,
                                     bool quiet);

/// "28x28x1" and the like.
[[nodiscard]] std::string shape_text(const Shape& shape);

/// An evaluator of `batch` samples, 0 for as many as fit well; `simulate` leaves packed products
/// out.
[[nodiscard]] train::Evaluator make_evaluator(const Device& device, const LoadedModel& model,
                                              std::int64_t batch, bool simulate);

}  // namespace ridgeback::cli
