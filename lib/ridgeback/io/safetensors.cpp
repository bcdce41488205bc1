// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/safetensors.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"
#include "ridgeback/io/file.hpp"
#include "ridgeback/io/json_text.hpp"
#include "ridgeback/io/safetensors_header.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <fstream>
#include <set>
#include <tuple>

namespace ridgeback::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t length_bytes = 8;

// A file being read, and how long it is.
struct Input {
  explicit Input(const fs::path& path) : name(path.string()) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) throw FileError(name, "no such file");
    if (!fs::is_regular_file(status)) throw FileError(name, "not a regular file");
    bytes = fs::file_size(path, error);
    if (error) throw FileError(name, error.message());
    stream.open(path, std::ios::binary);
    if (!stream) throw FileError(name, fmt::format("cannot open: {}", std::strerror(errno)));
  }

  void read(void* to, std::uint64_t count) {
    stream.read(static_cast<char*>(to), static_cast<std::streamsize>(count));
    if (static_cast<std::uint64_t>(stream.gcount()) != count) {
      throw FileError(name, "cannot read: the file ended early");
    }
  }

  std::string name;
  std::uint64_t bytes = 0;
  std::ifstream stream;
};

SafetensorsHeader read_header(Input& input) {
  std::vector<std::byte> start(std::min<std::uint64_t>(length_bytes, input.bytes));
  input.read(start.data(), start.size());
  std::string json(parse_header_length(start, input.bytes, input.name), '\0');
  input.read(json.data(), json.size());
  return parse_header(json, input.bytes, input.name);
}

// Sizes of `entry` were checked against the file, so this allocation is covered by bytes.
StoredTensor without_bytes(StoredEntry&& entry) {
  StoredTensor tensor{std::move(entry.name), std::move(entry.dtype), std::move(entry.shape), {}};
  tensor.bytes.resize(static_cast<std::size_t>(entry.end - entry.begin));
  return tensor;
}

void check_tensor(const StoredTensor& tensor) {
  require(is_utf8(tensor.name), "safetensors: a tensor's name is not UTF-8");
  require(tensor.name != "__metadata__", "safetensors: a tensor cannot be named __metadata__");
  std::int64_t expected = dtype_bytes(tensor.dtype);
  require(expected > 0,
          fmt::format("safetensors: {} has the unknown type {}", tensor.name, tensor.dtype));
  for (const std::int64_t extent : tensor.shape) {
    expected = checked_multiply(expected, extent, tensor.name);
  }
  require(expected == static_cast<std::int64_t>(tensor.bytes.size()),
          fmt::format("safetensors: {} has a wrong number of bytes (got {}, expected {})",
                      tensor.name, tensor.bytes.size(), expected));
}

// In the order of their data.
std::vector<const StoredTensor*> ordered(std::span<const StoredTensor> stored) {
  std::vector<const StoredTensor*> tensors;
  std::set<std::string_view> names;
  for (const StoredTensor& tensor : stored) {
    check_tensor(tensor);
    require(names.insert(tensor.name).second,
            fmt::format("safetensors: the name {} comes twice", tensor.name));
    tensors.push_back(&tensor);
  }
  std::sort(tensors.begin(), tensors.end(), [](const StoredTensor* a, const StoredTensor* b) {
    return std::tuple(-dtype_bytes(a->dtype), std::string_view(a->name)) <
           std::tuple(-dtype_bytes(b->dtype), std::string_view(b->name));
  });
  return tensors;
}

// Length and JSON, padded.
std::string header_text(const std::map<std::string, std::string>& metadata,
                        std::span<const StoredTensor* const> tensors) {
  std::vector<std::string> members;
  if (!metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : metadata) {
      require(is_utf8(key) && is_utf8(value), "safetensors: metadata is not UTF-8");
      pairs.push_back(json_quote(key) + ":" + json_quote(value));
    }
    members.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(pairs, ",")));
  }
  std::size_t offset = 0;
  for (const StoredTensor* tensor : tensors) {
    members.push_back(fmt::format(
        R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", json_quote(tensor->name),
        tensor->dtype, fmt::join(tensor->shape, ","), offset, offset + tensor->bytes.size()));
    offset += tensor->bytes.size();
  }
  std::string json = fmt::format("{{{}}}", fmt::join(members, ","));
  json.resize((json.size() + 7) / 8 * 8, ' ');
  require(json.size() <= max_header_bytes, "safetensors: the header is too long");
  std::string text(length_bytes, '\0');
  for (std::size_t i = 0; i < length_bytes; ++i) {
    text[i] = static_cast<char>(json.size() >> (8 * i) & 255);
  }
  return text + json;
}

}  // namespace

SafetensorsHeader read_safetensors_header(const fs::path& path) {
  Input input(path);
  return read_header(input);
}

SafetensorsFile read_safetensors(const fs::path& path) {
  Input input(path);
  SafetensorsHeader header = read_header(input);
  SafetensorsFile file{std::move(header.metadata), {}};
  for (StoredEntry& entry : header.tensors) {
    file.tensors.push_back(without_bytes(std::move(entry)));
    input.read(file.tensors.back().bytes.data(), file.tensors.back().bytes.size());
  }
  return file;
}

SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, std::string_view name) {
  const std::uint64_t length = parse_header_length(bytes, bytes.size(), name);
  const auto json = bytes.subspan(length_bytes, static_cast<std::size_t>(length));
  SafetensorsHeader header =
      parse_header({reinterpret_cast<const char*>(json.data()), json.size()}, bytes.size(), name);
  SafetensorsFile file{std::move(header.metadata), {}};
  for (StoredEntry& entry : header.tensors) {
    const auto data = bytes.subspan(static_cast<std::size_t>(header.data_offset + entry.begin));
    file.tensors.push_back(without_bytes(std::move(entry)));
    std::vector<std::byte>& to = file.tensors.back().bytes;
    std::copy_n(data.begin(), to.size(), to.begin());
  }
  return file;
}

void write_safetensors(const fs::path& path, const std::map<std::string, std::string>& metadata,
                       std::span<const StoredTensor> tensors) {
  const std::vector<const StoredTensor*> in_order = ordered(tensors);
  const std::string header = header_text(metadata, in_order);
  AtomicFile output(path);
  output.write(header);
  for (const StoredTensor* tensor : in_order) output.write(tensor->bytes);
  output.commit();
}

std::vector<std::byte> serialize_safetensors(const SafetensorsFile& file) {
  const std::vector<const StoredTensor*> tensors = ordered(file.tensors);
  const std::string header = header_text(file.metadata, tensors);
  const auto start = std::as_bytes(std::span(header));
  std::vector<std::byte> bytes(start.begin(), start.end());
  for (const StoredTensor* tensor : tensors) {
    bytes.insert(bytes.end(), tensor->bytes.begin(), tensor->bytes.end());
  }
  return bytes;
}

}  // namespace ridgeback::io
