// SPDX-License-Identifier: Apache-2.0
// Timelines that chrome://tracing and ui.perfetto.dev show.
#pragma once

#include <filesystem>
#include <span>
#include <string>

namespace ridgeback::io {

/// One span of time on a track. Times are microseconds from any common start.
struct TraceEvent {
  std::string name;
  std::string category;
  double start_us = 0;
  double duration_us = 0;
  std::string track;  ///< events of one track are drawn in one row
};

/// The events as a Chrome trace; tracks are numbered in the order in which they first appear.
[[nodiscard]] std::string chrome_trace(std::span<const TraceEvent> events);

/// Writes it atomically.
void write_trace(const std::filesystem::path& path, std::span<const TraceEvent> events);

}  // namespace ridgeback::io
