// SPDX-License-Identifier: Apache-2.0
#include "bench_targets.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "bench_product.hpp"

namespace ridgeback::cli {
namespace {

using Report = std::function<void(const BenchResult&)>;

constexpr ProductTypes f32{};
constexpr ProductTypes bits{DType::b1, DType::b1};
constexpr ProductTypes bits_128{DType::b1, DType::b1, 128};
constexpr ProductTypes bits_64{DType::b1, DType::b1, 64};
constexpr ProductTypes ternary{DType::ternary, DType::ternary};
constexpr ProductTypes i4_bits{DType::i4, DType::b1};

std::string words(const ProductTypes& types, const MatrixExtents& e) {
  return fmt::format("{}, {}x{}x{}", text(types), e.m, e.n, e.k);
}

class Measurement {
 public:
  Measurement(const Device& device, const Peaks& peaks, BenchOptions options, const Report& report)
      : device_(device), peaks_(peaks), options_(std::move(options)), report_(report) {
    wanted_.types = std::move(options_.types);
    options_.types.clear();
    options_.naive = false;
  }

  struct Group {
    std::string name;
    void (Measurement::*measure)();
  };
  static std::vector<Group> groups() {
    return {{"large", &Measurement::large_products}, {"odd", &Measurement::odd_products},
            {"few_rows", &Measurement::few_rows},    {"sparse", &Measurement::sparse_products},
            {"steps", &Measurement::steps},          {"sparse_steps", &Measurement::sparse_steps}};
  }

  std::vector<BenchTarget> run() {
    for (const Group& group : groups()) {
      if (wanted_.wants(group.name)) (this->*group.measure)();
    }
    return std::move(targets_);
  }

 private:
  // Extents of a first look tell that everything runs, and little of how fast.
  [[nodiscard]] std::int64_t scaled(std::int64_t extent) const {
    return options_.quick ? extent / 16 : extent;
  }

  BenchResult product(const ProductTypes& types, const MatrixExtents& extents) {
    BenchResult r = bench_product(device_, peaks_, options_, types, extents);
    report_(r);
    return r;
  }

  void add(std::string what, const char* against, double measured, double asked) {
    targets_.push_back({std::move(what), against, false, measured, asked, 0});
  }
  void add_share(std::string what, const char* against, double measured, double asked,
                 double aim = 0) {
    targets_.push_back({std::move(what), against, true, measured, asked, aim});
  }

  // Share of the peak, and of the one-bit product.
  void large_products() {
    const bool cpu = device_.target().is_cpu();
    const std::int64_t side = scaled(cpu ? 1024 : 4096);
    const MatrixExtents dense{side, side, side}, coded{side, side, scaled(4096)};
    const char* of_f32 = "share of the f32 peak";
    const char* of_popcount = "share of the popcount peak";
    const char* of_bits = "as fast as 1 bit x 1 bit";
    add_share(words(f32, dense), of_f32, product(f32, dense).share_of_peak, cpu ? 0.22 : 0.6, 0.4);
    const BenchResult one = product(bits, coded);
    add_share(words(bits, coded), of_popcount, one.share_of_peak, cpu ? 0.28 : 0.5, 0.5);
    add_share(words(bits_128, coded), of_popcount, product(bits_128, coded).share_of_peak, 0.16);
    add_share(words(bits_64, coded), of_popcount, product(bits_64, coded).share_of_peak, 0.10);
    add_share(words(ternary, coded), of_bits, product(ternary, coded).gops / one.gops, 0.5);
    add_share(words(i4_bits, coded), of_bits, product(i4_bits, coded).gops / one.gops, 0.2);
  }

  // Per operation, against extents that every tile divides.
  void odd_products() {
    const MatrixExtents odd{scaled(1000), scaled(1001), scaled(999)};
    const MatrixExtents even{scaled(1024), scaled(1024), scaled(1024)};
    for (const ProductTypes& types : {f32, bits, bits_128, bits_64, ternary, i4_bits}) {
      const double gops = product(types, odd).gops;
      add_share(words(types, odd), "as fast per operation as in whole tiles (1024x1024x1024)",
                gops / product(types, even).gops, 0.9);
    }
  }

