// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/gradient_code.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/quant/option_text.hpp"

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
    const auto momentum = number_from<float>(value);
    require(momentum.has_value(),
            fmt::format("gradient code: momentum is no number (got '{}')", value));
    code.momentum = *momentum;
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
  read_options("gradient code", text,
               [&](std::string_view key, std::string_view value) { set(code, key, value); });
  code.check();
  return code;
}

}  // namespace ridgeback::quant
