// SPDX-License-Identifier: Apache-2.0
// `ridgeback bench`: kernels and whole steps, with what they are a share of.
#include "bench.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/log.hpp"
#include "ridgeback/io/file.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fmt/ranges.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "bench_isa.hpp"
#include "bench_report.hpp"
#include "bench_targets.hpp"
#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string what;
  bool isa = false;
  bool quick_seconds = false;  // --quick chose them
  std::string report;
  BenchOptions options;
};

Json to_json(const BenchResult& r) {
  Json json{{"name", r.name}, {"variant", r.variant}, {"types", r.types}};
  for (const auto& [key, value] : {std::pair{"m", r.m}, {"n", r.n}, {"k", r.k}}) {
    if (value > 0) json[key] = value;
  }
  json["ms"] = r.ms;
  for (const auto& [key, value] : {std::pair{"gops", r.gops},
                                   {"gops_nonzero", r.gops_nonzero},
                                   {"sparsity", r.sparsity},
                                   {"gbps", r.gbps},
                                   {"bytes", r.bytes},
                                   {"share_of_peak", r.share_of_peak},
                                   {"vs_naive", r.vs_naive},
                                   {"vs_f32", r.vs_f32},
                                   {"operations_per_byte", r.operations_per_byte}}) {
    if (value > 0) json[key] = value;
  }
  if (r.max_error) json["max_error"] = *r.max_error;
  return json;
}

void print_row(const BenchResult& r) {
  const std::string shape = r.k > 0   ? fmt::format("{}x{}x{}", r.m, r.n, r.k)
                            : r.n > 0 ? fmt::format("{}x{}", r.m, r.n)
                                      : fmt::format("batch {}", r.m);
  const std::string types =
      r.sparsity > 0 ? fmt::format("{} {:.1f}% 0", r.types, 100 * r.sparsity) : r.types;
  const bool moves = r.gbps > 0;  // what it moves is what bounds it
  const auto times = [](double ratio) {
    return ratio > 0 ? fmt::format("{:.2f}x", ratio) : std::string("-");
  };
  const std::string bytes = r.bytes > 0 ? fmt::format("  {:.0f} bytes", r.bytes) : "";
  fmt::print("{:16} {:20} {:16} {:>10.3f} {:>9.1f} {:5} {:>6.1f}% {:>9} {:>8}  {}{}\n", r.name,
             types, shape, r.ms, moves ? r.gbps : r.gops, moves ? "GB/s" : "Gop/s",
             100 * r.share_of_peak, times(r.vs_naive), times(r.vs_f32), r.variant, bytes);
  std::fflush(stdout);
}

Json to_json(const BenchTarget& target) {
  Json json{{"what", target.what}, {"against", target.against}, {"measured", target.measured}};
  if (target.asked > 0) {
    json["asked"] = target.asked;
    json["met"] = target.met();
  }
  if (target.aim > 0) json["aim"] = target.aim;
  return json;
}

void print_targets(const std::vector<BenchTarget>& targets) {
  std::string group;
  for (const BenchTarget& target : targets) {
    if (target.against != group) {
      group = target.against;
      fmt::print("\n{:68} {:>9} {:>9}\n", group, "measured", "asked");
    }
    fmt::print("  {:66} {:>9} {:>9}  {}\n", target.what, target.text(target.measured),
               target.asked > 0 ? target.text(target.asked) : "",
               target.asked <= 0 ? ""
               : target.met()    ? "met"
                                 : "not met");
  }
}

Json to_json(const BenchReport& report) {
  const Peaks& peaks = report.peaks;
  Json document{{"device", report.device},
                {"driver", report.driver},
                {"command", report.command},
                {"peak",
                 {{"f32_gflops", peaks.f32_gflops},
                  {"i8dot_gops", peaks.i8dot_gops},
                  {"popcount_gops", peaks.popcount_gops},
                  {"copy_gbps", peaks.copy_gbps}}},
                {"results", Json::array()}};
  for (const BenchResult& result : report.results) document["results"].push_back(to_json(result));
  for (const auto& [name, zeros] : report.crossover) document["crossover"][name] = zeros;
  for (const BenchTarget& target : report.targets) document["targets"].push_back(to_json(target));
  return document;
}

