// SPDX-License-Identifier: Apache-2.0
// Training steps that skip pruned weights, against the own dense fp32 step without pruning.
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

nn::Sequential net_of(const BenchOptions& options, double zeros) {
  nn::MlpOptions mlp;
  mlp.inputs = options.widths.front();
  mlp.outputs = options.widths.back();
  mlp.hidden.assign(options.widths.begin() + 1, options.widths.end() - 1);
  if (zeros > 0) mlp.precision.sparsity = quant::fraction(zeros);
  return nn::mlp(mlp);
}

Executable ready(const Device& device, const BenchOptions& options, const train::StepGraph& graph) {
  Executable executable = compile(device, {graph.loss}, graph.updates);
  Random random(1);
  std::vector<float> images(static_cast<std::size_t>(options.batch * options.widths.front()));
  for (float& pixel : images) pixel = random.normal();
  std::vector<std::uint32_t> labels(static_cast<std::size_t>(options.batch));
  for (std::uint32_t& label : labels)
    label = random.below(static_cast<std::uint32_t>(options.widths.back()));
  executable.set(graph.images, images);
  executable.set(graph.labels, labels);
  executable.run();
  return executable;
}

// The dense step of a net, trained weights drawn.
double dense_ms(const Device& device, const BenchOptions& options, double zeros) {
  const nn::Sequential net = net_of(options, zeros);
  const auto optimizer = optim::adam();
  train::initialize(device, net, 1);
  const train::StepGraph graph =
      train::build_step(net, *optimizer, options.widths.front(), options.batch, 0);
  Executable step = ready(device, options, graph);
  return median_ms(options, step);
}

struct SparseTimes {
  double every;    // every step full: none leaves a pattern
  double leaving;  // full steps that leave one
  double kept;     // those between
};

SparseTimes sparse_ms(const Device& device, const BenchOptions& options, double zeros) {
  const nn::Sequential net = net_of(options, zeros);
  const auto optimizer = optim::adam();
  train::initialize(device, net, 1);
  nn::PatternStore patterns;
  // In this order: kept steps need a pattern.
  const auto time = [&](nn::SparseStep step, nn::PatternStore* store) {
    const train::StepGraph graph =
        train::build_step(net, *optimizer, options.widths.front(), options.batch, 0, {step, store});
    Executable executable = ready(device, options, graph);
    return median_ms(options, executable);
  };
  SparseTimes times{};
  times.every = time(nn::SparseStep::full, nullptr);
  times.leaving = time(nn::SparseStep::full, &patterns);
  times.kept = time(nn::SparseStep::kept, &patterns);
  return times;
}

}  // namespace

void bench_sparse_step(const Device& device, const Peaks& peaks, const BenchOptions& options,
                       const std::function<void(const BenchResult&)>& report) {
  double weights = 0;
  for (std::size_t i = 0; i + 1 < options.widths.size(); ++i) {
    weights += static_cast<double>(options.widths[i]) * static_cast<double>(options.widths[i + 1]);
  }
  const double dense = dense_ms(device, options, 0);
  const auto row = [&](const std::string& types, const std::string& variant, double zeros,
                       double ms) {
    BenchResult r;
    r.name = "step";
    r.variant = variant;
    r.types = types;
    r.m = options.batch;
    r.sparsity = zeros;
    r.ms = ms;
    r.gops = 6e-6 * static_cast<double>(options.batch) * weights / r.ms;
    r.gops_nonzero = zeros > 0 ? r.gops * (1 - zeros) : 0;
    r.share_of_peak = (zeros > 0 ? r.gops_nonzero : r.gops) / std::max(peaks.f32_gflops, 1e-9);
    r.vs_f32 = dense / ms;
    report(r);
  };
  row("f32", "dense", 0, dense);
  const std::vector<double> sweep = options.quick
                                        ? std::vector<double>{0.98}
                                        : std::vector<double>{0.75, 0.85, 0.9, 0.95, 0.98, 0.99};
  for (const double zeros : sweep) {
    const SparseTimes times = sparse_ms(device, options, zeros);
    row("f32", "dense, zeros multiplied", zeros, dense_ms(device, options, zeros));
    row("f32", "refresh every step", zeros, times.every);
    row("f32", "refresh every 10th", zeros, (times.leaving + 9 * times.kept) / 10);
    row("f32", "between refreshes", zeros, times.kept);
  }
}

}  // namespace ridgeback::cli
