// SPDX-License-Identifier: Apache-2.0
// Products with sparse matrices over a sweep of zeros, against double precision and the own dense
// f32 of the same shape.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <numeric>
#include <span>

#include "bench.hpp"

namespace ridgeback::cli {
namespace {

constexpr int samples = 64;

struct Shape3 {
  std::int64_t m, n, k;
};

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

std::vector<float> drawn(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(at(count));
  for (float& value : values) value = random.uniform(-1, 1);
  return values;
}

// A drawn matrix [m, k] with `keep` values in each run of `run` columns.
std::vector<float> drawn_sparse(const Shape3& p, std::int64_t keep, std::int64_t run) {
  Random random(11);
  std::vector<float> dense(at(p.m * p.k), 0.0F);
  std::vector<std::uint32_t> places(at(run));
  for (std::int64_t start = 0; start < p.m * p.k; start += run) {
    std::iota(places.begin(), places.end(), 0U);
    for (std::int64_t i = 0; i < keep; ++i) {
      const std::int64_t other = i + random.below(static_cast<std::uint32_t>(run - i));
      std::swap(places[at(i)], places[at(other)]);
      // Never 0, which would be no entry.
      dense[at(start) + places[at(i)]] =
          random.uniform(0.1F, 1.0F) * (random.below(2) == 0 ? -1.0F : 1.0F);
    }
  }
  return dense;
}

Tensor words(const Shape& shape, const std::vector<std::uint32_t>& from) {
  const auto bytes = std::as_bytes(std::span(from));
  return constant_bytes({shape, DType::u32}, {bytes.begin(), bytes.end()});
}

// A sparse matrix in one format, and the same as dense values.
struct Operand {
  std::string types;
  double zeros = 0;
  SparseMatrix sparse;
  std::vector<float> dense;
};

Operand rows_operand(const Shape3& p, double zeros) {
  const std::int64_t width =
      std::max<std::int64_t>(1, p.k - std::llrint(zeros * static_cast<double>(p.k)));
  Operand o{"rows f32", 1 - static_cast<double>(width) / static_cast<double>(p.k), {}, {}};
  o.dense = drawn_sparse(p, width, p.k);
  const RowsMatrix rows = to_rows(o.dense, p.m, p.k, width);
  o.sparse = {rows_pattern(words({p.m, width}, rows.columns), p.k),
              constant({p.m, width}, rows.values)};
  return o;
}

Operand csr_operand(const Shape3& p, double zeros) {
  Operand o = rows_operand(p, zeros);
  const CsrMatrix csr = to_csr(o.dense, p.m, p.k);
  const auto entries = static_cast<std::int64_t>(csr.values.size());
  o.types = "csr f32";
  o.sparse = {csr_pattern(words({p.m + 1}, csr.starts), words({entries}, csr.columns), p.k),
              constant({entries}, csr.values)};
  return o;
}

Operand n_of_m_operand(const Shape3& p, int n, int m) {
  Operand o{fmt::format("{}:{} f32", n, m), 1 - static_cast<double>(n) / m, {}, {}};
  o.dense = drawn_sparse(p, n, m);
  const NOfMMatrix matrix = to_n_of_m(o.dense, p.m, p.k, n, m);
  const std::int64_t width = n_of_m_width(p.k, n, m);
  o.sparse = {n_of_m_pattern(words({p.m, place_words(width, m)}, matrix.places), p.k, n, m),
              constant({p.m, width}, matrix.values)};
  return o;
}

// As many blocks in every row of them, which divide the matrix.
Operand blocks_operand(const Shape3& p, const BlockSize& size, double zeros) {
  const auto [rows, cols] = size;
  const std::int64_t across = p.k / cols;
  const std::int64_t width =
      std::max<std::int64_t>(1, across - std::llrint(zeros * static_cast<double>(across)));
  Operand o{size.types(), 1 - static_cast<double>(width) / static_cast<double>(across), {}, {}};
  const std::vector<float> kept = drawn_sparse({p.m / rows, p.n, across}, width, across);
  o.dense.assign(at(p.m * p.k), 0.0F);
  Random random(12);
  for (std::int64_t i = 0; i < p.m * p.k; ++i) {
    if (kept[at(i / p.k / rows * across + i % p.k / cols)] != 0)
      o.dense[at(i)] = random.uniform(0.1F, 1.0F) * (random.below(2) == 0 ? -1.0F : 1.0F);
  }
  const BlocksMatrix matrix = to_blocks(o.dense, p.m, p.k, rows, cols);
  o.sparse = {blocks_pattern(words({p.m / rows, width}, matrix.columns), p.m, p.k, rows, cols),
              constant({p.m, width * cols}, matrix.values)};
  return o;
}

double bytes_of(const SparseMatrix& s) {
  std::int64_t bytes = s.pattern.columns.spec().bytes() + s.values.spec().bytes();
  if (s.pattern.starts) bytes += s.pattern.starts.spec().bytes();
  if (s.scales) bytes += s.scales.spec().bytes();
  return static_cast<double>(bytes);
}

// The same entries as codes of a packed type with a scale a row.
Operand coded(Operand o, const Shape3& p, DType type) {
  const std::int64_t width = o.sparse.pattern.width;
  const CodeRange range = code_range(type);
  std::vector<std::int32_t> codes;
  std::vector<float> scales;
  for (std::int64_t r = 0; r < p.m; ++r) {
    scales.push_back(1.0F / static_cast<float>(range.highest));
    for (std::int64_t c = 0; c < p.k; ++c) {
      float& value = o.dense[at(r * p.k + c)];
      if (value == 0) continue;
      auto code = static_cast<std::int32_t>(std::lround(value * static_cast<float>(range.highest)));
      if (type == DType::s1) code = value < 0 ? -1 : 1;
      codes.push_back(code);
      value = static_cast<float>(code) * scales.back();
    }
  }
  const std::vector<std::uint32_t> packed = pack(type, codes, p.m, width);
  const auto bytes = std::as_bytes(std::span(packed));
  o.sparse.values = constant_bytes({{p.m, width}, type}, {bytes.begin(), bytes.end()});
  o.sparse.scales = constant({p.m}, scales);
  o.types = o.types.substr(0, o.types.rfind(' ') + 1) + std::string(name(type));
  return o;
}

// A product as it is measured: the sparse one, the dense one, and element i of the first.
struct Product {
  std::string name;
  Tensor sparse;
  Tensor dense;
  std::function<double(std::int64_t)> exact;
};

// y = S x, z = S^T y and the products of y and x at the entries, for x [k, n] and y [m, n].
std::vector<Product> products(const Operand& o, const Shape3& p) {
  const std::vector<float> x = drawn(p.k * p.n, 1), y = drawn(p.m * p.n, 2);
  const Tensor tx = constant({p.k, p.n}, x), ty = constant({p.m, p.n}, y);
  const Tensor s = constant({p.m, p.k}, o.dense);
  const auto spmm = [=, &o](std::int64_t i) {
    double sum = 0;
    for (std::int64_t k = 0; k < p.k; ++k) {
      sum += static_cast<double>(o.dense[at(i / p.n * p.k + k)]) * x[at(k * p.n + i % p.n)];
    }
    return sum;
  };
  const auto turned = [=, &o](std::int64_t i) {
    double sum = 0;
    for (std::int64_t r = 0; r < p.m; ++r) {
      sum += static_cast<double>(o.dense[at(r * p.k + i / p.n)]) * y[at(r * p.n + i % p.n)];
    }
    return sum;
  };
  std::vector<std::int64_t> entries;
  for (std::int64_t i = 0; i < p.m * p.k; ++i) {
    if (o.dense[at(i)] != 0) entries.push_back(i);
  }
  const auto sampled = [=](std::int64_t e) {
    double sum = 0;
    const std::int64_t i = entries[at(e)];
    for (std::int64_t c = 0; c < p.n; ++c) {
      sum += static_cast<double>(y[at(i / p.k * p.n + c)]) * x[at(i % p.k * p.n + c)];
    }
    return sum;
  };
  return {
      {"spmm", sparse_matmul(o.sparse, tx), matmul(s, tx), spmm},
      {"spmm_transposed", sparse_matmul_transposed(o.sparse, ty), matmul(transpose(s), ty), turned},
      {"sddmm", sampled_matmul(o.sparse.pattern, ty, tx), matmul(ty, transpose(tx)), sampled}};
}

double sampled_error(const Product& product, const std::vector<float>& got) {
  Random random(7);
  double worst = 0;
  double largest = 1e-30;
  for (int i = 0; i < samples; ++i) {
    const std::int64_t index = random.below(static_cast<std::uint32_t>(got.size()));
    const double exact = product.exact(index);
    worst = std::max(worst, std::abs(exact - static_cast<double>(got[at(index)])));
    largest = std::max(largest, std::abs(exact));
  }
  return worst / largest;
}

// Time without what makes the pattern by column: that stays for many steps and is measured apart.
double product_ms(Executable& executable) {
  executable.run();
  double us = 0;
  for (const ProfileEntry& entry : executable.profile().entries) {
    if (!entry.kernel.starts_with("turn_")) us += entry.us;
  }
  return us / 1e3;
}

BenchResult measure(const Device& device, const Peaks& peaks, const BenchOptions& options,
                    const Product& product, const Operand& o, const Shape3& p) {
  Executable sparse = compile(device, {product.sparse}, {}, {.profile = true});
  Executable dense = compile(device, {product.dense}, {}, {.profile = true});
  sparse.run();
  dense.run();
  BenchResult r;
  r.name = product.name;
  r.types = o.types;
  r.m = p.m, r.n = p.n, r.k = p.k;
  r.sparsity = o.zeros;
  r.bytes = bytes_of(o.sparse);
  const double error = sampled_error(product, sparse.get<float>(product.sparse));
  // The result is right before any time is reported.
  if (!(error < 1e-4)) throw Error(fmt::format("bench: {} is wrong (error {:.2g})", r.name, error));
  r.max_error = error;
  const Dispatch& launch = sparse.program().launches.back().dispatch;
  r.variant = launch.kernel + ":" + launch.variant;
  // In turns, so that both meet the same machine.
  std::vector<double> sparse_ms, dense_ms;
  double spent = 0;
  while (static_cast<int>(sparse_ms.size()) < options.min_runs ||
         spent < 1e3 * options.min_seconds) {
    sparse_ms.push_back(product_ms(sparse));
    dense_ms.push_back(product_ms(dense));
    spent += std::max(sparse_ms.back() + dense_ms.back(), 0.1);
  }
  r.ms = median(sparse_ms);
  r.gops = 2e-6 * static_cast<double>(p.m * p.n) * static_cast<double>(p.k) / r.ms;
  r.gops_nonzero = r.gops * (1 - o.zeros);
  r.share_of_peak = r.gops_nonzero / std::max(peaks.f32_gflops, 1e-9);
  const Work work = work_of(sparse.program(), [](const Launch& each) {
    return !each.dispatch.kernel.starts_with("turn_");
  });
  r.operations_per_byte = work.operations / std::max(work.bytes, 1.0);
  r.vs_f32 = median(dense_ms) / r.ms;
  return r;
}

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

// What the host makes of a matrix that has as many entries in every row.
struct PatternBytes {
  std::vector<std::byte> mask, columns, values, turned_starts, turned_rows, turned_places;

