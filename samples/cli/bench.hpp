// SPDX-License-Identifier: Apache-2.0
// What `ridgeback bench` measures and how it reports it.
#pragma once

#include "ridgeback/runtime/device.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ridgeback {
class Executable;
struct Launch;
struct Program;
}  // namespace ridgeback

namespace ridgeback::cli {

/// Device peaks, measured by the same run as what is compared with them. 0: not measured.
struct Peaks {
  double f32_gflops = 0;     ///< multiply-adds in registers, 2 operations each
  double popcount_gops = 0;  ///< xor, bit count and add, 64 operations each
  double i8dot_gops =
      0;  ///< dot products of four bytes, 8 operations each; 0 where the device has none
  double copy_gbps = 0;  ///< bytes read and written
};

struct BenchResult {
  std::string name;     ///< "matmul", "step"
  std::string variant;  ///< kernel:variant, or what a step trains
  std::string types;    ///< "f32,f32", "b1,b1/64"
  std::int64_t m = 0, n = 0, k = 0;
  double ms = 0;            ///< median on device timestamps
  double gops = 0;          ///< 2 per multiply-add, dense count
  double gops_nonzero = 0;  ///< of sparse products: what is left of gops without the zeros
  double sparsity = 0;      ///< share of zeros
  double gbps = 0;          ///< bytes that must move at least
  double bytes = 0;         ///< of a sparse operand: pattern, values and scales
  double share_of_peak = 0;
  double vs_naive =
      0;  ///< how many times as fast as the naive kernel on the same shape in the same run
  double vs_f32 = 0;  ///< and as the library's own f32
  /// Against a reference before it was timed, relative to the largest; nothing where none is made.
  std::optional<double> max_error;
  double operations_per_byte = 0;  ///< of those that gops (of sparse: gops_nonzero) counts, of
                                   ///< bytes that must move at least
};

/// What launches do at least, as their operations tell.
struct Work {
  double operations = 0;
  double bytes = 0;
};
/// Of the launches that `counts` says yes to; of all where it is empty.
[[nodiscard]] Work work_of(const Program& program,
                           const std::function<bool(const Launch&)>& counts = {});

struct BenchOptions {
  double min_seconds = 0.5;  ///< least time spent on each kernel
  int min_runs = 5;
  std::int64_t m = 0, n = 0, k = 0;  ///< 0: the defaults of each benchmark
  std::vector<std::int64_t> widths{784, 2048, 2048, 10};
  std::int64_t batch = 256;
  std::vector<double> zeros;       ///< shares of sparse benchmarks; empty: a sweep
  bool quick = false;              ///< fewer types
  bool profile = false;            ///< print where the time of each step goes
  bool naive = true;               ///< time naive kernels too
  std::vector<std::string> types;  ///< only these products, as "b1,b1/64", or sparse formats, as
                                   ///< "rows f32"; all where empty

  [[nodiscard]] bool wants(const std::string& name) const {
    return types.empty() || std::ranges::find(types, name) != types.end();
  }
};

/// The value in the middle; of an even number the upper of the two. Of one value at least.
[[nodiscard]] double median(std::vector<double> values);

/// Calls `run_once`, which returns a time in ms, until both least counts are reached; the median.
/// The caller has run it once, to check it and to warm up.
[[nodiscard]] double median_ms(const BenchOptions& options,
                               const std::function<double()>& run_once);
/// The same for the device's time of whole runs.
[[nodiscard]] double median_ms(const BenchOptions& options, Executable& executable);

struct Turns {
  double ms = 0;        ///< median
  double times_as = 0;  ///< as fast as the other: median over the turns
};
/// The same in turns with another, until `executable` has been run long and often enough. What else
/// the machine does slows both of a turn, so that their ratio repeats better than that of times
/// taken one after the other.
[[nodiscard]] Turns median_in_turns(const BenchOptions& options, Executable& executable,
                                    Executable& other);

[[nodiscard]] Peaks measure_peaks(const Device& device, const BenchOptions& options);
/// `report` is called with each result as soon as it is there.
void bench_matmul(const Device& device, const Peaks& peaks, const BenchOptions& options,
                  const std::function<void(const BenchResult&)>& report);
/// Rows of bandwidth-bound kernels, and the two passes of the method over a value; `quantize_only`
/// leaves the others out.
void bench_memory(const Device& device, const Peaks& peaks, const BenchOptions& options,
                  bool quantize_only, const std::function<void(const BenchResult&)>& report);
/// Also returns, for each product, the share of zeros from which on it is faster than the dense
/// one.
std::map<std::string, double> bench_sparse(const Device& device, const Peaks& peaks,
                                           const BenchOptions& options,
                                           const std::function<void(const BenchResult&)>& report);
/// Blocks of which sparse matrices are measured.
struct BlockSize {
  int rows, cols;
  /// Of their rows: "blocks 8x8 f32".
  [[nodiscard]] std::string types(DType values = DType::f32) const;
};
inline constexpr BlockSize bench_blocks[] = {{4, 4}, {8, 8}, {16, 16}, {32, 32}, {1, 32}, {16, 1}};
/// Training steps that skip pruned weights, with the gradient of all weights every step and every
/// tenth.
void bench_sparse_step(const Device& device, const Peaks& peaks, const BenchOptions& options,
                       const std::function<void(const BenchResult&)>& report);
void bench_step(const Device& device, const Peaks& peaks, const BenchOptions& options,
                const std::function<void(const BenchResult&)>& report);

}  // namespace ridgeback::cli
