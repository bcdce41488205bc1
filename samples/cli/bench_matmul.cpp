// SPDX-License-Identifier: Apache-2.0
// Matrix products of every pair of types against the naive kernel, the own f32 and double
// precision.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/half.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <optional>

#include "bench.hpp"
#include "bench_product.hpp"
#include "matmul/matmul_codes_naive.h"
#include "matmul/matmul_f32_naive.h"

namespace ridgeback::cli {
namespace {

constexpr std::uint32_t local_size = 64;

using Problem = MatrixExtents;

struct NaiveF32 final : OperationOf<NaiveF32> {
  bool operator==(const NaiveF32&) const = default;
  [[nodiscard]] std::string_view name() const override { return "matmul_f32_naive"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {{{in[0].shape[0], in[1].shape[0]}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    shaders::MatmulF32NaiveParams params{};
    params.product.rows = static_cast<std::uint32_t>(c.in[0].shape[0]);
    params.product.cols = static_cast<std::uint32_t>(c.in[1].shape[0]);
    params.product.depth = static_cast<std::uint32_t>(c.in[0].shape[1]);
    params.product.batches = 1;
    params.product.inner_batches = 1;
    params.product.a_pitch = params.product.b_pitch = params.product.depth;
    return {dispatch("matmul_f32_naive", c)
                .read(0)
                .read(1)
                .write(0)
                .specialize(local_size, 0, 1)
                .push(params)
                .linear_groups(ceil_div(c.out[0].shape.count(), local_size))
                .cost(2.0 * params.product.depth * static_cast<double>(c.out[0].shape.count()), 0)};
  }
};

struct NaiveCodes final : OperationOf<NaiveCodes> {
  explicit NaiveCodes(std::int64_t codes_in_a_block) : block(codes_in_a_block) {}
  std::int64_t block;
  bool operator==(const NaiveCodes&) const = default;
  [[nodiscard]] std::string_view name() const override { return "matmul_codes_naive"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {{{in[0].shape[0], in[2].shape[0]}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto k = static_cast<std::uint32_t>(c.in[0].shape[1]);
    const auto pairs = static_cast<std::uint32_t>(ceil_div(k, block));
    const shaders::MatmulCodesNaiveParams params{{static_cast<std::uint32_t>(c.in[0].shape[0]),
                                                  static_cast<std::uint32_t>(c.in[2].shape[0]),
                                                  k,
                                                  static_cast<std::uint32_t>(block),
                                                  1,
                                                  1,
                                                  pairs,
                                                  pairs,
                                                  1,
                                                  k,
                                                  1,
                                                  {}}};
    return {dispatch("matmul_codes_naive", c)
                .read(0)
                .read(1)
                .read(2)
                .read(3)
                .write(0)
                .specialize(local_size, c.in[0].dtype, c.in[2].dtype)
                .push(params)
                .linear_groups(ceil_div(c.out[0].shape.count(), local_size))
                .cost(2.0 * k * static_cast<double>(c.out[0].shape.count()), 0)};
  }
};

// A matrix that is known in double precision on the host, whatever it is on the device.
struct Operand {
  Tensor codes;    // dense f32 or f16, or packed
  Tensor factors;  // packed only
  std::int64_t block = 0;
  std::vector<std::int32_t> stored;
  std::vector<float> values;  // dense values, or (s, o) pairs

  [[nodiscard]] double at(std::int64_t row, std::int64_t col, std::int64_t cols) const {
    if (stored.empty()) return values[static_cast<std::size_t>(row * cols + col)];
    const auto pair = static_cast<std::size_t>(2 * (row * ceil_div(cols, block) + col / block));
    return static_cast<double>(values[pair]) * stored[static_cast<std::size_t>(row * cols + col)] +
           static_cast<double>(values[pair + 1]);
  }
};

Operand dense_operand(std::int64_t rows, std::int64_t cols, std::uint64_t seed,
                      DType type = DType::f32) {
  Operand operand;
  Random random(seed);
  operand.values.resize(static_cast<std::size_t>(rows * cols));
  for (float& value : operand.values) value = random.uniform(-1, 1);
  if (type == DType::f32) {
    operand.codes = constant({rows, cols}, operand.values);
    return operand;
  }
  std::vector<std::uint16_t> halves;
  for (float& value : operand.values) {
    halves.push_back(half_from_float(value));
    value = float_from_half(halves.back());
  }
  halves.resize(static_cast<std::size_t>(round_up(rows * cols, 2)));
  const auto bytes = std::as_bytes(std::span(halves));
  operand.codes = constant_bytes({{rows, cols}, type}, {bytes.begin(), bytes.end()});
  return operand;
}

Operand packed_operand(DType type, std::int64_t rows, std::int64_t cols, std::int64_t block,
                       std::uint64_t seed) {
  Operand operand;
  operand.block = block;
  Random random(seed);
  const CodeRange range = code_range(type);
  for (std::int64_t i = 0; i < rows * cols; ++i) {
    const auto span = static_cast<std::uint32_t>(range.highest - range.lowest + 1);
    auto code = static_cast<std::int32_t>(random.below(span)) + range.lowest;
    if (type == DType::s1 && code == 0) code = 1;
    operand.stored.push_back(code);
  }
  const std::vector<std::uint32_t> words = pack(type, operand.stored, rows, cols);
  const auto bytes = std::as_bytes(std::span(words));
  operand.codes = constant_bytes({{rows, cols}, type}, {bytes.begin(), bytes.end()});
  operand.values.resize(static_cast<std::size_t>(2 * rows * ceil_div(cols, block)));
  for (float& value : operand.values) value = random.uniform(-1, 1);
  operand.factors = constant({rows, ceil_div(cols, block), 2}, operand.values);
  return operand;
}

// Where groups of rows end whose sizes fall off as 1, 1/2, 1/3..., which is how experts are asked.
std::vector<std::int32_t> group_ends(std::int64_t rows, std::int64_t groups) {
  double all = 0;
  for (std::int64_t g = 1; g <= groups; ++g) all += 1 / static_cast<double>(g);
  std::vector<std::int32_t> ends;
  double share = 0;
  for (std::int64_t g = 1; g <= groups; ++g) {
    share += 1 / static_cast<double>(g) / all;
    ends.push_back(static_cast<std::int32_t>(std::lround(share * static_cast<double>(rows))));
  }
  return ends;
}

// Largest difference on sampled elements, relative to the largest element there. w is stored as
// [n, k], one such matrix for each group of rows, or as [k, n] for a backward product.
double sampled_error(const std::vector<float>& y, const Operand& x, const Operand& w,
                     const Problem& p, bool backward, std::span<const std::int32_t> ends) {
  Random random(7);
  double worst = 0;
  double largest = 0;
  for (int sample = 0; sample < 64; ++sample) {
    const std::int64_t i = random.below(static_cast<std::uint32_t>(p.m));
    const std::int64_t j = random.below(static_cast<std::uint32_t>(p.n));
    const std::int64_t group = std::ranges::upper_bound(ends, i) - ends.begin();
    double exact = 0;
    for (std::int64_t k = 0; k < p.k; ++k)
      exact += x.at(i, k, p.k) * (backward ? w.at(k, j, p.n) : w.at(group * p.n + j, k, p.k));
    worst = std::max(
        worst, std::abs(exact - static_cast<double>(y[static_cast<std::size_t>(i * p.n + j)])));
    largest = std::max(largest, std::abs(exact));
  }
  return worst / std::max(largest, 1e-30);
}

struct Timed {
  double ms;
  double error;
  std::string kernel;
  Work work;
};

Timed time_product(const Device& device, const BenchOptions& options, const Tensor& y,
                   const Operand& x, const Operand& w, const Problem& p, bool backward = false,
                   std::span<const std::int32_t> ends = {}) {
  Executable executable = compile(device, {y});
  executable.run();
  const double error = sampled_error(executable.get<float>(y), x, w, p, backward, ends);
  // The result is right before any time is reported.
  if (!(error < 1e-3))
    throw Error(fmt::format("bench: {} is wrong (error {:.2g})", y.operation().name(), error));
  const auto arithmetic = [](const Launch& launch) { return launch.dispatch.flops; };
  const Dispatch& main =
      std::ranges::max_element(executable.program().launches, {}, arithmetic)->dispatch;
  return {median_ms(options, executable), error, main.kernel + ":" + main.variant,
          work_of(executable.program())};
}

const std::vector<ProductTypes>& coded_products(bool quick) {
  static const std::vector<ProductTypes> few{{DType::b1, DType::b1, 0}, {DType::b1, DType::b1, 64}};
  static const std::vector<ProductTypes> all{
      {DType::b1, DType::b1, 0},
      {DType::b1, DType::b1, 128},
      {DType::b1, DType::b1, 64},
      {DType::s1, DType::s1, 0},
      {DType::b1, DType::ternary, 0},
      {DType::ternary, DType::ternary, 0},
      {DType::i2, DType::i2, 64},
      {DType::i4, DType::b1, 0},
      {DType::i4, DType::b1, 64},
      {DType::i8, DType::b1, 64},
      {DType::i4, DType::i4, 64},
      {DType::i8, DType::i8, 0},
      {DType::f16, DType::f16, 0},
      {DType::f32, DType::f16, 0},
      {DType::f32, DType::b1, 0},
      {DType::f32, DType::b1, 64},
      {DType::f32, DType::i4, 64},
      {DType::f16, DType::b1, 0},
      {DType::f16, DType::i4, 64},
      {DType::f32, DType::b1, 0, true},
      {DType::i8, DType::b1, 0, true},
      {DType::i4, DType::b1, 0, true},
      {DType::i2, DType::b1, 0, true},
      {DType::i4, DType::ternary, 0, true},
      {DType::f32, DType::f32, 0, false, 8},
      {DType::b1, DType::b1, 64, false, 8},
      {DType::i4, DType::i4, 64, false, 8},
      {DType::f32, DType::i4, 64, false, 8},
  };
  return quick ? few : all;
}

// A linear form.
void clear_offsets(Operand& operand, std::int64_t rows) {
  for (std::size_t i = 1; i < operand.values.size(); i += 2) operand.values[i] = 0;
  const auto pairs = static_cast<std::int64_t>(operand.values.size()) / 2;
  operand.factors = constant({rows, pairs / rows, 2}, operand.values);
}

// dX = dY W. Codes of W alone where dY is coded: its factors lie in those of dY.
Timed time_backward(const Device& device, const BenchOptions& options, const ProductTypes& pair,
                    const Problem& p) {
  Operand w = packed_operand(pair.w, p.k, p.n, p.n, 4);
  if (pair.x == DType::f32) {
    const Operand dy = dense_operand(p.m, p.k, 3);
    const Tensor dx = quant::matmul_dense_codes(dy.codes, {w.codes, w.factors, 0});
    return time_product(device, options, dx, dy, w, p, true);
  }
  Operand dy = packed_operand(pair.x, p.m, p.k, p.k, 3);
  clear_offsets(dy, p.m);
  for (std::size_t i = 0; i < w.values.size(); ++i) w.values[i] = i % 2 == 0 ? 1.0F : 0.0F;
  const Tensor dx = quant::matmul_coded_rows({dy.codes, dy.factors, 0}, w.codes);
  return time_product(device, options, dx, dy, w, p, true);
}

// Values of 32 or 16 bits.
Timed time_values(const Device& device, const BenchOptions& options, const ProductTypes& types,
                  const Problem& p, std::optional<Timed>& naive,
                  const BenchOptions& naive_options) {
  const Operand a = dense_operand(p.m, p.k, 1, types.x);
  const Operand b = dense_operand(p.n, p.k, 2, types.w);
  if (options.naive && types.x == DType::f32 && types.w == DType::f32)
    naive = time_product(device, naive_options, apply(NaiveF32{}, {a.codes, b.codes}), a, b, p);
  return time_product(device, options, matmul(a.codes, transpose(b.codes)), a, b, p);
}

// Codes or dense values times rows of codes.
Timed time_rows(const Device& device, const BenchOptions& options, const ProductTypes& types,
                const Problem& p, std::optional<Timed>& naive, const BenchOptions& naive_options) {
  const std::int64_t block = types.block == 0 ? p.k : types.block;
  const bool values = is_float(types.x);
  const Operand x =
      values ? dense_operand(p.m, p.k, 3, types.x) : packed_operand(types.x, p.m, p.k, block, 3);
  const Operand w = packed_operand(types.w, p.n, p.k, block, 4);
  if (options.naive && !values) {
    naive =
        time_product(device, naive_options,
                     apply(NaiveCodes(block), {x.codes, x.factors, w.codes, w.factors}), x, w, p);
  }
  const int size = static_cast<int>(types.block);
  const quant::CodedMatrix weights{w.codes, w.factors, size};
  const Tensor y = values ? quant::matmul_dense_codes_rows(x.codes, weights)
                          : quant::matmul_codes({x.codes, x.factors, size}, weights);
  return time_product(device, options, y, x, w, p);
}

// Rows in groups by matrices of n columns.
Timed time_groups(const Device& device, const BenchOptions& options, const ProductTypes& types,
                  const Problem& p) {
  const std::int64_t block = types.block == 0 ? p.k : types.block;
  const bool packed = is_packed(types.w), values = is_float(types.x);
  const std::int64_t w_rows = types.groups * p.n;
  const Operand x =
      values ? dense_operand(p.m, p.k, 3, types.x) : packed_operand(types.x, p.m, p.k, block, 3);
  const Operand w = packed ? packed_operand(types.w, w_rows, p.k, block, 4)
                           : dense_operand(w_rows, p.k, 4, types.w);
  const std::vector<std::int32_t> ends = group_ends(p.m, types.groups);
  const auto bytes = std::as_bytes(std::span(ends));
  const Tensor at = constant_bytes({{types.groups}, DType::i32}, {bytes.begin(), bytes.end()});
  const Tensor matrices = reshape(w.codes, {types.groups, p.n, p.k});
  const int size = static_cast<int>(types.block);
  const quant::CodedMatrix weights{matrices, w.factors, size};
  const Tensor y = !packed  ? grouped_matmul(x.codes, transpose(matrices), at)
                   : values ? quant::grouped_matmul_dense_codes_rows(x.codes, weights, at)
                            : quant::grouped_matmul_codes({x.codes, x.factors, size}, weights, at);
  return time_product(device, options, y, x, w, p, false, ends);
}

}  // namespace

std::string text(const ProductTypes& types) {
  const std::string block = types.backward     ? "/dx"
                            : types.block == 0 ? ""
                                               : fmt::format("/{}", types.block);
  const std::string groups = types.groups > 0 ? fmt::format("/g{}", types.groups) : "";
  return fmt::format("{},{}{}{}", name(types.x), name(types.w), block, groups);
}

BenchResult bench_product(const Device& device, const Peaks& peaks, const BenchOptions& options,
                          const ProductTypes& types, const MatrixExtents& extents) {
  // A naive product takes seconds where the others take milliseconds: one run tells enough.
  BenchOptions naive_options = options;
  naive_options.min_runs = 1;
  std::optional<Timed> naive;
  const Timed timed =
      types.groups > 0    ? time_groups(device, options, types, extents)
      : is_float(types.w) ? time_values(device, options, types, extents, naive, naive_options)
      : types.backward    ? time_backward(device, options, types, extents)
                          : time_rows(device, options, types, extents, naive, naive_options);
  const auto [m, n, k] = extents;
  BenchResult r;
  r.name = "matmul";
  r.variant = timed.kernel;
  r.types = text(types);
  r.m = m, r.n = n, r.k = k;
  r.ms = timed.ms;
  r.gops = 2e-6 * static_cast<double>(m * n) * static_cast<double>(k) / timed.ms;
  if (naive) r.vs_naive = naive->ms / timed.ms;
  r.max_error = timed.error;
  r.operations_per_byte = timed.work.operations / std::max(timed.work.bytes, 1.0);
  const double peak = is_float(types.x) ? peaks.f32_gflops : peaks.popcount_gops;
  r.share_of_peak = r.gops / std::max(peak, 1e-9);
  return r;
}

void bench_matmul(const Device& device, const Peaks& peaks, const BenchOptions& options,
                  const std::function<void(const BenchResult&)>& report) {
  const auto or_default = [](std::int64_t given, std::int64_t fallback) {
    return given > 0 ? given : fallback;
  };
  const std::int64_t side = device.target().is_cpu() ? 1024 : 4096;
  const Problem dense{or_default(options.m, side), or_default(options.n, side),
                      or_default(options.k, side)};
  const Problem coded{dense.m, dense.n, or_default(options.k, 4096)};
  BenchResult f32 = bench_product(device, peaks, options, {}, dense);
  f32.vs_f32 = 1;
  report(f32);
  for (const ProductTypes& types : coded_products(options.quick && options.types.empty())) {
    if (!options.wants(text(types))) continue;
    Problem p = is_float(types.w) && types.groups > 0 ? dense : coded;
    if (types.groups > 0) p.n = ceil_div(p.n, types.groups);
    BenchResult r = bench_product(device, peaks, options, types, p);
    r.vs_f32 = r.gops / f32.gops;
    report(r);
  }
}

}  // namespace ridgeback::cli
