// SPDX-License-Identifier: Apache-2.0
// Settings as what the library takes.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/train/trainer.hpp"

#include <memory>
#include <string>

#include "settings.hpp"

namespace ridgeback::cli {

/// Throws InvalidArgument for combinations that make no sense.
[[nodiscard]] quant::Precision precision_of(const SettingValues& values);

[[nodiscard]] nn::MlpOptions mlp_options(const SettingValues& values, std::int64_t inputs,
                                         std::int64_t outputs);
[[nodiscard]] std::shared_ptr<optim::Optimizer> optimizer_of(const SettingValues& values);
/// All but the run folder and the callbacks.
[[nodiscard]] train::FitOptions fit_options(const SettingValues& values);

/// Opens --data, telling on standard error how far it is unless `quiet`.
[[nodiscard]] data::Dataset open_data(const SettingValues& values, bool quiet);

/// What was chosen for one operand, by whom: "1 bit, minmax codes (default), blocks of 64
/// (default), ...". `given` is as the user wrote it.
[[nodiscard]] std::string describe_operand(const quant::Perturbation& given,
                                           const quant::Perturbation& resolved);
/// "8 bits, stochastic rounding, dynamic range; dX = dY W integer, one block a sample; ..."
[[nodiscard]] std::string describe_gradients(const quant::Precision& precision);
/// "mlp 784-512-512-10, batch norm, relu"
[[nodiscard]] std::string describe_model(const nn::MlpOptions& options);
/// "drawn: 20000 training and 2000 test samples of 28x28, 10 classes"
[[nodiscard]] std::string describe_data(const data::Dataset& dataset);
/// One line for each operand, on standard error.
void print_precision(const quant::Precision& precision, bool all_layers);

}  // namespace ridgeback::cli
