// SPDX-License-Identifier: Apache-2.0
// A report of headings, paragraphs, tables and plots, as one HTML page and as Markdown.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::io {

/// Cells as text. Every row is as long as the header. The first `words` columns hold words and
/// stand left, the others hold numbers and stand right.
struct PageTable {
  std::vector<std::string> header;
  std::size_t words = 1;
  std::vector<std::vector<std::string>> rows;
};

struct PageFigure {
  std::string file;   ///< its name beside the pages: "roofline.svg"
  std::string title;  ///< what Markdown says in its place
  std::string svg;    ///< the document
};

/// Shown in the order of the members.
struct PageSection {
  std::string title;
  std::string text;  ///< a paragraph; an empty line begins the next
  std::vector<PageFigure> figures;
  std::vector<PageTable> tables;
  /// Commands to run, one a line, behind a fold.
  std::vector<std::string> commands;
};

struct Page {
  std::string title;
  std::string text;
  std::vector<PageSection> sections;
};

/// The page as an HTML document, complete in itself. Text between ` is set as code. Throws
/// InvalidArgument for a row that is not as long as the header.
[[nodiscard]] std::string html_page(const Page& page);

/// The page as Markdown; figures are links to their files.
[[nodiscard]] std::string markdown_page(const Page& page);

/// Writes index.html, report.md and every figure into `folder`, which is made. Throws FileError.
void write_page(const std::filesystem::path& folder, const Page& page);

/// Text for XML and HTML.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace ridgeback::io
