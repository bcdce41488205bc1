// SPDX-License-Identifier: Apache-2.0
// Text files as a data set of windows of tokens, for language models.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/data/vocabulary.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace ridgeback::data {

struct TextOptions {
  std::int64_t context = 64;  ///< tokens of a window
  Vocabulary::Kind tokens = Vocabulary::Kind::characters;
  /// Of a model to evaluate: in place of `tokens` and of the text's own characters.
  std::optional<Vocabulary> vocabulary;
  std::int64_t max_bytes = std::int64_t{1} << 30;  ///< of all files together
};

/// Whether open_text() takes it: a regular file, or a folder with *.txt files.
[[nodiscard]] bool is_text(const std::filesystem::path& path);

/// A text file, or a folder of *.txt files, which are read in the order of their names. The first
/// nine tenths of the tokens are for training, the rest is the test split; a folder with train.txt
/// and one of val.txt, valid.txt, validation.txt or test.txt has them as its splits instead, and
/// its other files are not read. The data set's classes are the tokens. Throws FileError or
/// FormatError naming the file, and InvalidArgument for a split without a window (context + 1
/// tokens).
[[nodiscard]] Dataset open_text(const std::filesystem::path& path, const TextOptions& options);

/// Tokens as a data set whose test split holds `test`; names are the vocabulary's.
[[nodiscard]] Dataset text_dataset(std::string name, const Vocabulary& vocabulary,
                                   std::int64_t context, std::vector<std::uint32_t> train,
                                   std::vector<std::uint32_t> test);

}  // namespace ridgeback::data
