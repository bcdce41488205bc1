// SPDX-License-Identifier: Apache-2.0
#include "bench_network.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

namespace ridgeback::cli {

nn::Sequential bench_net(const BenchOptions& options, const quant::Precision& precision) {
  nn::MlpOptions mlp;
  mlp.inputs = options.widths.front();
  mlp.outputs = options.widths.back();
  mlp.hidden.assign(options.widths.begin() + 1, options.widths.end() - 1);
  mlp.precision = precision;
  return nn::mlp(mlp);
}

BenchStep::BenchStep(nn::Sequential of, const BenchOptions& options,
                     const train::SparseOptions& sparse)
    : net(std::move(of)),
      graph(train::build_step(net, *optimizer, options.widths.front(), options.batch, 0, sparse)) {
  Random random(1);
  images.resize(static_cast<std::size_t>(options.batch * options.widths.front()));
  for (float& pixel : images) pixel = random.normal();
  labels.resize(static_cast<std::size_t>(options.batch));
  for (std::uint32_t& label : labels)
    label = random.below(static_cast<std::uint32_t>(options.widths.back()));
}

Executable BenchStep::compile(const Device& device, const CompileOptions& options) const {
  Executable executable = ridgeback::compile(device, {graph.loss}, graph.updates, options);
  executable.set(graph.images, images);
  executable.set(graph.labels, labels);
  return executable;
}

std::array<double, 2> first_losses(const Device& device, const BenchStep& step,
                                   Executable& executable) {
  train::initialize(device, step.net, 1);
  std::array<double, 2> losses{};
  for (std::uint32_t i = 0; i < losses.size(); ++i) {
    executable.run({.step = i + 1, .learning_rate = 1e-3F});
    losses[i] = executable.get<float>(step.graph.loss)[0];
  }
  return losses;
}

double error_of(const std::string& label, const std::array<double, 2>& got,
                const std::array<double, 2>& exact) {
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    worst = std::max(worst, std::abs(got[i] - exact[i]) / std::abs(exact[i]));
  if (worst < 0.02) return worst;
  throw Error(
      fmt::format("bench: step {} is wrong (losses {:.5g}, {:.5g}, expected {:.5g}, {:.5g})", label,
                  got[0], got[1], exact[0], exact[1]));
}

double step_gops(const BenchOptions& options, double ms) {
  double weights = 0;
  for (std::size_t i = 0; i + 1 < options.widths.size(); ++i) {
    weights += static_cast<double>(options.widths[i]) * static_cast<double>(options.widths[i + 1]);
  }
  return 6e-6 * static_cast<double>(options.batch) * weights / ms;
}

}  // namespace ridgeback::cli
