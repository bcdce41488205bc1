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

const fs::path* named(const std::vector<fs::path>& paths,
                      std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = std::find_if(paths.begin(), paths.end(),
                                    [&](const fs::path& path) { return path.filename() == name; });
    if (found != paths.end()) return &*found;
  }
  return nullptr;
}

// What a folder's or a file's path stands for.
struct Sources {
  std::vector<fs::path> paths;
  bool split = false;  // the first is for training, the second the test split; there is no third
};

Sources sources_of(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return {{path}};
  const std::vector<fs::path> paths = text_files(path);
  if (paths.empty()) throw FileError(path.string(), "holds no *.txt file");
  const fs::path* train = named(paths, {"train.txt"});
  const fs::path* test = named(paths, {"val.txt", "valid.txt", "validation.txt", "test.txt"});
  if (train == nullptr || test == nullptr) return {paths};
  return {{*train, *test}, true};
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
  const Sources sources = sources_of(path);
  std::int64_t left = options.max_bytes;
  std::vector<TextFile> files;
  for (const fs::path& file : sources.paths) files.push_back(read(file, left));
  const std::string name = path.filename().string();
  const Vocabulary vocabulary = vocabulary_of(files, options, path.string());
  if (sources.split) {
    return text_dataset(name, vocabulary, options.context, encode(vocabulary, files[0]),
                        encode(vocabulary, files[1]));
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
