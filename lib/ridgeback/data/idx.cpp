// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/idx.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <map>
#include <optional>
#include <regex>
#include <set>

namespace ridgeback::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block_bytes = std::size_t{1} << 20;

enum class Part { train_images, train_labels, test_images, test_labels };

// What the name of a file says it is; nothing for foreign files.
struct PartName {
  std::string prefix;
  Part part;
  bool compressed;
};

std::optional<PartName> parse_name(const std::string& name) {
  static const std::regex pattern(
      R"((?:(.+)-)?(train|t10k|test)-(images|labels)[-.]idx([134])-ubyte(\.gz)?)");
  std::smatch match;
  if (!std::regex_match(name, match, pattern)) return std::nullopt;
  const bool labels = match[3] == "labels";
  if (labels != (match[4] == "1")) return std::nullopt;
  const Part part = match[2] == "train" ? (labels ? Part::train_labels : Part::train_images)
                                        : (labels ? Part::test_labels : Part::test_images);
  return PartName{match[1], part, match[5].matched};
}

// prefix -> part -> file
using Found = std::map<std::string, std::map<Part, fs::path>>;

Found find_parts(const fs::path& folder) {
  std::error_code error;
  std::set<fs::path> sorted;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) sorted.insert(it->path());
  }
  if (error) throw FileError(folder.string(), error.message());
  Found found;
  for (const fs::path& path : sorted) {
    const std::string name = path.filename().string();
    if (name.size() > 255) continue;
    const std::optional<PartName> parsed = parse_name(name);
    if (!parsed) continue;
    // Of several files for one part a plain one wins; names sort plain before ".gz".
    found[parsed->prefix].try_emplace(parsed->part, path);
  }
  return found;
}

// The entry of `found` to read; an empty one where there is none.
Found::value_type choose(const Found& found, const fs::path& folder, const std::string& prefix) {
  const auto exact = found.find(prefix);
  if (exact != found.end()) return *exact;
  if (prefix.empty() && found.size() == 1) return *found.begin();
  if (prefix.empty() && found.size() > 1) {
    std::vector<std::string> choices;
    for (const auto& [name, parts] : found) choices.push_back((folder / name).string());
    throw InvalidArgument(fmt::format("{}: holds several IDX data sets; name one of: {}",
                                      folder.string(), fmt::join(choices, ", ")));
  }
  return {prefix, {}};
}

const fs::path& require_part(const std::map<Part, fs::path>& parts, Part part,
                             const fs::path& folder, const std::string& prefix) {
  const auto it = parts.find(part);
  if (it != parts.end()) return it->second;
  static constexpr std::array<const char*, 4> names{
      "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte"};
  const std::string base =
      (prefix.empty() ? "" : prefix + "-") + names[static_cast<std::size_t>(part)];
  std::string other = base;
  other[other.find("-idx")] = '.';
  throw FileError(folder.string(), fmt::format("an IDX file is missing (looked for {0}, {0}.gz, "
                                               "{1}, {1}.gz)",
                                               base, other));
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

// The four bytes at the stream's position.
std::uint32_t read_word(ByteStream& stream) {
  std::array<std::uint8_t, 4> bytes{};
  const std::uint64_t start = stream.offset();
  const std::size_t got = stream.read(bytes);
  if (got < 4 && start == 0 && got == 0) throw FormatError(stream.name(), 0, "the file is empty");
  if (got < 4) throw FormatError(stream.name(), start + got, "the IDX header is truncated");
  return big_endian(bytes);
}

std::vector<std::int64_t> read_extents(ByteStream& stream) {
  const std::uint32_t magic = read_word(stream);
  if (magic >> 16 != 0) {
    throw FormatError(stream.name(), 0,
                      fmt::format("not an IDX file (magic {:#010x}, expected 0x000008..)", magic));
  }
  if ((magic >> 8 & 255) != 8) {
    throw FormatError(stream.name(), 2,
                      fmt::format("IDX element type is not unsigned byte (got {:#04x}, expected "
                                  "0x08)",
                                  magic >> 8 & 255));
  }
  const std::uint32_t rank = magic & 255;
  if (rank < 1 || rank > 4) {
    throw FormatError(stream.name(), 3,
                      fmt::format("IDX array of {} axes (expected 1 to 4)", rank));
  }
  std::vector<std::int64_t> extents;
  for (std::uint32_t axis = 0; axis < rank; ++axis) extents.push_back(read_word(stream));
  return extents;
}

std::int64_t promised_bytes(const ByteStream& stream, const std::vector<std::int64_t>& extents,
                            std::int64_t max_bytes) {
  std::int64_t promised = 1;
  const bool empty = std::find(extents.begin(), extents.end(), 0) != extents.end();
  if (empty) return 0;
  for (const std::int64_t extent : extents) {
    if (__builtin_mul_overflow(promised, extent, &promised) || promised > max_bytes) {
      throw FormatError(stream.name(), 4,
                        fmt::format("IDX sizes are too large (got {}, expected at most {} bytes)",
                                    fmt::join(extents, " x "), max_bytes));
    }
  }
  return promised;
}

// One split: its arrays and where they came from, for messages.
struct Arrays {
  IdxArray images;
  IdxArray labels;
  std::string images_name;
  std::string labels_name;
};

IdxArray read_file(const fs::path& path, std::int64_t max_bytes) {
  ByteStream stream = ByteStream::open(path);
  return read_idx(stream, max_bytes);
}

Arrays read_arrays(const fs::path& images, const fs::path& labels, std::int64_t max_bytes) {
  Arrays arrays{read_file(images, max_bytes), read_file(labels, max_bytes), images.string(),
                labels.string()};
  const std::size_t rank = arrays.images.extents.size();
  if (rank != 3 && rank != 4) {
    throw FormatError(arrays.images_name, 3,
                      fmt::format("images need 3 or 4 axes: count, height, width[, channels] (got "
                                  "{})",
                                  rank));
  }
  if (arrays.labels.extents.size() != 1) {
    throw FormatError(arrays.labels_name, 3,
                      fmt::format("labels need 1 axis (got {})", arrays.labels.extents.size()));
  }
  if (arrays.images.extents[0] != arrays.labels.extents[0]) {
    throw FormatError(arrays.labels_name, 4,
                      fmt::format("{} labels for the {} images of {}", arrays.labels.extents[0],
                                  arrays.images.extents[0], arrays.images_name));
  }
  if (arrays.images.bytes.empty()) {
    throw FormatError(
        arrays.images_name, 4,
        fmt::format("there are no images (sizes {})", fmt::join(arrays.images.extents, " x ")));
  }
  return arrays;
}

Split to_split(Arrays&& arrays, std::int64_t classes) {
  const std::vector<std::uint8_t>& labels = arrays.labels.bytes;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= classes) {
      constexpr std::size_t header = 8;
      throw FormatError(arrays.labels_name, header + i,
                        fmt::format("label of sample {} out of range (got {}, expected below {})",
                                    i, labels[i], classes));
    }
  }
  return {std::move(arrays.images.bytes), {labels.begin(), labels.end()}};
}

