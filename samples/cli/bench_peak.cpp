// SPDX-License-Identifier: Apache-2.0
// Peaks of a device, measured: what a kernel can be a share of.
#include "ridgeback/graph/copy.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>

#include "bench.hpp"
#include "peak/copy_quads.h"
#include "peak/peak.h"

namespace ridgeback::cli {
namespace {

constexpr std::uint32_t local_size = 64;
constexpr double steps_per_round = 16 * 8;  // chains x links of shaders/peak/chains.glsl

struct Chains final : OperationOf<Chains> {
  Chains(std::string which, std::uint32_t trips, std::uint32_t work_groups)
      : kernel(std::move(which)), rounds(trips), groups(work_groups) {}
  std::string kernel;
  std::uint32_t rounds;
  std::uint32_t groups;
  bool operator==(const Chains&) const = default;
  [[nodiscard]] std::string_view name() const override { return kernel; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> /*in*/) const override {
    return {{{groups * local_size}, DType::u32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    return {dispatch(kernel, c)
                .write(0)
                .specialize(local_size)
                .push(shaders::PeakParams{rounds, 1})
                .groups(groups)
                .cost(2.0 * steps_per_round * rounds * groups * local_size, 0)};
  }
};

struct CopyQuads final : OperationOf<CopyQuads> {
  bool operator==(const CopyQuads&) const = default;
  [[nodiscard]] std::string_view name() const override { return "copy_quads"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto quads = static_cast<std::uint32_t>(c.in[0].bytes() / 16);
    // Whatever moves most: CPU drivers like the wide variant.
    const auto candidates = c.target.is_cpu() ? std::vector<std::string>{"wide", "baseline"}
                                              : std::vector<std::string>{"baseline", "wide"};
    return {dispatch("copy_quads", c, candidates)
                .read(0)
                .write(0)
                .specialize(local_size)
                .push(shaders::CopyQuadsParams{quads})
                .linear_groups(ceil_div(quads, local_size))
                .cost(0, 2.0 * static_cast<double>(c.in[0].bytes()))};
  }
};

// Best time of the launch in ms: a peak is what the device can do, not what it does among others. A
// long launch is cut into several submissions, each with an entry of its own.
double best_ms(const BenchOptions& options, Executable& executable) {
  double best = 0;
  double spent = 0;
  for (int i = 0; i < options.min_runs || spent < 1e3 * options.min_seconds; ++i) {
    executable.run();
    double ms = 0;
    for (const auto& entry : executable.profile().entries) ms += 1e-3 * entry.us;
    best = i == 0 ? ms : std::min(best, ms);
    spent += std::max(ms, 0.1);
  }
  return best;
}

// Operations per step of a chain: see the shaders.
double chain_gops(const Device& device, const BenchOptions& options, const char* kernel,
                  double operations) {
  if (!device.target().has(kernel, "baseline") && !device.target().has(kernel, "dot8")) return 0;
  CompileOptions compile_options;
  compile_options.profile = true;
  const std::uint32_t groups = device.target().is_cpu() ? 256 : 8192;
  const std::uint32_t rounds = device.target().is_cpu() ? 100 : 400;
  Executable executable =
      compile(device, {apply(Chains(kernel, rounds, groups), {})}, {}, compile_options);
  return operations * steps_per_round * rounds * groups * local_size /
         best_ms(options, executable) * 1e-6;
}

double copy_gbps(const Device& device, const BenchOptions& options) {
  CompileOptions compile_options;
  compile_options.profile = true;
  const std::int64_t bytes = std::int64_t{64} << 20;
  const Tensor x = constant_bytes({{bytes / 4}, DType::f32},
                                  std::vector<std::byte>(static_cast<std::size_t>(bytes)));
  Executable executable = compile(device, {apply(CopyQuads{}, {x})}, {}, compile_options);
  return 2.0 * static_cast<double>(bytes) / best_ms(options, executable) * 1e-6;
}

}  // namespace

Peaks measure_peaks(const Device& device, const BenchOptions& options) {
  Peaks peaks;
  peaks.f32_gflops = chain_gops(device, options, "peak_f32", 2);
  peaks.popcount_gops = chain_gops(device, options, "peak_popcount", 64);
  peaks.i8dot_gops = chain_gops(device, options, "peak_dot8", 8);
  peaks.copy_gbps = copy_gbps(device, options);
  return peaks;
}

}  // namespace ridgeback::cli