void print_header(const Peaks& peaks, bool table) {
  fmt::print(
      "peak: {:.1f} GFLOP/s f32, {:.1f} Gop/s integer dot, {:.1f} binary Gop/s, {:.2f} GB/s "
      "copy\n",
      peaks.f32_gflops, peaks.i8dot_gops, peaks.popcount_gops, peaks.copy_gbps);
  if (table) {
    fmt::print("{:16} {:20} {:16} {:>10} {:>15} {:>7} {:>9} {:>8}  {}\n", "name", "types", "shape",
               "ms", "rate", "peak", "vs naive", "vs f32", "variant");
  }
}

// What everything is a share of is worth more time than one row of a quick look.
BenchOptions options_of_peaks(const Arguments& arguments) {
  BenchOptions options = arguments.options;
  if (arguments.quick_seconds) options.min_seconds = BenchOptions().min_seconds;
  return options;
}

void measure(const Arguments& arguments, const Device& device, BenchReport& report,
             const std::function<void(const BenchResult&)>& add) {
  const BenchOptions& options = arguments.options;
  const auto wanted = [&](const char* what) {
    return arguments.what == "all" || arguments.what == what;
  };
  const bool quantize = arguments.what == "quantize";
  if (wanted("matmul")) bench_matmul(device, report.peaks, options, add);
  if (quantize || wanted("memory")) bench_memory(device, report.peaks, options, quantize, add);
  if (wanted("sparse")) {
    report.crossover = bench_sparse(device, report.peaks, options, add);
    bench_sparse_step(device, report.peaks, options, add);
  }
  if (wanted("step")) bench_step(device, report.peaks, options, add);
  if (arguments.what == "targets")
    report.targets = bench_targets(device, report.peaks, options, add);
}

// Every type that was asked for has a row; parts of names count as in `bench step`.
void require_types(const BenchReport& report, const std::vector<std::string>& asked) {
  for (const std::string& types : asked) {
    const auto is_of = [&](const BenchResult& result) {
      return result.types.find(types) != std::string::npos;
    };
    require(std::ranges::any_of(report.results, is_of),
            fmt::format("bench: --types: there is no such row (got {})", types));
  }
}

void run(const Arguments& arguments, const Globals& globals) {
  if (arguments.what == "targets") require_target_groups(arguments.options.types);
  const Device device = Device::open(globals.device);
  if (!globals.quiet) fmt::print(stderr, "Device: {}\nMeasuring peaks...\n", device.description());
  BenchReport report{device.name(),
                     device.driver(),
                     fmt::format("ridgeback bench {}{}", arguments.what,
                                 arguments.options.quick ? " --quick" : ""),
                     measure_peaks(device, options_of_peaks(arguments)),
                     {},
                     {},
                     {}};
  if (!globals.json) print_header(report.peaks, arguments.what != "peak");
  measure(arguments, device, report, [&](const BenchResult& result) {
    report.results.push_back(result);
    if (!globals.json) return print_row(result);
    if (!globals.quiet)
      fmt::print(stderr, "{} {} {:.3f} ms\n", result.name, result.types, result.ms);
  });
  if (arguments.what != "targets") require_types(report, arguments.options.types);
  if (!arguments.report.empty()) {
    write_report(arguments.report, report);
    io::write_atomically(std::filesystem::path(arguments.report) / "bench.json",
                         to_json(report).dump(2) + "\n");
    if (!globals.quiet) fmt::print(stderr, "Report: {}/index.html\n", arguments.report);
  }
  if (globals.json) return print_json(to_json(report));
  print_targets(report.targets);
  for (const auto& [name, zeros] : report.crossover) {
    fmt::print("{} is faster than the dense f32 product from {:.1f} % zeros\n",
               crossover_name(name), 100 * zeros);
  }
}

