// SPDX-License-Identifier: Apache-2.0
// Whole training steps of a multi-layer perceptron: forward, backward, update.
#include "ridgeback/core/random.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/step_graph.hpp"
#include "ridgeback/train/trainer.hpp"

#include <fmt/core.h>

#include "bench.hpp"

namespace ridgeback::cli {
namespace {

struct Arm {
  const char* label;
  quant::Precision precision;
};

std::vector<Arm> arms(bool quick) {
  using quant::Codebook;
  using quant::Group;
  std::vector<Arm> all{
      {"f32", {}},
      {"A1W1 minmax/64", {.weights = 1, .activations = 1}},
      {"A1W1 sign_mean/row",
       {.weights = 1,
        .activations = 1,
        .codebook = Codebook::sign_mean,
        .group = Group::channel()}},
      {"A4W4 minmax/64", {.weights = 4, .activations = 4}},
      {"A8W8 minmax/64", {.weights = 8, .activations = 8}},
  };
  if (quick) all.resize(3);
  return all;
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
    nn::MlpOptions mlp;
    mlp.inputs = options.widths.front();
    mlp.outputs = options.widths.back();
    mlp.hidden.assign(options.widths.begin() + 1, options.widths.end() - 1);
    mlp.precision = arm.precision;
    const nn::Sequential net = nn::mlp(mlp);
    const auto optimizer = optim::adam();
    const train::StepGraph graph = train::build_step(net, *optimizer, mlp.inputs, options.batch, 0);
    Executable executable =
        compile(device, {graph.loss}, graph.updates, {.profile = options.profile});
    train::initialize(device, net, 1);
    Random random(1);
    std::vector<float> images(static_cast<std::size_t>(options.batch * mlp.inputs));
    for (float& pixel : images) pixel = random.normal();
    std::vector<std::uint32_t> labels(static_cast<std::size_t>(options.batch));
    for (std::uint32_t& label : labels)
      label = random.below(static_cast<std::uint32_t>(mlp.outputs));
    executable.set(graph.images, images);
    executable.set(graph.labels, labels);
    executable.run();

    BenchResult r;
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
