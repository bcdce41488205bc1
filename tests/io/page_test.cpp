// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/page.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/file.hpp"

#include <filesystem>
#include <gtest/gtest.h>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::io {
namespace {

using test::has_text;

Page small_page() {
  PageSection section{"A & B",
                      "Made by `x < y`.\n\nSecond.",
                      {{"f.svg", "a plot", "<svg></svg>"}},
                      {{{"name", "value"}, 1, {{"a|b", "1"}, {"c", "<2>"}}}},
                      {"run --this", "run --that"}};
  return {"Title <1>", "One.", {section}};
}

class PageFiles : public test::TemporaryFolder {};

TEST(Page, HtmlHoldsEverythingEscaped) {
  const std::string html = html_page(small_page());
  EXPECT_TRUE(has_text(
      html,
      {"<h1>Title &lt;1&gt;</h1>", "<h2>A &amp; B</h2>", "<p>Made by <code>x &lt; y</code>.</p>",
       "<p>Second.</p>", "<svg></svg>", "<th>name</th><th class=\"n\">value</th>",
       "<td>c</td><td class=\"n\">&lt;2&gt;</td>", "run --this\nrun --that"}));
}

TEST(Page, MarkdownHoldsEverything) {
  const std::string text = markdown_page(small_page());
  EXPECT_TRUE(has_text(text, {"# Title <1>\n", "## A & B\n", "| name | value |\n| --- | ---: |\n",
                              "| a\\|b | 1 |\n", "![a plot](f.svg)", "```\nrun --this\n"}));
}

TEST(Page, ACodeMarkWithoutPartnerStays) {
  EXPECT_TRUE(has_text(html_page({"t", "a ` b", {}}), {"<p>a ` b</p>"}));
}

TEST(Page, ARowOfAnotherLengthIsAnError) {
  Page page = small_page();
  page.sections[0].tables[0].rows.push_back({"alone"});
  EXPECT_THROW(static_cast<void>(html_page(page)), InvalidArgument);
  EXPECT_THROW(static_cast<void>(markdown_page(page)), InvalidArgument);
}

TEST_F(PageFiles, WritesPagesAndFigures) {
  write_page(folder() / "new", small_page());
  for (const char* name : {"index.html", "report.md", "f.svg"})
    EXPECT_TRUE(std::filesystem::exists(folder() / "new" / name)) << name;
  EXPECT_EQ(read_text(folder() / "new" / "f.svg", 100), "<svg></svg>");
}

TEST_F(PageFiles, AFolderThatCannotBeMadeIsNamed) {
  write_atomically(folder() / "file", "x");
  EXPECT_THROW(write_page(folder() / "file" / "x", small_page()), FileError);
}

}  // namespace
}  // namespace ridgeback::io
