// SPDX-License-Identifier: Apache-2.0
// ridgeback export
#include "ridgeback/deploy/cost.hpp"
#include "ridgeback/deploy/packed_model.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/train/run_folder.hpp"

#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  ridgeback export runs/one_bit one_bit.safetensors\n"
    "\n"
    "The file holds the newest checkpoint's weights as packed codes with their block factors, "
    "norms\n"
    "folded into scale and shift, and what `infer` must know of the data. It predicts exactly as\n"
    "`eval` of the run on the same device. An older file of that name survives any failure.";

struct ExportOptions {
  std::string run;
  std::string file;
};

void run_export(const ExportOptions& options, const Globals& globals) {
  const Device device = Device::open(globals.device);
  const train::TrainedModel run = train::load_run(device, options.run);
  const deploy::ExportReport report =
      deploy::save_packed(device, *run.module, run.info, options.file);
  const deploy::ArithmeticCost cost =
      deploy::cost_of(*run.module, run.info.sample_shape.count(),
                      run.info.tokens.empty() ? DType::f32 : DType::u32);
  const double ratio =
      static_cast<double>(report.f32_bytes) / static_cast<double>(report.file_bytes);
  if (globals.json) {
    return print_json({{"run", options.run},
                       {"step", run.step},
                       {"file", options.file},
                       {"parameters", report.parameters},
                       {"f32_bytes", report.f32_bytes},
                       {"file_bytes", report.file_bytes},
                       {"ratio", ratio},
                       {"bits_per_weight", report.bits_per_weight},
                       {"bits_per_weight_factors", report.bits_per_weight_factors},
                       {"multiply_adds", cost.multiply_adds},
                       {"ace", cost.ace},
                       {"ace_v2", cost.ace_v2}});
  }
  fmt::print("{} parameters of step {}: {} as f32, {} as packed file ({:.1f} times smaller)\n",
             report.parameters, run.step, bytes_text(static_cast<double>(report.f32_bytes)),
             bytes_text(static_cast<double>(report.file_bytes)), ratio);
  if (report.bits_per_weight > 0) {
    fmt::print("{:.2f} bits a quantized weight, {:.2f} with block factors\n",
               report.bits_per_weight, report.bits_per_weight_factors);
  }
  fmt::print(
      "{:.4g} multiply-adds a {}; ACE (times the bits of both operands) {:.4g}; ACEv2 (with "
      "quantizing, corrections, norms, in energy) {:.4g}\n",
      static_cast<double>(cost.multiply_adds), run.info.tokens.empty() ? "sample" : "window",
      cost.ace, cost.ace_v2);
}

}  // namespace

void register_export(CLI::App& app, const Globals& globals) {
  CLI::App* command = app.add_subcommand("export", "A run as one packed file");
  const auto options = std::make_shared<ExportOptions>();
  command->add_option("RUN", options->run, "Run folder of `train --out`")->required();
  command->add_option("FILE", options->file, "File to write, by custom named .safetensors")
      ->required();
  command->footer(examples);
  command->callback([options, &globals] { run_export(*options, globals); });
}

}  // namespace ridgeback::cli
