// SPDX-License-Identifier: Apache-2.0
// Settings as what the library takes.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/data/vocabulary.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/quant/precision.hpp"
#include "ridgeback/train/trainer.hpp"

#include <memory>
#include <string>

#include "settings.hpp"

namespace ridgeback::cli {

/// Throws InvalidArgument for combinations that make no sense.
[[nodiscard]] quant::Precision precision_of(const SettingValues& values);

/// Whether first and last layers are quantized.
[[nodiscard]] bool quantizes_all(const SettingValues& values);
/// How text is cut.
[[nodiscard]] data::Vocabulary::Kind tokens_of(const SettingValues& values);

/// A model that takes and predicts what a data set has, or that has no data.
struct ModelChoice {
  std::shared_ptr<const nn::Module> module;
  train::SampleSpec sample{0};
  std::string text;  ///< "mlp 784-512-512-10, batch norm, relu"
};
/// Throws InvalidArgument for settings that the model does not have.
[[nodiscard]] ModelChoice model_of(const SettingValues& values, std::int64_t inputs,
                                   std::int64_t outputs);
/// As above; throws InvalidArgument for text where the model takes images, and the other way round.
[[nodiscard]] ModelChoice model_of(const SettingValues& values, const data::Dataset& dataset);
[[nodiscard]] std::shared_ptr<optim::Optimizer> optimizer_of(const SettingValues& values);
/// All but the run folder and the callbacks.
[[nodiscard]] train::FitOptions fit_options(const SettingValues& values);

/// Opens --data, telling on standard error how far it is unless `quiet`.
[[nodiscard]] data::Dataset open_data(const SettingValues& values, bool quiet);

/// What was chosen for one operand, by whom: "1 bit, minmax codes (default), blocks of 64
/// (default), ...". `given` is as the user wrote it.
[[nodiscard]] std::string describe_operand(const quant::Perturbation& given,
                                           const quant::Perturbation& resolved);
/// "8 bits, stochastic rounding, hindsight range (momentum 0.9)"
[[nodiscard]] std::string describe_gradients(const quant::Precision& precision);
/// "drawn: 20000 training and 2000 test samples of 28x28, 10 classes"
[[nodiscard]] std::string describe_data(const data::Dataset& dataset);
/// One line for each operand, on standard error.
void print_precision(const SettingValues& values);

}  // namespace ridgeback::cli
