// SPDX-License-Identifier: Apache-2.0
// Training steps that skip pruned weights, against the own dense fp32 step without pruning.
#include <algorithm>

#include "bench.hpp"
#include "bench_network.hpp"

namespace ridgeback::cli {
namespace {

// Steps of one net, from the same parameters.
struct SparseTimes {
  double dense;    // zeros are multiplied
  double every;    // every step full: none leaves a pattern
  double leaving;  // full steps that leave one
  double kept;     // those between
  double error;    // of `every` against `dense`
};

SparseTimes sparse_ms(const Device& device, const BenchOptions& options,
                      const quant::Sparsity& sparsity) {
  const nn::Sequential net = bench_net(options, {.sparsity = sparsity});
  nn::PatternStore patterns;
  std::array<double, 2> losses{};
  const auto time = [&](nn::SparseStep sparse, nn::PatternStore* store) {
    const BenchStep step(net, options, {sparse, store});
    Executable executable = step.compile(device);
    losses = first_losses(device, step, executable);
    return median_ms(options, executable);
  };
  // In this order: kept steps need a pattern.
  SparseTimes times{};
  times.dense = time(nn::SparseStep::none, nullptr);
  const std::array<double, 2> exact = losses;
  times.every = time(nn::SparseStep::full, nullptr);
  times.error = error_of("that skips pruned weights", losses, exact);
  times.leaving = time(nn::SparseStep::full, &patterns);
  times.kept = time(nn::SparseStep::kept, &patterns);
  return times;
}

double dense_ms(const Device& device, const BenchOptions& options) {
  const BenchStep step(bench_net(options, {}), options);
  Executable executable = step.compile(device);
  static_cast<void>(first_losses(device, step, executable));
  return median_ms(options, executable);
}

// Of single weights, and of blocks where those were asked for; of 8x8 unless other types were.
struct Pruning {
  std::string types;
  int rows = 0;
  int cols = 0;

  [[nodiscard]] quant::Sparsity with(double zeros) const {
    return rows == 0 ? quant::fraction(zeros) : quant::pruned_blocks(zeros, rows, cols);
  }
};

std::vector<Pruning> prunings(const BenchOptions& options) {
  std::vector<Pruning> all{{"f32"}};
  for (const BlockSize& size : bench_blocks) {
    const bool of_all = size.rows == 8 && options.types.empty() && !options.quick;
    if (of_all || std::ranges::count(options.types, size.types()) > 0)
      all.push_back({size.types(), size.rows, size.cols});
  }
  return all;
}

}  // namespace

void bench_sparse_step(const Device& device, const Peaks& peaks, const BenchOptions& options,
                       const std::function<void(const BenchResult&)>& report) {
  const double dense = dense_ms(device, options);
  const auto row = [&](const std::string& types, const std::string& variant, double zeros,
                       double ms, std::optional<double> error = {}) {
    BenchResult r;
    r.name = "step";
    r.variant = variant;
    r.types = types;
    r.m = options.batch;
    r.sparsity = zeros;
    r.ms = ms;
    r.gops = step_gops(options, ms);
    r.gops_nonzero = zeros > 0 ? r.gops * (1 - zeros) : 0;
    r.share_of_peak = (zeros > 0 ? r.gops_nonzero : r.gops) / std::max(peaks.f32_gflops, 1e-9);
    r.vs_f32 = dense / ms;
    r.max_error = error;
    report(r);
  };
  row("f32", "dense", 0, dense);
  std::vector<double> sweep = options.zeros;
  if (sweep.empty()) sweep = {0.75, 0.85, 0.9, 0.95, 0.98, 0.99};
  if (options.zeros.empty() && options.quick) sweep = {0.98};
  for (const Pruning& pruning : prunings(options)) {
    for (const double zeros : sweep) {
      const SparseTimes times = sparse_ms(device, options, pruning.with(zeros));
      row(pruning.types, "dense, zeros multiplied", zeros, times.dense);
      row(pruning.types, "refresh every step", zeros, times.every, times.error);
      row(pruning.types, "refresh every 10th", zeros, (times.leaving + 9 * times.kept) / 10);
      row(pruning.types, "between refreshes", zeros, times.kept);
    }
  }
}

}  // namespace ridgeback::cli
