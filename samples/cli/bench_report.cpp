// SPDX-License-Identifier: Apache-2.0
#include "bench_report.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/file.hpp"
#include "ridgeback/io/svg_plot.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <functional>

#include "roofline.hpp"

namespace ridgeback::cli {
namespace {

// Rows of text under a heading, for both kinds of page. Every column after `words` holds numbers.
struct Table {
  std::string title;
  std::string note;
  std::vector<std::string> header;
  std::size_t words = 1;
  std::vector<std::vector<std::string>> rows;
};

struct Plot {
  std::string file;  // without folder
  std::string title;
  std::string svg;
};

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
  return r.max_error > 0 ? fmt::format("{:.0e}", r.max_error) : "0";
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

Table peak_table(const Peaks& peaks) {
  Table table{
      "Peaks", "Measured in the same run: the best of several times.", {"what", "rate"}, 1, {}};
  const auto add = [&](const char* what, double rate, const char* unit) {
    table.rows.push_back({what, rate > 0 ? fmt::format("{:.4g} {}", rate, unit) : "none here"});
  };
  add("f32 multiply-add, 2 operations each", peaks.f32_gflops, "GFLOP/s");
  add("integer dot product of four bytes, 8 operations each", peaks.i8dot_gops, "Gop/s");
  add("xor, bit count and add of 32 bits, 64 operations each", peaks.popcount_gops, "Gop/s");
  add("copying, bytes read and written", peaks.copy_gbps, "GB/s");
  return table;
}

std::vector<Table> tables_of(const BenchReport& report) {
  std::vector<Table> tables{peak_table(report.peaks)};
  using Row = std::vector<std::string>;
  const auto add = [&](Table table, const auto& wanted,
                       const std::function<Row(const BenchResult&)>& row) {
    for (const BenchResult& r : report.results) {
      if (wanted(r)) table.rows.push_back(row(r));
    }
    if (!table.rows.empty()) tables.push_back(std::move(table));
  };
  add({"Products",
       "Gop/s count 2 for each multiply-add. Peak: f32, or popcount for codes.",
       {"types", "shape", "kernel", "ms", "Gop/s", "of peak", "x naive", "x own f32", "error"},
       3,
       {}},
      is_product, [](const BenchResult& r) {
        return Row{r.types,           shape_of(r),     r.variant,
                   number(r.ms, 3),   number(r.gops),  percent(r.share_of_peak),
                   times(r.vs_naive), times(r.vs_f32), error_of(r)};
      });
  add({"Kernels that are bound by memory",
       "Bytes that must move at least, against the rate of copying.",
       {"what", "types", "shape", "kernel", "ms", "GB/s", "of copying", "error"},
       4,
       {}},
      is_memory, [](const BenchResult& r) {
        return Row{r.name,
                   r.types,
                   shape_of(r),
                   r.variant,
                   number(r.ms, 3),
                   number(r.gbps, 2),
                   percent(r.share_of_peak),
                   error_of(r)};
      });
  add({"Sparse products",
       "Gop/s count zeros too; peak: of f32, zeros not counted. The last rows are what a moving "
       "pattern costs.",
       {"what", "format", "shape", "kernel", "zeros", "ms", "Gop/s", "of peak", "x dense f32",
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
  add({"Training steps",
       "Forward, backward and update; Gop/s of their products.",
       {"arm", "batch", "ms", "Gop/s", "x own f32", "error"},
       1,
       {}},
      is_step, [](const BenchResult& r) {
        return Row{r.types,        shape_of(r),     number(r.ms, 2),
                   number(r.gops), times(r.vs_f32), error_of(r)};
      });
  return tables;
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

Plot roofline_of(const BenchReport& report, bool codes) {
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
Plot sweep_of(const BenchReport& report) {
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

std::vector<Plot> plots_of(const BenchReport& report) {
  std::vector<Plot> plots{roofline_of(report, false), roofline_of(report, true), sweep_of(report)};
  std::erase_if(plots, [](const Plot& plot) { return plot.svg.empty(); });
  return plots;
}

std::string crossover_text(const BenchReport& report) {
  std::string text;
  for (const auto& [name, zeros] : report.crossover) {
    text += zeros < 1
                ? fmt::format(
                      "{} of equal rows is faster than the dense product from {:.1f} % "
                      "zeros. ",
                      name, 100 * zeros)
                : fmt::format("{} of equal rows is never faster than the dense product. ", name);
  }
  return text;
}

constexpr const char* how_to_read =
    "Every result was compared with a reference (double precision on sampled elements; steps: the "
    "same step in plain f32 kernels) before it was timed; the error is relative to the largest "
    "value. Times are medians on device timestamps. Compare within one run only: the peaks and the "
    "kernels met the same machine.";

std::string html_table(const Table& table) {
  std::string html = fmt::format("<h2>{}</h2>\n<p>{}</p>\n<table>\n<tr>", escaped(table.title),
                                 escaped(table.note));
  const auto cell = [&](const char* tag, std::size_t column, const std::string& content) {
    html += fmt::format("<{0}{1}>{2}</{0}>", tag, column < table.words ? "" : " class=\"n\"",
                        escaped(content));
  };
  for (std::size_t i = 0; i < table.header.size(); ++i) cell("th", i, table.header[i]);
  html += "</tr>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) cell("td", i, row[i]);
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

std::string markdown_table(const Table& table) {
  std::string text = fmt::format("## {}\n\n{}\n\n", table.title, table.note);
  const auto add = [&](const std::vector<std::string>& row) {
    text += fmt::format("| {} |\n", fmt::join(row, " | "));
  };
  add(table.header);
  std::vector<std::string> rule(table.header.size(), "---:");
  std::fill_n(rule.begin(), table.words, "---");
  add(rule);
  for (const auto& row : table.rows) add(row);
  return text + "\n";
}

constexpr const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;color:#212529;background:#fff;max-width:1040px;"
    "margin:2em auto;padding:0 1em}h1{font-size:1.6em}h2{font-size:1.2em;margin:2em 0 0}"
    "p{margin:.3em 0 .8em;color:#495057}table{border-collapse:collapse;font-size:13.5px;"
    "font-variant-numeric:tabular-nums}th,td{padding:3px 10px;text-align:left;"
    "border-bottom:1px solid #dee2e6}th{background:#f1f3f5}.n{text-align:right}"
    "tr:nth-child(odd) td{background:#fafbfc}svg{max-width:100%;height:auto}div{overflow-x:auto}";

std::string html_page(const BenchReport& report, const std::vector<Table>& tables,
                      const std::vector<Plot>& plots) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "name=\"viewport\" content=\"width=device-width\">\n<title>Ridgeback bench: {0}</title>\n"
      "<style>{1}</style>\n</head>\n<body>\n<h1>Ridgeback bench: {0}</h1>\n<p>Driver {2}. Made by "
      "<code>{3}</code>.</p>\n<p>{4}</p>\n",
      escaped(report.device), style, escaped(report.driver), escaped(report.command), how_to_read);
  html += html_table(tables.front());
  for (const Plot& plot : plots)
    html += fmt::format("<h2>{}</h2>\n<div>{}</div>\n", escaped(plot.title), plot.svg);
  html += fmt::format("<p>{}</p>\n", escaped(crossover_text(report)));
  for (std::size_t i = 1; i < tables.size(); ++i)
    html += fmt::format("<div>{}</div>\n", html_table(tables[i]));
  return html + "</body>\n</html>\n";
}

std::string markdown_page(const BenchReport& report, const std::vector<Table>& tables,
                          const std::vector<Plot>& plots) {
  std::string text = fmt::format("# Ridgeback bench: {}\n\nDriver {}. Made by `{}`.\n\n{}\n\n",
                                 report.device, report.driver, report.command, how_to_read);
  for (const Table& table : tables) text += markdown_table(table);
  if (!report.crossover.empty()) text += crossover_text(report) + "\n\n";
  for (const Plot& plot : plots) text += fmt::format("![{}]({})\n\n", plot.title, plot.file);
  return text;
}

}  // namespace

void write_report(const std::string& folder, const BenchReport& report) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw FileError(folder, "cannot be made: " + problem.message());
  const std::filesystem::path to(folder);
  const std::vector<Table> tables = tables_of(report);
  const std::vector<Plot> plots = plots_of(report);
  for (const Plot& plot : plots) io::write_atomically(to / plot.file, plot.svg);
  io::write_atomically(to / "index.html", html_page(report, tables, plots));
  io::write_atomically(to / "report.md", markdown_page(report, tables, plots));
}

}  // namespace ridgeback::cli
