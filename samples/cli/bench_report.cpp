// SPDX-License-Identifier: Apache-2.0
#include "bench_report.hpp"

#include "ridgeback/io/page.hpp"
#include "ridgeback/io/svg_plot.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <functional>
#include <iterator>

#include "roofline.hpp"

namespace ridgeback::cli {
namespace {

std::string number(double value, int digits = 1) {
  return value > 0 ? fmt::format("{:.{}f}", value, digits) : "";
}
std::string percent(double share) {
  return share > 0 ? fmt::format("{:.1f} %", 100 * share) : "";
}
std::string times(double ratio) {
  return ratio > 0 ? fmt::format("{:.2f}", ratio) : "";
}
std::string error_of(const BenchResult& r) {
  if (!r.max_error) return "";
  return *r.max_error > 0 ? fmt::format("{:.0e}", *r.max_error) : "0";
}
std::string shape_of(const BenchResult& r) {
  if (r.k > 0) return fmt::format("{}x{}x{}", r.m, r.n, r.k);
  return r.n > 0 ? fmt::format("{}x{}", r.m, r.n) : fmt::format("{}", r.m);
}

bool is_product(const BenchResult& r) {
  return r.name == "matmul";
}
bool is_step(const BenchResult& r) {
  return r.name == "step";
}
bool is_sparse(const BenchResult& r) {
  return r.sparsity > 0 && !is_step(r);
}
bool is_memory(const BenchResult& r) {
  return r.gbps > 0 && !is_product(r) && !is_step(r) && !is_sparse(r);
}

io::PageSection peak_section(const Peaks& peaks) {
  io::PageTable table{{"what", "rate"}, 1, {}};
  const auto add = [&](const char* what, double rate, const char* unit) {
    table.rows.push_back({what, rate > 0 ? fmt::format("{:.4g} {}", rate, unit) : "none here"});
  };
  add("f32 multiply-add, 2 operations each", peaks.f32_gflops, "GFLOP/s");
  add("integer dot product of four bytes, 8 operations each", peaks.i8dot_gops, "Gop/s");
  add("xor, bit count and add of 32 bits, 64 operations each", peaks.popcount_gops, "Gop/s");
  add("copying, bytes read and written", peaks.copy_gbps, "GB/s");
  return {"Peaks", "Measured in the same run: the best of several times.", {}, {table}, {}};
}

std::vector<io::PageSection> result_sections(const BenchReport& report) {
  std::vector<io::PageSection> sections;
  using Row = std::vector<std::string>;
  const auto add = [&](const char* title, const char* note, io::PageTable table, const auto& wanted,
                       const std::function<Row(const BenchResult&)>& row) {
    for (const BenchResult& r : report.results) {
      if (wanted(r)) table.rows.push_back(row(r));
    }
    if (!table.rows.empty()) sections.push_back({title, note, {}, {std::move(table)}, {}});
  };
  add("Products", "Gop/s count 2 for each multiply-add. Peak: f32, or popcount for codes.",
      {{"types", "shape", "kernel", "ms", "Gop/s", "of peak", "x naive", "x own f32", "error"},
       3,
       {}},
      is_product, [](const BenchResult& r) {
        return Row{r.types,           shape_of(r),     r.variant,
                   number(r.ms, 3),   number(r.gops),  percent(r.share_of_peak),
                   times(r.vs_naive), times(r.vs_f32), error_of(r)};
      });
  add("Kernels that are bound by memory",
      "Bytes that must move at least, against the rate of copying.",
      {{"what", "types", "shape", "kernel", "ms", "GB/s", "of copying", "error"}, 4, {}}, is_memory,
      [](const BenchResult& r) {
        return Row{r.name,
                   r.types,
                   shape_of(r),
                   r.variant,
                   number(r.ms, 3),
                   number(r.gbps, 2),
                   percent(r.share_of_peak),
                   error_of(r)};
      });
  add("Sparse products",
      "Gop/s count zeros too; peak: of f32, zeros not counted. The last rows are what a moving "
      "pattern costs.",
      {{"what", "format", "shape", "kernel", "zeros", "ms", "Gop/s", "of peak", "x dense f32",
        "error"},
       4,
       {}},
      is_sparse, [](const BenchResult& r) {
        return Row{r.name,
                   r.types,
                   shape_of(r),
                   r.variant,
                   percent(r.sparsity),
                   number(r.ms, 3),
                   number(r.gops),
                   percent(r.share_of_peak),
                   times(r.vs_f32),
                   error_of(r)};
      });
  add("Training steps", "Forward, backward and update; Gop/s of their products.",
      {{"arm", "how", "zeros", "batch", "ms", "Gop/s", "x own f32", "error"}, 2, {}}, is_step,
      [](const BenchResult& r) {
        return Row{r.types,         r.variant,      percent(r.sparsity), shape_of(r),
                   number(r.ms, 2), number(r.gops), times(r.vs_f32),     error_of(r)};
      });
  return sections;
}

std::string label_of(const BenchResult& r) {
  if (is_product(r)) return r.types;
  if (is_sparse(r)) return fmt::format("{} {:.1f}% 0", r.name, 100 * r.sparsity);
  return r.name;
}

// Of the sparse sweep the dots would cover each other: two densities of the plainest format.
bool plotted(const BenchResult& r) {
  if (!is_sparse(r)) return !is_step(r);
  const auto near = [&](double zeros) { return std::abs(r.sparsity - zeros) < 0.003; };
  return r.types == "rows f32" && (near(0.85) || near(0.98));
}

io::PageFigure roofline_of(const BenchReport& report, bool codes) {
  Roofline roofline;
  const Peaks& peaks = report.peaks;
  roofline.title = fmt::format("{} on {}", codes ? "Products of codes" : "f32 kernels",
                               report.device.substr(0, report.device.find(" (")));
  roofline.gbps = peaks.copy_gbps;
  if (codes) {
    roofline.ceilings = {{"popcount", peaks.popcount_gops}, {"integer dot", peaks.i8dot_gops}};
    roofline.groups = {"bits by bits", "wider codes"};
  } else {
    roofline.ceilings = {{"f32 multiply-add", peaks.f32_gflops}};
    roofline.groups = {"dense products", "sparse products, zeros not counted", "bound by memory"};
  }
  for (const BenchResult& r : report.results) {
    const bool of_codes = is_product(r) && r.types != "f32,f32";
    if (of_codes != codes || !plotted(r)) continue;
    int group = is_product(r) ? 0 : is_sparse(r) ? 1 : 2;
    if (codes) group = r.variant.starts_with("matmul_bits") ? 0 : 1;
    roofline.kernels.push_back(
        {label_of(r), r.operations_per_byte, is_sparse(r) ? r.gops_nonzero : r.gops, group});
  }
  return {codes ? "roofline-codes.svg" : "roofline-f32.svg",
          codes ? "Products of codes against their roofs" : "f32 kernels against their roof",
          roofline.kernels.empty() ? "" : roofline_svg(roofline)};
}

// How many times as fast as dense over the share of zeros.
io::PageFigure sweep_of(const BenchReport& report) {
  io::Panel panel{"Sparse products of equal rows against dense f32",
                  "zeros, %",
                  "times as fast as dense",
                  false,
                  true,
                  {}};
  for (const BenchResult& r : report.results) {
    if (!is_sparse(r) || r.types != "rows f32" || r.vs_f32 <= 0) continue;
    auto series = std::ranges::find(panel.series, r.name, &io::Series::name);
    if (series == panel.series.end()) {
      panel.series.push_back({r.name, {}, {}, false, false});
      series = panel.series.end() - 1;
    }
    series->x.push_back(100 * r.sparsity);
    series->y.push_back(r.vs_f32);
  }
  if (panel.series.empty()) return {};
  const io::Series& first = panel.series.front();
  panel.series.push_back({"dense f32", {first.x.front(), first.x.back()}, {1, 1}, true, false});
  return {"sparse.svg", "Sparse against dense",
          io::render_svg({&panel, 1}, {.title = "", .panel_width = 720, .panel_height = 380})};
}

io::PageSection target_section(const BenchReport& report) {
  io::PageTable table{{"what", "against", "measured", "asked", "met"}, 2, {}};
  for (const BenchTarget& target : report.targets) {
    const bool asks = target.asked > 0;
    table.rows.push_back({target.what, target.against, target.text(target.measured),
                          asks ? target.text(target.asked) : "",
                          !asks          ? ""
                          : target.met() ? "yes"
                                         : "no"});
  }
  return {"Targets",
          "What is asked of the kernels. Rows without it stand beside those above them.",
          {},
          {table},
          {}};
}

io::PageSection plot_section(const BenchReport& report, const std::string& text) {
  std::vector<io::PageFigure> plots{roofline_of(report, false), roofline_of(report, true),
                                    sweep_of(report)};
  std::erase_if(plots, [](const io::PageFigure& plot) { return plot.svg.empty(); });
  return {"Against what bounds them", text, std::move(plots), {}, {}};
}

std::string crossover_text(const BenchReport& report) {
  std::string text;
  for (const auto& [name, zeros] : report.crossover) {
    text += crossover_name(name);
    text += zeros < 1 ? fmt::format(" is faster than the dense product from {:.1f} % zeros. ",
                                    100 * zeros)
                      : " is never faster than the dense product. ";
  }
  return text;
}

constexpr const char* how_to_read =
    "Results were compared with a reference before they were timed: products and others with "
    "double precision on sampled elements, steps with the losses of the same step in plain f32 "
    "kernels, steps that skip zeros with those of the step that multiplies them; the error is "
    "relative to the largest value, and empty where nothing was compared. Times are medians on "
    "device timestamps. Compare within one run only: the peaks and the "
    "kernels met the same machine.";

}  // namespace

std::string crossover_name(const std::string& product) {
  return product.find(" in blocks") == std::string::npos ? product + " of equal rows" : product;
}

void write_report(const std::string& folder, const BenchReport& report) {
  io::Page page{
      fmt::format("Ridgeback bench: {}", report.device),
      fmt::format("Driver {}. Made by `{}`.\n\n{}", report.driver, report.command, how_to_read),
      {peak_section(report.peaks)}};
  if (!report.targets.empty()) page.sections.push_back(target_section(report));
  page.sections.push_back(plot_section(report, crossover_text(report)));
  std::ranges::move(result_sections(report), std::back_inserter(page.sections));
  io::write_page(folder, page);
}

}  // namespace ridgeback::cli
