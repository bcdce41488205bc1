// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/text.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fstream>
#include <utility>
#include <vector>

namespace ridgeback::data {
namespace {

namespace fs = std::filesystem;

struct TextFile {
  fs::path path;
  std::string text;
};

std::vector<fs::path> text_files(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const bool hidden = it->path().filename().string().starts_with('.');
    if (!hidden && it->path().extension() == ".txt" && it->is_regular_file(ignored))
      paths.push_back(it->path());
  }
  if (error) throw FileError(folder.string(), fmt::format("cannot list: {}", error.message()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Reads a file of at most `left` bytes, which become fewer.
TextFile read(const fs::path& path, std::int64_t& left) {
  std::error_code error;
  const auto size = static_cast<std::int64_t>(fs::file_size(path, error));
  if (error) throw FileError(path.string(), error.message());
  if (size > left) {
    throw FormatError(path.string(),
                      fmt::format("too large (got {} bytes, expected at most {})", size, left));
  }
  left -= size;
  TextFile file{path, std::string(static_cast<std::size_t>(size), '\0')};
  std::ifstream stream(path, std::ios::binary);
  stream.read(file.text.data(), static_cast<std::streamsize>(size));
  if (!stream) throw FileError(path.string(), "cannot be read");
  return file;
}

const TextFile* named(const std::vector<TextFile>& files,
                      std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = std::find_if(files.begin(), files.end(),
                                    [&](const TextFile& f) { return f.path.filename() == name; });
    if (found != files.end()) return &*found;
  }
  return nullptr;
}

Vocabulary vocabulary_of(const std::vector<TextFile>& files, const TextOptions& options,
                         const std::string& name) {
  if (options.vocabulary) return *options.vocabulary;
  if (options.tokens == Vocabulary::Kind::bytes) return Vocabulary::bytes();
  // File by file, so that a message names the one that is no text.
  std::string all;
  for (const TextFile& file : files) {
    if (file.text.empty()) continue;
    const Vocabulary own = Vocabulary::characters_of(file.text, file.path.string());
    for (const std::string& character : own.names()) all += character;
  }
  return Vocabulary::characters_of(all, name);
}

std::vector<std::uint32_t> encode(const Vocabulary& vocabulary, const TextFile& file) {
  return vocabulary.encode(file.text, file.path.string());
}

}  // namespace

bool is_text(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return true;
  return fs::is_directory(path, ignored) && !text_files(path).empty();
}

Dataset text_dataset(std::string name, const Vocabulary& vocabulary, std::int64_t context,
                     std::vector<std::uint32_t> train, std::vector<std::uint32_t> test) {
  require(context >= 1 && context <= max_context,
          fmt::format("{}: context out of range (got {}, expected 1 to {})", name, context,
                      max_context));
  for (const auto& [split, tokens] : {std::pair{"training", &train}, std::pair{"test", &test}}) {
    require(static_cast<std::int64_t>(tokens->size()) > context,
            fmt::format("{}: too short for a context of {} (got {} {} tokens, expected at least "
                        "{})",
                        name, context, tokens->size(), split, context + 1));
  }
  Dataset dataset;
  dataset.name = std::move(name);
  dataset.sample_shape = Shape{context};
  dataset.classes = vocabulary.size();
  dataset.class_names = vocabulary.names();
  dataset.tokens = vocabulary.kind_text();
  dataset.train.context = dataset.test.context = context;
  dataset.train.tokens = std::move(train);
  dataset.test.tokens = std::move(test);
  return dataset;
}

Dataset open_text(const fs::path& path, const TextOptions& options) {
  std::error_code ignored;
  std::int64_t left = options.max_bytes;
  std::vector<TextFile> files;
  if (fs::is_directory(path, ignored)) {
    for (const fs::path& file : text_files(path)) files.push_back(read(file, left));
    if (files.empty()) throw FileError(path.string(), "holds no *.txt file");
  } else {
    files.push_back(read(path, left));
  }
  const std::string name = path.filename().string();
  const Vocabulary vocabulary = vocabulary_of(files, options, path.string());
  const TextFile* train = named(files, {"train.txt"});
  const TextFile* test = named(files, {"val.txt", "valid.txt", "validation.txt", "test.txt"});
  if (train != nullptr && test != nullptr) {
    return text_dataset(name, vocabulary, options.context, encode(vocabulary, *train),
                        encode(vocabulary, *test));
  }
  std::vector<std::uint32_t> tokens;
  for (const TextFile& file : files) {
    const std::vector<std::uint32_t> own = encode(vocabulary, file);
    tokens.insert(tokens.end(), own.begin(), own.end());
  }
  const auto cut = tokens.begin() + static_cast<std::ptrdiff_t>(tokens.size() / 10 * 9 +
                                                                tokens.size() % 10 * 9 / 10);
  std::vector<std::uint32_t> tail(cut, tokens.end());
  tokens.erase(cut, tokens.end());
  return text_dataset(name, vocabulary, options.context, std::move(tokens), std::move(tail));
}

}  // namespace ridgeback::data
