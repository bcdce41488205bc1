// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/description_json.hpp"

#include "ridgeback/core/error.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace ridgeback::nn {
namespace {

using Json = nlohmann::ordered_json;

constexpr int max_module_depth = 16;
constexpr int max_modules = 10'000;

Json write(const Description& description) {
  Json object;
  object["kind"] = description.kind;
  for (const auto& [name, value] : description.settings) object[name] = value;
  if (!description.children.empty()) {
    object["children"] = Json::array();
    for (const Description& child : description.children)
      object["children"].push_back(write(child));
  }
  return object;
}

Description read(const Json& object, int& modules) {
  require(object.is_object() && object.contains("kind") && object["kind"].is_string(),
          "model description: a module must be an object with a kind");
  require(++modules <= max_modules, "model description: too many modules");
  Description description;
  description.kind = object["kind"].get<std::string>();
  for (const auto& [name, value] : object.items()) {
    if (name == "kind") continue;
    if (name == "children") {
      require(value.is_array(), "model description: children must be a list");
      for (const Json& child : value) description.children.push_back(read(child, modules));
      continue;
    }
    require(value.is_string(), fmt::format("model description: '{}' must be text", name));
    description.settings.emplace_back(name, value.get<std::string>());
  }
  return description;
}

}  // namespace

std::string to_json(const Description& description) {
  return write(description).dump(-1, ' ', true, Json::error_handler_t::replace);
}

Description description_from_json(std::string_view text) {
  // The parser recurses: the depth is bounded while reading, an object and a list for each level of
  // modules.
  const auto bounded = [](int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
    require(depth <= 2 * max_module_depth, "model description: nested too deeply");
    return true;
  };
  Json parsed;
  try {
    parsed = Json::parse(text, bounded);
  } catch (const Json::exception& error) {
    throw InvalidArgument(fmt::format("model description: not valid JSON ({})", error.what()));
  }
  int modules = 0;
  return read(parsed, modules);
}

}  // namespace ridgeback::nn
