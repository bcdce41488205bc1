// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/trace.hpp"

#include "ridgeback/io/file.hpp"
#include "ridgeback/io/json_text.hpp"

#include <cmath>
#include <fmt/core.h>
#include <map>
#include <string_view>

namespace ridgeback::io {
namespace {

// Viewers refuse null: times that are not finite become 0.
std::string time(double us) {
  return json_number(std::isfinite(us) ? us : 0.0);
}

}  // namespace

std::string chrome_trace(std::span<const TraceEvent> events) {
  std::string text = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
  std::string_view separator = "\n";
  const auto add = [&](const std::string& line) {
    text += separator;
    text += line;
    separator = ",\n";
  };
  std::map<std::string_view, std::size_t> tracks;
  for (const TraceEvent& event : events) {
    const auto [it, is_new] = tracks.try_emplace(event.track, tracks.size() + 1);
    if (is_new) {
      add(fmt::format(R"({{"ph":"M","pid":1,"tid":{},"name":"thread_name","args":{{"name":{}}}}})",
                      it->second, json_quote(event.track)));
    }
    add(fmt::format(R"({{"ph":"X","pid":1,"tid":{},"name":{},"cat":{},"ts":{},"dur":{}}})",
                    it->second, json_quote(event.name), json_quote(event.category),
                    time(event.start_us), time(event.duration_us)));
  }
  return text + "\n]}\n";
}

void write_trace(const std::filesystem::path& path, std::span<const TraceEvent> events) {
  write_atomically(path, chrome_trace(events));
}

}  // namespace ridgeback::io
