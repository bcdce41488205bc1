// SPDX-License-Identifier: Apache-2.0
// The repository's own files, for tests that read them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ridgeback::rules {

[[nodiscard]] std::filesystem::path root();

/// Files below root() / `folder` with one of `endings`, as paths from the root, sorted.
[[nodiscard]] std::vector<std::string> files_in(const std::string& folder,
                                                const std::vector<std::string>& endings);

/// Files that git tracks, as paths from the root; empty where this is no checkout.
[[nodiscard]] std::vector<std::string> tracked_files();

[[nodiscard]] std::string text_of(const std::string& file);
[[nodiscard]] std::vector<std::string> lines_of(const std::string& file);

}  // namespace ridgeback::rules
