// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/tuned_file.hpp"

#include "ridgeback/core/log.hpp"
#include "ridgeback/gpu/cache_folder.hpp"
#include "ridgeback/gpu/write_file.hpp"

#include <fmt/core.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

namespace ridgeback {
namespace {

constexpr int format = 1;
constexpr std::uintmax_t largest_file = 4U << 20;
constexpr std::size_t largest_text = 1024;

// Says whose choices the file holds, in case it was renamed or copied.
std::string owner(const gpu::DeviceSnapshot& device, DeviceClass device_class) {
  return fmt::format("{}-{}", gpu::cache_tag(device), static_cast<int>(device_class));
}

// Empty where it cannot be read or is longer than any file of ours.
std::string read_text(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (error || bytes > largest_file) return {};
  std::ifstream in(file, std::ios::binary);
  std::string text(static_cast<std::size_t>(bytes), '\0');
  in.read(text.data(), static_cast<std::streamsize>(bytes));
  return in ? text : std::string();
}

TunedChoices ignored(const std::filesystem::path& file, std::string_view why) {
  logging::warning(fmt::format("{} {}: kernels are chosen by rule", file.string(), why));
  return {};
}

}  // namespace

std::optional<std::filesystem::path> tuned_file(const gpu::DeviceSnapshot& device,
                                                DeviceClass device_class) {
  const auto folder = gpu::cache_folder();
  if (!folder) return std::nullopt;
  return *folder / fmt::format("tuned-{}.json", owner(device, device_class));
}

TunedChoices load_tuned(const std::filesystem::path& file, const gpu::DeviceSnapshot& device,
                        DeviceClass device_class) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  const auto json = nlohmann::json::parse(read_text(file), nullptr, false);
  const auto is = [&](const char* key, const nlohmann::json& wanted) {
    return json.contains(key) && json.at(key) == wanted;
  };
  if (!json.is_object() || !is("format", format) || !json.contains("choices") ||
      !json.at("choices").is_object())
    return ignored(file, "is damaged or of another version");
  if (!is("owner", owner(device, device_class)))
    return ignored(file, "was made for another device");
  TunedChoices choices;
  for (const auto& [point, option] : json.at("choices").items()) {
    if (!option.is_string() || point.size() > largest_text) continue;
    std::string taken = option.get<std::string>();
    if (taken.size() <= largest_text) choices.emplace(point, std::move(taken));
  }
  return choices;
}

void save_tuned(const std::filesystem::path& file, const gpu::DeviceSnapshot& device,
                DeviceClass device_class, const TunedChoices& choices) {
  nlohmann::ordered_json json{{"format", format},
                              {"owner", owner(device, device_class)},
                              {"device", device.name},
                              {"choices", nlohmann::ordered_json::object()}};
  for (const auto& [point, option] : choices) json["choices"][point] = option;
  const std::string text =
      json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  gpu::write_file(file, std::as_bytes(std::span(text)));
}

}  // namespace ridgeback
