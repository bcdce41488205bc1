// SPDX-License-Identifier: Apache-2.0
// Kernels that are bound by memory, as shares of the copy rate: elementwise operations, reductions,
// norms, softmax, optimizer steps, and the two passes of the method over a value.
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/ops/optimizer_steps.hpp"
#include "ridgeback/quant/denoise_backward.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <span>

#include "bench.hpp"

namespace ridgeback::cli {
namespace {

// Four matrices of normal values, on the device and on the host.
struct Inputs {
  std::int64_t rows, cols;
  std::array<std::vector<float>, 4> host;
  std::array<Tensor, 4> device;

  Inputs(std::int64_t r, std::int64_t c) : rows(r), cols(c) {
    Random random(1);
    for (std::size_t k = 0; k < host.size(); ++k) {
      host[k].resize(static_cast<std::size_t>(r * c));
      for (float& value : host[k]) value = random.normal();
      if (k == 3) {
        for (float& value : host[k]) value *= value;  // a second moment
      }
      device[k] = constant({r, c}, host[k]);
    }
  }
  [[nodiscard]] double at(std::size_t k, std::int64_t i, std::int64_t j) const {
    return host[k][static_cast<std::size_t>(i * cols + j)];
  }
};

// The value of the first output that element (i, j) of the inputs leads to, in double precision.
using Exact = std::function<double(const Inputs&, std::int64_t i, std::int64_t j)>;

constexpr std::int64_t block_size = 64;

// What the first output has a value for.
enum class Per : std::uint8_t { element, row, column, block, transposed };

struct MemoryCase {
  std::string name;
  std::string types;
  std::vector<Tensor> outputs;
  double bytes_per_element;  // read and written at least, per element of an input
  Exact exact;
  Per per = Per::element;
  bool last_launch_only = false;  // the others prepare
};

struct Moments {
  double mean = 0, variance = 0;
};

template <class At>
Moments moments(std::int64_t count, const At& at) {
  Moments m;
  for (std::int64_t k = 0; k < count; ++k) m.mean += at(k);
  m.mean /= static_cast<double>(count);
  for (std::int64_t k = 0; k < count; ++k) m.variance += std::pow(at(k) - m.mean, 2);
  m.variance /= static_cast<double>(count);
  return m;
}

std::vector<MemoryCase> plain_cases(const Inputs& in) {
  const auto& [a, b, c, v] = in.device;
  const Tensor bias = constant({in.cols}, std::span(in.host[1]).first(in.cols));
  std::vector<MemoryCase> cases;
  cases.push_back({"relu", "f32", {relu(a)}, 8, [](const Inputs& x, auto i, auto j) {
                     return std::max(x.at(0, i, j), 0.0);
                   }});
  cases.push_back({"add", "f32", {a + b}, 12, [](const Inputs& x, auto i, auto j) {
                     return x.at(0, i, j) + x.at(1, i, j);
                   }});
  cases.push_back({"add_bias", "f32", {a + bias}, 8, [](const Inputs& x, auto i, auto j) {
                     return x.at(0, i, j) + x.at(1, 0, j);
                   }});
  cases.push_back(
      {"gate_positive", "f32", {gate_positive(a, b)}, 12, [](const Inputs& x, auto i, auto j) {
         return x.at(1, i, j) > 0 ? x.at(0, i, j) : 0.0;
       }});
  // The gradient of SiLU: six operations, one launch.
  cases.push_back({"silu_backward",
                   "f32",
                   {b * sigmoid(a) * (1.0F + a * (1.0F - sigmoid(a)))},
                   12,
                   [](const Inputs& x, auto i, auto j) {
                     const double u = x.at(0, i, j), sigma = 1 / (1 + std::exp(-u));
                     return x.at(1, i, j) * sigma * (1 + u * (1 - sigma));
                   }});
  cases.push_back({"where", "f32", {where(a, b, c)}, 16, [](const Inputs& x, auto i, auto j) {
                     return x.at(x.at(0, i, j) != 0 ? 1 : 2, i, j);
                   }});
  cases.push_back({"transpose",
                   "f32",
                   {transpose(a)},
                   8,
                   [](const Inputs& x, auto i, auto j) { return x.at(0, i, j); },
                   Per::transposed});
  std::vector<std::uint32_t> backwards(static_cast<std::size_t>(in.rows));
  for (std::size_t i = 0; i < backwards.size(); ++i)
    backwards[i] = static_cast<std::uint32_t>(backwards.size() - 1 - i);
  const auto bytes = std::as_bytes(std::span(backwards));
  const std::vector<std::byte> words(bytes.begin(), bytes.end());
  cases.push_back({"gather_rows",
                   "f32",
                   {gather_rows(a, constant_bytes({{in.rows}, DType::u32}, words))},
                   8,
                   [](const Inputs& x, auto i, auto j) { return x.at(0, x.rows - 1 - i, j); }});
  cases.push_back({"sum_rows",
                   "f32",
                   {sum(a, 1, true)},
                   4,
                   [](const Inputs& x, auto i, auto) {
                     return moments(x.cols, [&](auto k) { return x.at(0, i, k); }).mean *
                            static_cast<double>(x.cols);
                   },
                   Per::row});
  cases.push_back({"sum_columns",
                   "f32",
                   {sum(a, 0, true)},
                   4,
                   [](const Inputs& x, auto, auto j) {
                     return moments(x.rows, [&](auto k) { return x.at(0, k, j); }).mean *
                            static_cast<double>(x.rows);
                   },
                   Per::column});
  cases.push_back({"softmax", "f32", {softmax(a)}, 8, [](const Inputs& x, auto i, auto j) {
                     double total = 0;
                     for (std::int64_t k = 0; k < x.cols; ++k) total += std::exp(x.at(0, i, k));
                     return std::exp(x.at(0, i, j)) / total;
                   }});
  cases.push_back({"layer_norm", "f32", {layer_norm(a)}, 8, [](const Inputs& x, auto i, auto j) {
                     const Moments m = moments(x.cols, [&](auto k) { return x.at(0, i, k); });
                     return (x.at(0, i, j) - m.mean) / std::sqrt(m.variance + 1e-5);
                   }});
  cases.push_back({"batch_norm", "f32", {batch_norm(a).y}, 12, [](const Inputs& x, auto i, auto j) {
                     const Moments m = moments(x.rows, [&](auto k) { return x.at(0, k, j); });
                     return (x.at(0, i, j) - m.mean) / std::sqrt(m.variance + 1e-5);
                   }});
  const SgdStepped sgd = sgd_step(a, b, c, {.momentum = 0.9F});
  cases.push_back(
      {"sgd_step", "f32", {sgd.parameter, sgd.velocity}, 20, [](const Inputs& x, auto i, auto j) {
         return x.at(0, i, j) - 0.01 * (0.9 * x.at(1, i, j) + x.at(2, i, j));
       }});
  const AdamStepped adam = adam_step(a, b, v, c, {.decoupled = false});
  cases.push_back({"adam_step",
                   "f32",
                   {adam.parameter, adam.mean, adam.square},
                   28,
                   [](const Inputs& x, auto i, auto j) {
                     const double g = x.at(2, i, j);
                     const double mean = 0.9 * x.at(1, i, j) + 0.1 * g;
                     const double square = 0.999 * x.at(3, i, j) + 0.001 * g * g;
                     return x.at(0, i, j) -
                            0.01 * (mean / (1 - 0.9)) / (std::sqrt(square / (1 - 0.999)) + 1e-8);
                   }});
  return cases;
}

// One block of 64 values in 1-bit min-max codes, regressed and, with the gradients of matrix 1,
// differentiated, as METHOD's equations say; k is the place in the block.
struct Block {
  double s = 0, o = 0, code = 0, gradient = 0;
};

Block exact_block(const Inputs& x, std::int64_t i, std::int64_t j, double lambda) {
  const std::int64_t first = j / block_size * block_size;
  const std::int64_t n = std::min(block_size, x.cols - first);
  double low = x.at(0, i, first);
  double high = low;
  for (std::int64_t k = first; k < first + n; ++k) {
    low = std::min(low, x.at(0, i, k));
    high = std::max(high, x.at(0, i, k));
  }
  const double step = high - low;
  const auto code = [&](std::int64_t k) {
    return std::nearbyint((x.at(0, i, first + k) - low) / step);
  };
  const Moments q = moments(n, code);
  const Moments value = moments(n, [&](auto k) { return x.at(0, i, first + k); });
  const Moments g = moments(n, [&](auto k) { return x.at(1, i, first + k); });
  double covariance = 0;
  double grad_code = 0;
  for (std::int64_t k = 0; k < n; ++k) {
    covariance += (x.at(0, i, first + k) - value.mean) * (code(k) - q.mean);
    grad_code += x.at(1, i, first + k) * (code(k) - q.mean);
  }
  const double inverse = 1 / (q.variance + lambda);
  Block block;
  block.s = covariance / static_cast<double>(n) * inverse;
  block.o = value.mean - block.s * q.mean;
  block.code = code(j - first);
  const double rho = block.s / step;
  const double k = grad_code / static_cast<double>(n) * inverse;
  block.gradient =
      g.mean + rho * (x.at(1, i, j) - g.mean) +
      k * ((x.at(0, i, j) - value.mean) / step + (1 - 2 * rho) * (block.code - q.mean));
  return block;
}

// 1-bit min-max codes in blocks of 64: the paper's setting and the default.
std::vector<MemoryCase> quantize_cases(const Inputs& in) {
  quant::Perturbation options;
  options.bits = 1;
  options.group = quant::Group::blocks(block_size);
  options.lambda = 0.01F;
  const quant::Perturbed p = quant::perturb(in.device[0], options);
  const Tensor dx = quant::perturbed_gradient(in.device[1], in.device[0], p.codes, p.stats, p.mask,
                                              options.resolved());
  constexpr double codes = 1.0 / 8;
  constexpr double stats = 6 * 4.0 / block_size;
  constexpr double factors = 2 * 4.0 / block_size;
  return {{"quantize",
           "f32,b1/64",
           {p.factors, p.codes, p.stats},
           4 + codes + factors + stats,
           [](const Inputs& x, auto i, auto j) { return exact_block(x, i, j, 0.01).s; },
           Per::block},
          {"dequantize",
           "f32,b1/64",
           {quant::dequantize(p.codes, p.factors, options.group)},
           4 + codes + factors,
           [](const Inputs& x, auto i, auto j) {
             const Block block = exact_block(x, i, j, 0.01);
             return block.s * block.code + block.o;
           },
           Per::element,
           true},
          {"denoise_backward",
           "f32,b1/64",
           {dx},
           12 + codes + stats,
           [](const Inputs& x, auto i, auto j) { return exact_block(x, i, j, 0.01).gradient; },
           Per::element,
           true}};
}

std::size_t place(const MemoryCase& test, const Inputs& in, std::int64_t i, std::int64_t j) {
  switch (test.per) {
    case Per::row:
      return static_cast<std::size_t>(i);
    case Per::column:
      return static_cast<std::size_t>(j);
    case Per::transposed:
      return static_cast<std::size_t>(j * in.rows + i);
    case Per::block:  // (s, o)
      return static_cast<std::size_t>(2 * (i * ceil_div(in.cols, block_size) + j / block_size));
    case Per::element:
      break;
  }
  return static_cast<std::size_t>(i * in.cols + j);
}

double sampled_error(const MemoryCase& test, const Inputs& in, const std::vector<float>& y) {
  Random random(7);
  double worst = 0;
  double largest = 1e-30;
  for (int sample = 0; sample < 64; ++sample) {
    const std::int64_t i = random.below(static_cast<std::uint32_t>(in.rows));
    const std::int64_t j = random.below(static_cast<std::uint32_t>(in.cols));
    const double exact = test.exact(in, i, j);
    worst = std::max(worst, std::abs(exact - static_cast<double>(y[place(test, in, i, j)])));
    largest = std::max(largest, std::abs(exact));
  }
  return worst / largest;
}

// Device time of the launches of interest; a long launch may be cut into several entries.
double launches_ms(const MemoryCase& test, const Executable& executable) {
  const Profile profile = executable.profile();
  double us = 0;
  for (const auto& entry : profile.entries) {
    if (!test.last_launch_only || entry.label == profile.entries.back().label) us += entry.us;
  }
  return 1e-3 * us;
}

BenchResult measure(const Device& device, const Peaks& peaks, const BenchOptions& options,
                    const Inputs& in, const MemoryCase& test) {
  CompileOptions compile_options;
  compile_options.profile = true;
  Executable executable = compile(device, test.outputs, {}, compile_options);
  StepParams params;
  params.step = 1;
  params.learning_rate = 0.01F;
  executable.run(params);
  BenchResult r;
  r.name = test.name;
  r.types = test.types;
  r.m = in.rows, r.n = in.cols;
  const double error = sampled_error(test, in, executable.get<float>(test.outputs[0]));
  // The result is right before any time is reported.
  if (!(error < 1e-3))
    throw Error(fmt::format("bench: {} is wrong (error {:.2g})", test.name, error));
  r.max_error = error;
  const Dispatch& main = executable.program().launches.back().dispatch;
  r.variant = main.kernel + ":" + main.variant;
  r.ms = median_ms(options, [&] {
    executable.run(params);
    return launches_ms(test, executable);
  });
  const double bytes = test.bytes_per_element * static_cast<double>(in.rows * in.cols);
  const Work work = work_of(executable.program(), [&](const Launch& launch) {
    return !test.last_launch_only || launch.label == executable.program().launches.back().label;
  });
  r.gops = 1e-6 * work.operations / r.ms;
  r.operations_per_byte = work.operations / bytes;
  r.gbps = 1e-6 * bytes / r.ms;
  r.share_of_peak = r.gbps / std::max(peaks.copy_gbps, 1e-9);
  return r;
}

}  // namespace

void bench_memory(const Device& device, const Peaks& peaks, const BenchOptions& options,
                  bool quantize_only, const std::function<void(const BenchResult&)>& report) {
  const std::int64_t fallback = device.target().is_cpu() ? 2048 : 4096;
  const auto or_default = [=](std::int64_t given) { return given > 0 ? given : fallback; };
  const Inputs in(or_default(options.m), or_default(options.n));
  if (!quantize_only) {
    for (const MemoryCase& test : plain_cases(in))
      report(measure(device, peaks, options, in, test));
  }
  for (const MemoryCase& test : quantize_cases(in))
    report(measure(device, peaks, options, in, test));
}

}  // namespace ridgeback::cli
