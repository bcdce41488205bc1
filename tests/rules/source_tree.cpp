// SPDX-License-Identifier: Apache-2.0
#include "rules/source_tree.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace ridgeback::rules {
namespace fs = std::filesystem;

fs::path root() {
  return RIDGEBACK_SOURCE_DIR;
}

std::vector<std::string> files_in(const std::string& folder,
                                  const std::vector<std::string>& endings) {
  std::vector<std::string> files;
  if (!fs::exists(root() / folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
    const std::string ending = entry.path().extension().string();
    const bool wanted = std::find(endings.begin(), endings.end(), ending) != endings.end();
    if (entry.is_regular_file() && wanted) {
      files.push_back(fs::relative(entry.path(), root()).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> tracked_files() {
  std::vector<std::string> files;
  const std::string command =
      "git -C '" + root().string() + "' ls-files --cached --others --exclude-standard 2>/dev/null";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return files;
  std::string line;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    if (c == '\n') {
      if (fs::is_regular_file(root() / line)) files.push_back(line);
      line.clear();
    } else {
      line.push_back(static_cast<char>(c));
    }
  }
  pclose(pipe);
  return files;
}

std::string text_of(const std::string& file) {
  std::ifstream stream(root() / file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream stream(root() / file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace ridgeback::rules