  PatternBytes(const Operand& o, const Shape3& p) {
    std::vector<std::int32_t> kept;
    for (const float value : o.dense) kept.push_back(value != 0 ? 1 : 0);
    mask = bytes_of(pack(DType::b1, kept, p.m, p.k));
    const std::int64_t width = o.sparse.pattern.width;
    const RowsMatrix rows = to_rows(o.dense, p.m, p.k, width);
    columns = bytes_of(rows.columns);
    values = bytes_of(rows.values);
    std::vector<std::uint32_t> starts;
    for (std::int64_t r = 0; r <= p.m; ++r) starts.push_back(static_cast<std::uint32_t>(r * width));
    const TransposedPattern turned = transposed(starts, rows.columns, p.k);
    turned_starts = bytes_of(turned.starts);
    turned_rows = bytes_of(turned.rows);
    turned_places = bytes_of(turned.places);
  }
};

// The pattern that a dense matrix keeps, its values, and the pattern by column: what a step pays
// when the pattern moves.
void measure_patterns(const Device& device, const BenchOptions& options, const Operand& o,
                      const Shape3& p, const std::function<void(const BenchResult&)>& report) {
  const Tensor dense = constant({p.m, p.k}, o.dense);
  const Tensor mask = quant::keep_mask(dense, quant::fraction(o.zeros), quant::Group::channel());
  const SparsePattern made = rows_of_mask(mask, o.sparse.pattern.width);
  const TransposedTensors turned = transposed(o.sparse.pattern);
  const PatternBytes exact(o, p);
  struct Case {
    std::string name;
    std::vector<Tensor> outputs;
    std::vector<std::vector<std::byte>> exact;
  };
  const std::vector<Case> cases{
      {"keep", {mask}, {exact.mask}},
      {"to_sparse", {made.columns, entries_of(made, dense)}, {exact.columns, exact.values}},
      {"by_column",
       {turned.starts, turned.rows, turned.places},
       {exact.turned_starts, exact.turned_rows, exact.turned_places}}};
  double keep_ms = 0;
  for (const auto& [name, outputs, expected] : cases) {
    Executable executable = compile(device, outputs);
    executable.run();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (executable.get_bytes(outputs[i]) != expected[i])
        throw Error(fmt::format("bench: {} is wrong (output {})", name, i));
    }
    BenchResult r;
    r.name = name;
    r.types = "moving " + o.types;
    r.m = p.m, r.n = p.n, r.k = p.k;
    r.sparsity = o.zeros;
    r.ms = median_ms(options, executable);
    r.max_error = 0;
    // The mask is made on the way to the entries.
    if (name == "keep") keep_ms = r.ms;
    if (name == "to_sparse") r.ms = std::max(0.0, r.ms - keep_ms);
    const Dispatch& launch = executable.program().launches.back().dispatch;
    r.variant = launch.kernel + ":" + launch.variant;
    report(r);
  }
}

std::vector<Operand> operands(const Shape3& p, const BenchOptions& options) {
  std::vector<Operand> all;
  std::vector<double> sweep = options.zeros;
  if (sweep.empty()) sweep = {0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995};
  if (options.zeros.empty() && options.quick) sweep = {0.85, 0.98};
  for (const double zeros : sweep) all.push_back(rows_operand(p, zeros));
  if (options.quick && options.types.empty()) return all;
  all.push_back(csr_operand(p, 0.98));
  for (const DType type : {DType::s1, DType::i4, DType::i8}) {
    all.push_back(coded(rows_operand(p, 0.98), p, type));
  }
  for (const auto& [n, m] : {std::pair{2, 4}, {1, 4}, {1, 8}, {3, 8}, {1, 16}, {7, 16}, {1, 32}}) {
    if (p.k % m == 0) all.push_back(n_of_m_operand(p, n, m));
  }
  if (p.k % 16 == 0) all.push_back(coded(n_of_m_operand(p, 1, 16), p, DType::s1));
  sweep = options.zeros;
  if (sweep.empty()) sweep = {0.2, 0.5, 0.7, 0.9, 0.95, 0.98};
  for (const BlockSize& size : bench_blocks) {
    if (p.m % size.rows != 0 || p.k % size.cols != 0) continue;
    for (const DType type : {DType::f32, DType::s1, DType::i4, DType::i8}) {
      // Codes only where they are asked for.
      const bool asked = type == DType::f32 || !options.types.empty();
      if (!asked || !options.wants(size.types(type))) continue;
      for (const double zeros : sweep) {
        const Operand o = blocks_operand(p, size, zeros);
        all.push_back(type == DType::f32 ? o : coded(o, p, type));
      }
    }
  }
  return all;
}

// Zeros from which on a product is faster than the dense one, between two steps of the sweep; its
// first step where all are, 1 where the last is not.
double crossover(const std::vector<BenchResult>& sweep) {
  for (std::size_t i = sweep.size(); i-- > 0;) {
    if (sweep[i].vs_f32 >= 1) continue;
    if (i + 1 == sweep.size()) return 1;
    const double low = sweep[i].vs_f32, high = sweep[i + 1].vs_f32;
    return sweep[i].sparsity +
           (1 - low) / (high - low) * (sweep[i + 1].sparsity - sweep[i].sparsity);
  }
  return sweep.empty() ? 1 : sweep.front().sparsity;
}

}  // namespace