Shape sample_shape(const Arrays& arrays) {
  const std::vector<std::int64_t>& extents = arrays.images.extents;
  if (extents.size() == 4 && extents[3] > 1) return {extents[1], extents[2], extents[3]};
  return {extents[1], extents[2]};
}

}  // namespace

IdxArray read_idx(ByteStream& stream, std::int64_t max_bytes) {
  IdxArray array{read_extents(stream), {}};
  const auto promised = static_cast<std::size_t>(promised_bytes(stream, array.extents, max_bytes));
  std::vector<std::uint8_t>& bytes = array.bytes;
  while (bytes.size() < promised) {
    const std::size_t had = bytes.size();
    const std::size_t step = std::min(promised - had, std::max(block_bytes, had));
    bytes.resize(had + step);
    const std::size_t got = stream.read(std::span(bytes).subspan(had));
    if (got < step) {
      throw FormatError(stream.name(), stream.offset(),
                        fmt::format("the file is truncated (got {} bytes of data, header promises "
                                    "{})",
                                    had + got, promised));
    }
  }
  std::array<std::uint8_t, 1> more{};
  if (stream.read(more) != 0) {
    throw FormatError(
        stream.name(), stream.offset() - 1,
        fmt::format("bytes left over after the {} that the header promises", promised));
  }
  return array;
}

bool has_idx_files(const fs::path& folder, const std::string& prefix) {
  const Found found = find_parts(folder);
  return prefix.empty() ? !found.empty() : found.contains(prefix);
}

Dataset open_idx(const fs::path& folder, const IdxOptions& options) {
  const auto chosen = choose(find_parts(folder), folder, options.prefix);
  const std::string& prefix = chosen.first;
  const auto part = [&](Part which) -> const fs::path& {
    return require_part(chosen.second, which, folder, prefix);
  };
  const std::array<fs::path, 4> paths{part(Part::train_images), part(Part::train_labels),
                                      part(Part::test_images), part(Part::test_labels)};
  Arrays train = read_arrays(paths[0], paths[1], options.max_bytes);
  Arrays test = read_arrays(paths[2], paths[3], options.max_bytes);

  Dataset dataset;
  dataset.name = prefix.empty() ? folder.filename().string() : prefix;
  if (dataset.name.empty()) dataset.name = folder.parent_path().filename().string();
  dataset.sample_shape = sample_shape(train);
  if (sample_shape(test) != dataset.sample_shape) {
    throw FormatError(test.images_name, 8,
                      fmt::format("test images differ in size from training images (got {}, "
                                  "expected {})",
                                  sample_shape(test).text(), dataset.sample_shape.text()));
  }
  const auto& labels = train.labels.bytes;
  dataset.classes =
      options.classes > 0 ? options.classes : *std::max_element(labels.begin(), labels.end()) + 1;
  for (std::int64_t c = 0; c < dataset.classes; ++c) {
    dataset.class_names.push_back(std::to_string(c));
  }
  dataset.train = to_split(std::move(train), dataset.classes);
  dataset.test = to_split(std::move(test), dataset.classes);
  dataset.normalization = default_normalization(dataset.sample_shape, dataset.train);
  return dataset;
}

}  // namespace ridgeback::data
