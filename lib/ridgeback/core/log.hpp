// SPDX-License-Identifier: Apache-2.0
// Log lines on standard error. The level is the only global of the library.
#pragma once

#include <string_view>

namespace ridgeback::logging {

enum class Level { debug, info, warning, error, silent };

/// Lines below the level are dropped. Default: warning, or
/// RIDGEBACK_LOG=debug|info|warning|error|silent.
void set_level(Level level);
[[nodiscard]] Level level();

void debug(std::string_view message);
void info(std::string_view message);
void warning(std::string_view message);
void error(std::string_view message);

}  // namespace ridgeback::logging