// Names what was forced in vain, each choice once.
void warn_of_forced(const Program& program) {
  static std::set<std::string> warned;
  for (const Launch& launch : program.launches) {
    for (const Choice& choice : launch.dispatch.choices) {
      if (choice.not_offered.empty() || !warned.insert(choice.kernel + '/' + choice.what).second)
        continue;
      logging::warning(fmt::format(
          "bench: {} {} {} is forced but not offered here: {} is used (of {})", choice.kernel,
          choice.what, choice.not_offered, choice.taken, fmt::join(choice.options, ", ")));
    }
  }
}

}  // namespace

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Work work_of(const Program& program, const std::function<bool(const Launch&)>& counts) {
  Work work;
  for (const Launch& launch : program.launches) {
    if (counts && !counts(launch)) continue;
    work.operations += launch.dispatch.flops;
    work.bytes += launch.dispatch.bytes;
  }
  return work;
}

double median_ms(const BenchOptions& options, const std::function<double()>& run_once) {
  std::vector<double> times;
  double spent = 0;
  while (static_cast<int>(times.size()) < options.min_runs || spent < 1e3 * options.min_seconds) {
    times.push_back(run_once());
    spent += std::max(times.back(), 0.05);
  }
  return median(times);
}

double median_ms(const BenchOptions& options, Executable& executable) {
  warn_of_forced(executable.program());
  return median_ms(options, [&] {
    executable.run();
    return executable.device_ms();
  });
}

Turns median_in_turns(const BenchOptions& options, Executable& executable, Executable& other) {
  warn_of_forced(executable.program());
  std::vector<double> ratios;
  const double ms = median_ms(options, [&] {
    other.run();
    executable.run();
    const double each = executable.device_ms();
    ratios.push_back(each > 0 ? other.device_ms() / each : 0);
    return each;
  });
  return {ms, median(ratios)};
}

namespace {

// Names of options that not everything takes, and what takes them beside `all`.
const std::map<std::string_view, std::vector<std::string_view>> takers{
    {"--m", {"matmul", "sparse", "memory", "quantize", "--isa"}},
    {"--n", {"matmul", "sparse", "memory", "quantize", "--isa"}},
    {"--k", {"matmul", "sparse", "--isa"}},
    {"--widths", {"sparse", "step"}},
    {"--batch", {"sparse", "step"}},
    {"--zeros", {"sparse"}},
    {"--profile", {"step"}},
    {"--no-naive", {"matmul"}},
    {"--types", {"matmul", "sparse", "step", "targets"}},
    {"--report", {"matmul", "sparse", "memory", "quantize", "step", "peak", "targets"}},
};

void refuse_unused(const CLI::App& verb, const Arguments& arguments) {
  const std::string what = arguments.isa ? "--isa" : arguments.what;
  for (const CLI::Option* option : verb.get_options()) {
    const auto found = takers.find(option->get_name());
    if (option->count() == 0 || found == takers.end() || what == "all") continue;
    require(std::ranges::find(found->second, what) != found->second.end(),
            fmt::format("bench: {} says nothing here (got {}, expected all, {})", found->first,
                        what, fmt::join(found->second, ", ")));
  }
}

}  // namespace

