// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/model_info.hpp"

#include "ridgeback/core/error.hpp"

#include <cmath>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace ridgeback::io {
namespace {

using nlohmann::json;

constexpr std::int64_t max_sample_size = 1 << 24;
constexpr std::size_t max_classes = 1 << 20;

// A flat JSON value: deep nesting is refused before it can use the stack.
json read_value(const std::map<std::string, std::string>& metadata, const std::string& key,
                const std::string& file) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) throw FormatError(file, fmt::format("metadata lacks '{}'", key));
  const auto flat = [](int depth, json::parse_event_t /*event*/, json& /*parsed*/) {
    if (depth > 2) throw std::length_error("nested too deeply");
    return true;
  };
  try {
    return json::parse(found->second, flat);
  } catch (const std::exception& error) {
    throw FormatError(file, fmt::format("metadata '{}' is not valid ({})", key, error.what()));
  }
}

float read_float(const std::map<std::string, std::string>& metadata, const std::string& key,
                 const std::string& file) {
  const json value = read_value(metadata, key, file);
  if (!value.is_number() || !std::isfinite(value.get<float>())) {
    throw FormatError(file, fmt::format("metadata '{}' is no finite number", key));
  }
  return value.get<float>();
}

}  // namespace

void write_info(const ModelInfo& info, std::map<std::string, std::string>& metadata) {
  json shape = json::array();
  for (const std::int64_t extent : info.sample_shape.extents()) shape.push_back(extent);
  metadata["sample_shape"] = shape.dump();
  metadata["mean"] = json(info.mean).dump();
  metadata["stddev"] = json(info.stddev).dump();
  metadata["class_names"] =
      json(info.class_names).dump(-1, ' ', true, json::error_handler_t::replace);
  if (!info.tokens.empty()) metadata["tokens"] = json(info.tokens).dump();
}

ModelInfo read_info(const std::map<std::string, std::string>& metadata, const std::string& file) {
  ModelInfo info;
  std::vector<std::int64_t> extents;
  const json shape = read_value(metadata, "sample_shape", file);
  const bool plausible = shape.is_array() && !shape.empty() && shape.size() <= 3;
  std::int64_t size = 1;
  for (const json& extent : plausible ? shape : json::array({0})) {
    const std::int64_t value = extent.is_number_integer() ? extent.get<std::int64_t>() : 0;
    if (value < 1 || value > max_sample_size / size)
      throw FormatError(file, "metadata 'sample_shape' makes no sense");
    size *= value;
    extents.push_back(value);
  }
  info.sample_shape = Shape(extents);
  info.mean = read_float(metadata, "mean", file);
  info.stddev = read_float(metadata, "stddev", file);
  if (info.stddev <= 0) throw FormatError(file, "metadata 'stddev' must be above 0");
  const json names = read_value(metadata, "class_names", file);
  if (!names.is_array() || names.empty() || names.size() > max_classes) {
    throw FormatError(file, "metadata 'class_names' is no list of names");
  }
  for (const json& name : names) {
    if (!name.is_string()) throw FormatError(file, "metadata 'class_names' is no list of names");
    info.class_names.push_back(name.get<std::string>());
  }
  if (metadata.contains("tokens")) {
    const json tokens = read_value(metadata, "tokens", file);
    if (tokens != "bytes" && tokens != "characters")
      throw FormatError(file, "metadata 'tokens' is neither bytes nor characters");
    info.tokens = tokens.get<std::string>();
  }
  if (info.tokens.empty() == (info.sample_shape.rank() == 1))
    throw FormatError(file, "metadata 'sample_shape' does not fit what the model takes");
  return info;
}

}  // namespace ridgeback::io