std::string BlockSize::types(DType values) const {
  return fmt::format("blocks {}x{} {}", rows, cols, name(values));
}

std::map<std::string, double> bench_sparse(const Device& device, const Peaks& peaks,
                                           const BenchOptions& options,
                                           const std::function<void(const BenchResult&)>& report) {
  const auto or_default = [](std::int64_t given, std::int64_t fallback) {
    return given > 0 ? given : fallback;
  };
  const std::int64_t size = device.target().is_cpu() ? 1024 : 4096;
  const Shape3 p{or_default(options.m, size), or_default(options.n, 64),
                 or_default(options.k, size)};
  std::map<std::string, std::vector<BenchResult>> sweeps;
  for (const Operand& operand : operands(p, options)) {
    if (!options.wants(operand.types)) continue;
    for (const Product& product : products(operand, p)) {
      BenchResult r = measure(device, peaks, options, product, operand, p);
      if (operand.types == "rows f32") sweeps[r.name].push_back(r);
      if (operand.types.starts_with("blocks"))
        sweeps[fmt::format("{} in {}", r.name, operand.types)].push_back(r);
      report(r);
    }
  }
  for (const double zeros : {0.9, 0.98}) {
    if (!options.wants("moving")) break;
    measure_patterns(device, options, rows_operand(p, zeros), p, report);
  }
  std::map<std::string, double> crossovers;
  for (const auto& [name, sweep] : sweeps) crossovers[name] = crossover(sweep);
  return crossovers;
}

}  // namespace ridgeback::cli