void register_bench(CLI::App& app, const Globals& globals) {
  CLI::App* verb =
      app.add_subcommand("bench", "Time kernels and whole training steps on the device");
  const auto arguments = std::make_shared<Arguments>();
  verb->add_option(
          "what", arguments->what,
          "peak: what the device can do; matmul: products of all types; sparse: products with "
          "sparse matrices over a sweep of zeros, and training steps that skip them; memory: "
          "bandwidth-bound kernels; quantize: those "
          "of the method alone; step: training steps; all: these; targets: what the kernels are "
          "to reach, measured in one run and held against it")
      ->check(CLI::IsMember(
          {"peak", "matmul", "sparse", "memory", "quantize", "step", "all", "targets"}));
  verb->add_flag(
      "--isa", arguments->isa,
      "Instead of timing: registers, spills, occupancy and the useful share of the inner "
      "loop, as the driver's compiler tells them");
  verb->add_option("--m", arguments->options.m, "Rows of the product (default 1024, on GPUs 4096)")
      ->check(CLI::Range(1, 65536));
  verb->add_option("--n", arguments->options.n,
                   "Columns of the product (default as --m; 64 for sparse)")
      ->check(CLI::Range(1, 65536));
  verb->add_option("--k", arguments->options.k,
                   "Reduction (default as --m for f32, 4096 for codes)")
      ->check(CLI::Range(1, 1 << 20));
  verb->add_option("--widths", arguments->options.widths,
                   "Layer widths of the step (default 784,2048,2048,10)")
      ->delimiter(',')
      ->check(CLI::Range(1, 65536));
  verb->add_option("--batch", arguments->options.batch, "Batch of the step (default 256)")
      ->check(CLI::Range(1, 65536));
  verb->add_option("--zeros", arguments->options.zeros,
                   "Shares of zeros of sparse products and steps (default a sweep)")
      ->delimiter(',')
      ->check(CLI::Range(0.0, 0.9999));
  const CLI::Option* seconds = verb->add_option("--seconds", arguments->options.min_seconds,
                                                "Least time spent on each kernel (default 0.5)")
                                   ->check(CLI::Range(0.0, 600.0));
  verb->add_flag("--profile", arguments->options.profile,
                 "Print where the time of each step goes, kernel by kernel");
  verb->add_flag("--quick", arguments->options.quick,
                 "A first look: fewer types, densities and steps (targets: a sixteenth of all "
                 "extents), and --seconds 0.05");
  verb->add_option("--report", arguments->report,
                   "Write a page with tables and roofline plots into this folder: index.html, "
                   "report.md, the plots as .svg, and bench.json")
      ->type_name("DIR");
  verb->add_flag("!--no-naive", arguments->options.naive,
                 "Leave the naive kernels out, which take most of the time of `matmul`");
  verb->add_option(
      "--types", arguments->options.types,
      "Only these (several may follow): products, as f16,f16 b1,b1/64 (blocks of 64) or "
      "i8,b1/dx (a coded output gradient by weights) or b1,b1/64/g8 (rows in 8 groups of unlike "
      "sizes, each by weights of its own), with f32 beside them; steps by a part of "
      "their name, as dY4; sparse matrices, as 'rows f32' '2:4 f32' 'blocks 8x8 f32' (s1, i4, i8 "
      "too) moving (patterns that move); or groups of targets: large odd few_rows sparse steps "
      "sparse_steps");
  verb->footer(
      "Every result is checked against double precision before it is timed; times are medians of "
      "device timestamps.\n"
      "`peak` is the share of what this device does in the same run; compare ratios within a run "
      "only.\n\n"
      "Examples:\n  ridgeback bench matmul\n  ridgeback bench step --widths 784,512,512,10 --batch "
      "128\n"
      "  ridgeback --json bench all > bench.json\n"
      "  ridgeback bench all --report runs/bench      # then open runs/bench/index.html\n"
      "  ridgeback bench targets                      # measured, asked, met\n"
      "  RADV_FORCE_FAMILY=navi21 ridgeback --device RADV bench --isa");
  verb->callback([arguments, seconds, verb, &globals] {
    refuse_unused(*verb, *arguments);
    arguments->quick_seconds = arguments->options.quick && seconds->count() == 0;
    if (arguments->quick_seconds) arguments->options.min_seconds = 0.05;
    require(arguments->options.widths.size() >= 2, "bench: --widths takes at least two widths");
    if (arguments->isa) return bench_isa(globals, arguments->options);
    if (arguments->what.empty()) throw CLI::RequiredError("what");
    run(*arguments, globals);
  });
}

}  // namespace ridgeback::cli
