// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/checkpoint.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/log.hpp"
#include "ridgeback/io/safetensors.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <string_view>
#include <utility>
#include <zlib.h>

namespace ridgeback::io {
namespace {

namespace fs = std::filesystem;
using Metadata = std::map<std::string, std::string>;

constexpr std::string_view file_prefix = "checkpoint-";
constexpr std::string_view file_suffix = ".safetensors";
constexpr std::string_view setting_prefix = "setting.";

// Metadata of the file.
constexpr const char* kind_key = "ridgeback.kind";
constexpr const char* step_key = "ridgeback.step";
constexpr const char* epoch_key = "ridgeback.epoch";
constexpr const char* checksum_key = "ridgeback.checksum";

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<std::int64_t> step_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.size() <= file_prefix.size() + file_suffix.size() || !name.starts_with(file_prefix) ||
      !name.ends_with(file_suffix)) {
    return std::nullopt;
  }
  return parse_count(std::string_view(name).substr(
      file_prefix.size(), name.size() - file_prefix.size() - file_suffix.size()));
}

class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    value_ = crc32_z(value_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  }
  // Lengths go in too, so that no byte can wander from one text to the next.
  void add(std::string_view text) {
    const auto length = static_cast<std::uint64_t>(text.size());
    add(std::as_bytes(std::span(&length, 1)));
    add(std::as_bytes(std::span(text)));
  }
  [[nodiscard]] std::string text() const { return fmt::format("{:08x}", value_); }

 private:
  uLong value_ = crc32_z(0, nullptr, 0);
};

// Over metadata (but itself) and every tensor, by name.
std::string checksum_of(const Metadata& metadata, std::span<const StoredTensor> stored) {
  Checksum checksum;
  for (const auto& [key, value] : metadata) {
    if (key == checksum_key) continue;
    checksum.add(key);
    checksum.add(value);
  }
  std::vector<const StoredTensor*> tensors;
  for (const StoredTensor& tensor : stored) tensors.push_back(&tensor);
  std::sort(tensors.begin(), tensors.end(),
            [](const StoredTensor* a, const StoredTensor* b) { return a->name < b->name; });
  for (const StoredTensor* tensor : tensors) {
    checksum.add(tensor->name);
    checksum.add(tensor->dtype);
    checksum.add(fmt::format("{}", fmt::join(tensor->shape, ",")));
    checksum.add(tensor->bytes);
  }
  return checksum.text();
}

void remove_older(const fs::path& folder, std::int64_t step, int keep) {
  int kept = 0;
  for (const fs::path& path : list_checkpoints(folder)) {
    if (*step_of(path) > step) continue;
    if (++kept <= std::max(keep, 1)) continue;
    std::error_code error;
    fs::remove(path, error);
    if (error)
      logging::warning(fmt::format("{}: cannot remove: {}", path.string(), error.message()));
  }
}

std::int64_t count_in(const SafetensorsFile& file, const char* key, const std::string& name) {
  const auto it = file.metadata.find(key);
  const auto value = it == file.metadata.end() ? std::nullopt : parse_count(it->second);
  if (!value) throw FormatError(name, fmt::format("not a checkpoint: no valid {}", key));
  return *value;
}

}  // namespace

fs::path save_checkpoint(const fs::path& folder, const Checkpoint& checkpoint, int keep) {
  require(checkpoint.step >= 0 && checkpoint.epoch >= 0,
          "checkpoint: step and epoch must not be negative");
  Metadata metadata{{kind_key, "checkpoint"},
                    {step_key, std::to_string(checkpoint.step)},
                    {epoch_key, std::to_string(checkpoint.epoch)}};
  for (const auto& [key, value] : checkpoint.settings) {
    metadata[std::string(setting_prefix) + key] = value;
  }
  metadata[checksum_key] = checksum_of(metadata, checkpoint.tensors);

  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError(folder.string(), fmt::format("cannot create: {}", error.message()));
  const fs::path path = folder / fmt::format("{}{}{}", file_prefix, checkpoint.step, file_suffix);
  write_safetensors(path, metadata, checkpoint.tensors);
  remove_older(folder, checkpoint.step, keep);
  return path;
}

Checkpoint load_checkpoint(const fs::path& path) {
  SafetensorsFile file = read_safetensors(path);
  const std::string name = path.string();
  const auto kind = file.metadata.find(kind_key);
  if (kind == file.metadata.end() || kind->second != "checkpoint") {
    throw FormatError(name, "not a checkpoint of Ridgeback");
  }
  const auto checksum = file.metadata.find(checksum_key);
  if (checksum == file.metadata.end() ||
      checksum->second != checksum_of(file.metadata, file.tensors)) {
    throw FormatError(name, "the checkpoint is damaged: its checksum does not match");
  }
  Checkpoint checkpoint;
  checkpoint.step = count_in(file, step_key, name);
  checkpoint.epoch = count_in(file, epoch_key, name);
  for (auto& [key, value] : file.metadata) {
    if (key.starts_with(setting_prefix)) {
      checkpoint.settings[key.substr(setting_prefix.size())] = std::move(value);
    }
  }
  for (const StoredTensor& tensor : file.tensors) {
    const std::int64_t at = first_not_finite(tensor);
    if (at >= 0) {
      throw FormatError(name, fmt::format("tensor \"{}\" holds a NaN or infinity at element {}",
                                          tensor.name, at));
    }
  }
  checkpoint.tensors = std::move(file.tensors);
  return checkpoint;
}

std::vector<fs::path> list_checkpoints(const fs::path& folder) {
  std::vector<std::pair<std::int64_t, fs::path>> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (const auto step = step_of(it->path())) found.emplace_back(*step, it->path());
  }
  if (error) throw FileError(folder.string(), fmt::format("cannot list: {}", error.message()));
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> paths;
  for (auto& [step, path] : found) paths.push_back(std::move(path));
  return paths;
}

std::optional<FoundCheckpoint> latest_checkpoint(const fs::path& folder) {
  std::exception_ptr newest_error;
  for (const fs::path& path : list_checkpoints(folder)) {
    try {
      return FoundCheckpoint{path, load_checkpoint(path)};
    } catch (const Error& error) {
      logging::warning(
          fmt::format("passing over a checkpoint that cannot be used: {}", error.what()));
      if (!newest_error) newest_error = std::current_exception();
    }
  }
  if (newest_error) std::rethrow_exception(newest_error);
  return std::nullopt;
}

}  // namespace ridgeback::io
