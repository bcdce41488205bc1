// SPDX-License-Identifier: Apache-2.0
// Whole training steps of a multi-layer perceptron: forward, backward, update.
#include "ridgeback/core/pass_names.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <utility>

#include "bench.hpp"
#include "bench_network.hpp"

namespace ridgeback::cli {
namespace {

struct Arm {
  const char* label;
  quant::Precision precision;
};

// One bit in whole rows, with which products with quantized output gradients are integer ones.
quant::Precision rows_with_gradients(int bits) {
  return {.weights = 1,
          .activations = 1,
          .gradients = bits,
          .codebook = quant::Codebook::sign_mean,
          .group = quant::Group::channel()};
}

std::vector<Arm> arms(bool quick) {
  std::vector<Arm> all{
      {"f32", {}},
      {"A1W1 minmax/64", {.weights = 1, .activations = 1}},
      {"A1W1 sign_mean/row", rows_with_gradients(quant::unquantized_bits)},
      {"A1W1 sign_mean/row dY8", rows_with_gradients(8)},
      {"A1W1 sign_mean/row dY4", rows_with_gradients(4)},
      {"A4W4 minmax/64", {.weights = 4, .activations = 4}},
      {"A8W8 minmax/64", {.weights = 8, .activations = 8}},
  };
  if (quick) all.resize(5);
  return all;
}

// The reference: no packed product, and of every kernel the plainest variant.
CompileOptions plain(const Device& device) {
  CompileOptions options;
  options.disabled_passes = {simulated_pass, "fuse_gates", "fuse_updates"};
  options.use_tuned = false;
  for (const auto& [kernel, variants] : device.target().kernels)
    options.forced.emplace(kernel, "baseline");
  return options;
}

// Steps are named by a part of their label.
bool wanted(const BenchOptions& options, const std::string& label) {
  const auto named = [&](const std::string& part) { return label.find(part) != std::string::npos; };
  return options.types.empty() || std::ranges::any_of(options.types, named);
}

}  // namespace

void bench_step(const Device& device, const Peaks& peaks, const BenchOptions& options,
                const std::function<void(const BenchResult&)>& report) {
  std::optional<Executable> f32;
  for (const Arm& arm : arms(options.quick)) {
    if (f32 && !wanted(options, arm.label)) continue;
    const BenchStep step(bench_net(options, arm.precision), options);
    Executable executable = step.compile(device, {.profile = options.profile});
    const BenchStep plain_step(bench_net(options, arm.precision), options);
    Executable reference = plain_step.compile(device, plain(device));

    BenchResult r;
    // The result is right before any time is reported.
    r.max_error = error_of(arm.label, first_losses(device, step, executable),
                           first_losses(device, plain_step, reference));
    r.name = "step";
    r.variant = "train";
    r.types = arm.label;
    r.m = options.batch;
    const Turns turns =
        f32 ? median_in_turns(options, executable, *f32) : Turns{median_ms(options, executable), 1};
    r.ms = turns.ms;
    r.vs_f32 = turns.times_as;
    r.gops = step_gops(options, r.ms);
    r.share_of_peak = r.gops / (peaks.f32_gflops > 0 ? peaks.f32_gflops : 1e9);
    report(r);
    if (options.profile) fmt::print(stderr, "{}\n", executable.profile().table());
    if (!f32) f32.emplace(std::move(executable));
  }
}

}  // namespace ridgeback::cli
