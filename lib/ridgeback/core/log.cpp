// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/log.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>

namespace ridgeback::logging {
namespace {

Level level_from_environment() {
  const char* text = std::getenv("RIDGEBACK_LOG");
  const std::string_view value = text != nullptr ? text : "";
  if (value == "debug") return Level::debug;
  if (value == "info") return Level::info;
  if (value == "error") return Level::error;
  if (value == "silent") return Level::silent;
  return Level::warning;
}

std::atomic<Level>& current() {
  static std::atomic<Level> value{level_from_environment()};
  return value;
}

void write(Level line, std::string_view tag, std::string_view message) {
  if (line >= current().load()) fmt::print(stderr, "ridgeback: {}{}\n", tag, message);
}

}  // namespace

void set_level(Level level) {
  current().store(level);
}
Level level() {
  return current().load();
}

void debug(std::string_view message) {
  write(Level::debug, "debug: ", message);
}
void info(std::string_view message) {
  write(Level::info, "", message);
}
void warning(std::string_view message) {
  write(Level::warning, "warning: ", message);
}
void error(std::string_view message) {
  write(Level::error, "error: ", message);
}

}  // namespace ridgeback::logging
