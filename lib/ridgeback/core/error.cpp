// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"

#include <fmt/core.h>

namespace ridgeback {

FormatError::FormatError(std::string_view file, std::uint64_t offset, std::string_view what)
    : Error(fmt::format("{}: {} (at byte {})", file, what, offset)), file_(file) {}

FormatError::FormatError(std::string_view file, std::string_view what)
    : Error(fmt::format("{}: {}", file, what)), file_(file) {}

FileError::FileError(std::string_view file, std::string_view what)
    : Error(fmt::format("{}: {}", file, what)) {}

void require(bool condition, std::string_view message) {
  if (!condition) throw InvalidArgument(std::string(message));
}

}  // namespace ridgeback
