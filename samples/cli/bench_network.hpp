// SPDX-License-Identifier: Apache-2.0
// Training steps of a multi-layer perceptron on drawn values, as `bench` times them.
#pragma once

#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/step_graph.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench.hpp"

namespace ridgeback::cli {

/// Of the options' widths.
[[nodiscard]] nn::Sequential bench_net(const BenchOptions& options,
                                       const quant::Precision& precision);

struct BenchStep {
  nn::Sequential net;  ///< shares its parameters with the one that was given
  std::shared_ptr<optim::Optimizer> optimizer = optim::adam();
  train::StepGraph graph;
  std::vector<float> images;
  std::vector<std::uint32_t> labels;

  BenchStep(nn::Sequential of, const BenchOptions& options,
            const train::SparseOptions& sparse = {});
  /// Ready to run.
  [[nodiscard]] Executable compile(const Device& device, const CompileOptions& options = {}) const;
};

/// Of the first two steps from drawn parameters: the second tells whether gradients and updates are
/// right.
[[nodiscard]] std::array<double, 2> first_losses(const Device& device, const BenchStep& step,
                                                 Executable& executable);

/// How far losses are from the right ones, relative to them. Throws Error naming the step where
/// that is more than rounding makes of codes that are decided by it.
[[nodiscard]] double error_of(const std::string& label, const std::array<double, 2>& got,
                              const std::array<double, 2>& exact);

/// Rate of the three dense products of each layer.
[[nodiscard]] double step_gops(const BenchOptions& options, double ms);

}  // namespace ridgeback::cli
