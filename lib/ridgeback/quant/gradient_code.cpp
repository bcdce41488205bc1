// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/gradient_code.hpp"

#include "ridgeback/core/error.hpp"

#include <cstdlib>
#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

void set(GradientCode& code, std::string_view key, std::string_view value) {
  if (key == "bits") {
    code.bits = bits_from_text(value);
  } else if (key == "rounding") {
    code.rounding = rounding_from_text(value);
  } else if (key == "range") {
    code.range = gradient_range_from_text(value);
  } else if (key == "momentum") {
    const std::string digits(value);
    char* end = nullptr;
    code.momentum = std::strtof(digits.c_str(), &end);
    require(!digits.empty() && *end == '\0',
            fmt::format("gradient code: momentum is no number (got '{}')", value));
  } else {
    throw InvalidArgument(fmt::format(
        "gradient code: unknown key (got '{}', expected bits, rounding, range or momentum)", key));
  }
}

}  // namespace

void GradientCode::check() const {
  require(is_identity() || (bits >= 2 && bits <= 8),
          fmt::format("gradients: bits out of range (got {}, expected 2 to 8 or 32)", bits));
  require(momentum >= 0 && momentum < 1,
          fmt::format("gradients: momentum of the range out of range (got {}, expected 0 <= "
                      "momentum < 1)",
                      momentum));
}

std::string_view name(GradientRange range) {
  return range == GradientRange::dynamic ? "dynamic" : "hindsight";
}

GradientRange gradient_range_from_text(std::string_view text) {
  if (text == "dynamic") return GradientRange::dynamic;
  require(
      text == "hindsight",
      fmt::format("gradient range: unknown name (got '{}', expected dynamic or hindsight)", text));
  return GradientRange::hindsight;
}

std::string text(const GradientCode& code) {
  return fmt::format("bits={} rounding={} range={} momentum={}", bits_text(code.bits),
                     name(code.rounding), name(code.range), code.momentum);
}

GradientCode gradient_code_from_text(std::string_view text) {
  GradientCode code;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (word.empty()) continue;
    const std::size_t equals = word.find('=');
    require(equals != std::string_view::npos,
            fmt::format("gradient code: cannot read this (got '{}', expected key=value)", word));
    set(code, word.substr(0, equals), word.substr(equals + 1));
  }
  code.check();
  return code;
}

}  // namespace ridgeback::quant
