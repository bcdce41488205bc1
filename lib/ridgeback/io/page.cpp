// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/page.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/file.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <system_error>

namespace ridgeback::io {
namespace {

constexpr const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;color:#212529;background:#fff;max-width:1040px;"
    "margin:2em auto;padding:0 1em}h1{font-size:1.6em}h2{font-size:1.2em;margin:2em 0 0}"
    "p{margin:.3em 0 .8em;color:#495057}table{border-collapse:collapse;font-size:13.5px;"
    "font-variant-numeric:tabular-nums;margin:.4em 0 1em}th,td{padding:3px 10px;text-align:left;"
    "border-bottom:1px solid #dee2e6}th{background:#f1f3f5}.n{text-align:right}"
    "tr:nth-child(odd) td{background:#fafbfc}svg{max-width:100%;height:auto}div{overflow-x:auto}"
    "pre{font-size:12.5px;background:#f8f9fa;padding:.6em;overflow-x:auto}"
    "code{background:#f1f3f5;padding:0 .25em}summary{cursor:pointer;color:#495057}";

std::vector<std::string_view> paragraphs(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find("\n\n");
    if (end != 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return parts;
}

// `code` becomes <code>; a last ` without partner stays as it is.
std::string html_text(std::string_view text) {
  std::string html;
  while (true) {
    const std::size_t begin = text.find('`');
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('`', begin + 1);
    if (end == std::string_view::npos) return html + escaped(text);
    html += fmt::format("{}<code>{}</code>", escaped(text.substr(0, begin)),
                        escaped(text.substr(begin + 1, end - begin - 1)));
    text.remove_prefix(end + 1);
  }
}

std::string html_paragraphs(std::string_view text) {
  std::string html;
  for (const std::string_view part : paragraphs(text))
    html += fmt::format("<p>{}</p>\n", html_text(part));
  return html;
}

void check(const PageTable& table) {
  for (const auto& row : table.rows) {
    require(row.size() == table.header.size(),
            fmt::format("page: a row must be as long as the header (got {} cells, expected {})",
                        row.size(), table.header.size()));
  }
}

std::string html_table(const PageTable& table) {
  check(table);
  std::string html = "<div><table>\n";
  const auto add_row = [&](const char* tag, const std::vector<std::string>& row) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += fmt::format("<{0}{1}>{2}</{0}>", tag, i < table.words ? "" : " class=\"n\"",
                          html_text(row[i]));
    }
    html += "</tr>\n";
  };
  add_row("th", table.header);
  for (const auto& row : table.rows) add_row("td", row);
  return html + "</table></div>\n";
}

std::string html_section(const PageSection& section) {
  std::string html = fmt::format("<h2>{}</h2>\n", html_text(section.title));
  html += html_paragraphs(section.text);
  for (const PageFigure& figure : section.figures)
    html += fmt::format("<div>{}</div>\n", figure.svg);
  for (const PageTable& table : section.tables) html += html_table(table);
  if (section.commands.empty()) return html;
  html += "<details><summary>Commands</summary><pre>";
  for (const std::string& command : section.commands) html += escaped(command) + "\n";
  return html + "</pre></details>\n";
}

// A cell must not end the cell or the row.
std::string markdown_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c == '\n' ? ' ' : c;
  }
  return cell;
}

std::string markdown_table(const PageTable& table) {
  check(table);
  std::string text;
  const auto add_row = [&](const std::vector<std::string>& row) {
    text += '|';
    for (const std::string& cell : row) text += fmt::format(" {} |", markdown_cell(cell));
    text += '\n';
  };
  add_row(table.header);
  std::vector<std::string> rule(table.header.size(), "---:");
  std::fill_n(rule.begin(), std::min(table.words, rule.size()), "---");
  add_row(rule);
  for (const auto& row : table.rows) add_row(row);
  return text + "\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string html_page(const Page& page) {
  std::string html = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n<style>{1}</style>\n"
      "</head>\n<body>\n<h1>{0}</h1>\n",
      escaped(page.title), style);
  html += html_paragraphs(page.text);
  for (const PageSection& section : page.sections) html += html_section(section);
  return html + "</body>\n</html>\n";
}

std::string markdown_page(const Page& page) {
  std::string text = fmt::format("# {}\n\n", page.title);
  if (!page.text.empty()) text += page.text + "\n\n";
  for (const PageSection& section : page.sections) {
    text += fmt::format("## {}\n\n", section.title);
    if (!section.text.empty()) text += section.text + "\n\n";
    for (const PageFigure& figure : section.figures)
      text += fmt::format("![{}]({})\n\n", figure.title, figure.file);
    for (const PageTable& table : section.tables) text += markdown_table(table);
    if (!section.commands.empty())
      text += fmt::format("```\n{}\n```\n\n", fmt::join(section.commands, "\n"));
  }
  return text;
}

void write_page(const std::filesystem::path& folder, const Page& page) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) throw FileError(folder.string(), "cannot be made: " + problem.message());
  for (const PageSection& section : page.sections) {
    for (const PageFigure& figure : section.figures)
      write_atomically(folder / figure.file, figure.svg);
  }
  write_atomically(folder / "index.html", html_page(page));
  write_atomically(folder / "report.md", markdown_page(page));
}

}  // namespace ridgeback::io
