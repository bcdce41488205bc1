// SPDX-License-Identifier: Apache-2.0
// Tables of the pages that programs write as report.md.
#pragma once

#include <sstream>
#include <string>
#include <vector>

namespace ridgeback::cli_test {

/// The cells between the bars of each line, without the spaces around them; none for a line that is
/// no row of a table.
inline std::vector<std::vector<std::string>> page_rows(const std::string& page) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& cells = rows.emplace_back();
    for (std::size_t at = line.find('|'), next = 0; at != std::string::npos; at = next) {
      next = line.find('|', at + 1);
      if (next == std::string::npos) break;
      std::string cell = line.substr(at + 1, next - at - 1);
      cell.erase(0, cell.find_first_not_of(' '));
      cell.erase(cell.find_last_not_of(' ') + 1);
      cells.push_back(cell);
    }
  }
  return rows;
}

}  // namespace ridgeback::cli_test