  // Bound by the bytes of the weights.
  void few_rows() {
    few_rows(1);
    few_rows(8);
  }
  void few_rows(std::int64_t rows) {
    const MatrixExtents e{rows, scaled(4096), scaled(4096)};
    const double gops = product(f32, e).gops;
    const auto against_f32 = [&](const ProductTypes& types, double asked) {
      add(words(types, e), "times as fast as f32 x f32", product(types, e).gops / gops, asked);
    };
    const ProductTypes one_bit{DType::f32, DType::b1};
    const BenchResult r = product(one_bit, e);
    add(words(one_bit, e), "times as fast as f32 x f32", r.gops / gops, 6);
    if (rows == 1) {
      add_share(words(one_bit, e), "share of the copy rate",
                r.gops / std::max(r.operations_per_byte * peaks_.copy_gbps, 1e-9),
                device_.target().is_cpu() ? 0 : 0.6);
    }
    against_f32({DType::f32, DType::i4, 64}, 3);
    against_f32(bits, 6);
    against_f32(i4_bits, 6);
    against_f32({DType::i8, DType::b1}, 6);
    against_f32({DType::i4, DType::i4, 64}, 3);
  }

  // Results of another benchmark.
  template <class Benchmark>
  std::vector<BenchResult> results(const Benchmark& benchmark) {
    std::vector<BenchResult> all;
    benchmark([&](const BenchResult& r) {
      all.push_back(r);
      report_(r);
    });
    return all;
  }

  void sparse_products() {
    BenchOptions options = options_;
    options.m = options.k = scaled(device_.target().is_cpu() ? 1024 : 4096);
    options.n = 64;
    options.zeros = {0.5, 0.85, 0.98};
    options.types = {"rows f32"};
    const std::vector<BenchResult> all = results([&](const Report& each) {
      static_cast<void>(bench_sparse(device_, peaks_, options, each));
    });
    for (const BenchResult& r : all) {
      if (r.name == "spmm_transposed") continue;
      const double asked = r.sparsity < 0.6 ? 0.9 : r.sparsity < 0.9 ? 1 : 5;
      add(fmt::format("{} of {:.0f} % zeros, {}x{}x{}", r.name, 100 * r.sparsity, r.m, r.n, r.k),
          "times as fast as the dense f32 product", r.vs_f32, asked);
    }
  }

  void steps() {
    const char* against = "times as fast as the f32 step";
    const auto asked = [](const std::string& arm) {
      return arm.ends_with("dY4") ? 4 : arm.ends_with("dY8") ? 2.5 : 1.3;
    };
    BenchOptions options = options_;
    options.types = {"A1W1"};
    const std::vector<BenchResult> all =
        results([&](const Report& each) { bench_step(device_, peaks_, options, each); });
    for (const BenchResult& r : all) {
      if (r.types != "f32") add("step " + r.types, against, r.vs_f32, asked(r.types));
    }
  }

  void sparse_steps() {
    BenchOptions options = options_;
    options.zeros = {0.98, 0.5};
    options.types = {"f32"};
    double multiplied = 0;
    const std::vector<BenchResult> all =
        results([&](const Report& each) { bench_sparse_step(device_, peaks_, options, each); });
    for (const BenchResult& r : all) {
      const bool many = r.sparsity > 0.9;
      const std::string what = fmt::format("step, {:.0f} % zeros, {}", 100 * r.sparsity, r.variant);
      if (r.variant.starts_with("dense")) multiplied = r.ms;
      if (many && r.variant == "refresh every 10th")
        add(what, "times as fast as the f32 step", r.vs_f32, 2.5);
      if (many && r.variant == "refresh every step")
        add(what, "times as fast as the f32 step", r.vs_f32, 0);
      // What the library could have done instead.
      if (!many && r.variant == "refresh every step")
        add(what, "times as fast as multiplying the zeros", multiplied / r.ms, 0.9);
    }
  }

  const Device& device_;
  const Peaks& peaks_;
  BenchOptions options_;
  BenchOptions wanted_;  // its types are groups of targets
  const Report& report_;
  std::vector<BenchTarget> targets_;
};

}  // namespace

std::string BenchTarget::text(double value) const {
  return share ? fmt::format("{:.1f} %", 100 * value) : fmt::format("{:.2f}x", value);
}

void require_target_groups(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const auto& group : Measurement::groups()) known.push_back(group.name);
  for (const std::string& name : names) {
    require(std::ranges::find(known, name) != known.end(),
            fmt::format("--types: there is no such group of targets (got {}, expected {})", name,
                        fmt::join(known, ", ")));
  }
}

std::vector<BenchTarget> bench_targets(const Device& device, const Peaks& peaks,
                                       const BenchOptions& options,
                                       const std::function<void(const BenchResult&)>& report) {
  return Measurement(device, peaks, options, report).run();
}

}  // namespace ridgeback::cli
