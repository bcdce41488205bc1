// SPDX-License-Identifier: Apache-2.0
// Whole training steps of a multi-layer perceptron: forward, backward, update.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/step_graph.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <memory>

#include "bench.hpp"

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

// The step of a network of its own, with values to run it on.
struct Step {
  nn::Sequential net;
  std::shared_ptr<optim::Optimizer> optimizer = optim::adam();
  train::StepGraph graph;
  std::vector<float> images;
  std::vector<std::uint32_t> labels;

  Step(const nn::MlpOptions& mlp, std::int64_t batch)
      : net(nn::mlp(mlp)), graph(train::build_step(net, *optimizer, mlp.inputs, batch, 0)) {
    Random random(1);
    images.resize(static_cast<std::size_t>(batch * mlp.inputs));
    for (float& pixel : images) pixel = random.normal();
    labels.resize(static_cast<std::size_t>(batch));
    for (std::uint32_t& label : labels)
      label = random.below(static_cast<std::uint32_t>(mlp.outputs));
  }

  [[nodiscard]] Executable compile(const Device& device, const CompileOptions& options = {}) const {
    Executable executable = ridgeback::compile(device, {graph.loss}, graph.updates, options);
    executable.set(graph.images, images);
    executable.set(graph.labels, labels);
    return executable;
  }
};

// Losses of the first two steps: the second tells whether gradients and updates were right.
std::array<double, 2> first_losses(const Device& device, const Step& step, Executable& executable) {
  train::initialize(device, step.net, 1);
  std::array<double, 2> losses{};
  for (std::uint32_t i = 0; i < losses.size(); ++i) {
    executable.run({.step = i + 1, .learning_rate = 1e-3F});
    losses[i] = executable.get<float>(step.graph.loss)[0];
  }
  return losses;
}

// The reference: no packed product, and of every kernel the plainest variant.
CompileOptions plain(const Device& device) {
  CompileOptions options;
  options.disabled_passes = {"pack_products"};
  options.use_tuned = false;
  for (const auto& [kernel, variants] : device.target().kernels)
    options.forced.emplace(kernel, "baseline");
  return options;
}

// How far the losses are from those of the reference, relative to them. Throws where that is more
// than rounding makes of codes that are decided by it.
double error_of(const Device& device, const Step& step, Executable& executable,
                const nn::MlpOptions& mlp, std::int64_t batch, const char* label) {
  const auto got = first_losses(device, step, executable);
  const Step plain_step(mlp, batch);
  Executable reference = plain_step.compile(device, plain(device));
  const auto exact = first_losses(device, plain_step, reference);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(got[i] - exact[i]) / std::abs(exact[i]));
  if (!(worst < 0.02)) {
    throw Error(
        fmt::format("bench: step {} is wrong (losses {:.5g}, {:.5g}, expected {:.5g}, {:.5g})",
                    label, got[0], got[1], exact[0], exact[1]));
  }
  return worst;
}

// Steps are named by a part of their label.
bool wanted(const BenchOptions& options, const std::string& label) {
  const auto named = [&](const std::string& part) { return label.find(part) != std::string::npos; };
  return options.types.empty() || std::ranges::any_of(options.types, named);
}

}  // namespace

void bench_step(const Device& device, const Peaks& peaks, const BenchOptions& options,
                const std::function<void(const BenchResult&)>& report) {
  double f32_ms = 0;
  double weights = 0;
  for (std::size_t i = 0; i + 1 < options.widths.size(); ++i) {
    weights += static_cast<double>(options.widths[i]) * static_cast<double>(options.widths[i + 1]);
  }
  for (const Arm& arm : arms(options.quick)) {
    if (f32_ms > 0 && !wanted(options, arm.label)) continue;
    nn::MlpOptions mlp;
    mlp.inputs = options.widths.front();
    mlp.outputs = options.widths.back();
    mlp.hidden.assign(options.widths.begin() + 1, options.widths.end() - 1);
    mlp.precision = arm.precision;
    const Step step(mlp, options.batch);
    Executable executable = step.compile(device, {.profile = options.profile});

    BenchResult r;
    // The result is right before any time is reported.
    r.max_error = error_of(device, step, executable, mlp, options.batch, arm.label);
    r.name = "step";
    r.variant = "train";
    r.types = arm.label;
    r.m = options.batch;
    r.ms = median_ms(options, executable);
    if (f32_ms == 0) f32_ms = r.ms;
    r.gops =
        6e-6 * static_cast<double>(options.batch) * weights / r.ms;  // three products of each layer
    r.share_of_peak = r.gops / (peaks.f32_gflops > 0 ? peaks.f32_gflops : 1e9);
    r.vs_f32 = f32_ms / r.ms;
    report(r);
    if (options.profile) fmt::print(stderr, "{}\n", executable.profile().table());
  }
}

}  // namespace ridgeback::cli
