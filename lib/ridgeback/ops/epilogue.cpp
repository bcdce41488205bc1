// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/epilogue.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/program.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "common/epilogue.h"
#include "elementwise/binary.h"
#include "elementwise/chain.h"
#include "elementwise/unary.h"

namespace ridgeback::ops {

using namespace shaders;  // NOLINT: the EPILOGUE_ and CHAIN_ codes

static_assert(most_epilogue_steps == EPILOGUE_STEPS && most_epilogue_operands == EPILOGUE_OPERANDS);

namespace {

std::optional<std::uint32_t> kind_of(const Shape& operand, const Shape& result) {
  if (operand == result) return EPILOGUE_FULL;
  const std::int64_t count = operand.count();
  if (count == 1) return EPILOGUE_SCALAR;
  if (operand.rank() == 0 || result.rank() == 0) return std::nullopt;
  if (operand[-1] == result[-1] && count == operand[-1]) return EPILOGUE_ROW;
  if (operand == result.with(-1, 1)) return EPILOGUE_COLUMN;
  return std::nullopt;
}

// Of an instruction or two: light_unary_value() and light_binary_value() of the kernels.
bool is_light(const ElementwiseCode& function) {
  if (function.code >= CHAIN_BINARY) return function.code != CHAIN_BINARY + BINARY_POW;
  constexpr std::array light{UNARY_NEG,        UNARY_ABS,   UNARY_SQUARE,  UNARY_RELU,
                             UNARY_LEAKY_RELU, UNARY_CLAMP, UNARY_ADD,     UNARY_MUL,
                             UNARY_DIV,        UNARY_RSUB,  UNARY_MAXIMUM, UNARY_MINIMUM};
  return std::find(light.begin(), light.end(), function.code) != light.end();
}

}  // namespace

std::optional<std::vector<std::size_t>> epilogue_places(std::span<const EpilogueStep> steps) {
  constexpr std::size_t any = 2;
  std::vector<std::size_t> places;
  std::size_t place = 0;
  for (const EpilogueStep& step : steps) {
    const bool binary = step.function.code >= CHAIN_BINARY;
    if (!is_light(step.function)) {
      if (binary || place > any) return std::nullopt;
      place = any;
    }
    if (place == most_epilogue_steps) return std::nullopt;
    places.push_back(place++);
  }
  return places;
}

bool fits_epilogue(const Shape& operand, const Shape& result) {
  return kind_of(operand, result).has_value();
}

LowerContext TakesEpilogue::alone(const LowerContext& whole) const {
  LowerContext context = whole;
  context.in = whole.in.first(whole.in.size() - epilogue.operands);
  if (!epilogue.steps.empty()) context.operation = operation_text(*with({}));
  return context;
}

std::string TakesEpilogue::with_steps(std::string attributes) const {
  for (std::size_t i = 0; i < epilogue.steps.size(); ++i) {
    const std::string_view before = i > 0 ? "+" : attributes.empty() ? "then=" : ",then=";
    attributes += fmt::format("{}{}", before, epilogue.steps[i].name);
  }
  return attributes;
}

void TakesEpilogue::check(std::string_view op, std::span<const TensorSpec> in,
                          const Shape& result) const {
  require(epilogue_places(epilogue.steps).has_value() && epilogue.operands <= most_operands(),
          fmt::format("{}: too much follows it (got {} steps of {} operands)", op,
                      epilogue.steps.size(), epilogue.operands));
  for (const TensorSpec& operand : in.last(epilogue.operands)) {
    require(operand.dtype == DType::f32 && fits_epilogue(operand.shape, result),
            fmt::format("{}: what follows it reads an operand that does not fit (got {}, the "
                        "product is {})",
                        op, operand.text(), result.text()));
  }
}

void TakesEpilogue::read_operands(Dispatch& launch, const LowerContext& context) const {
  const std::size_t first = context.in.size() - epilogue.operands;
  for (std::size_t i = 0; i < most_operands(); ++i)
    launch.read(i < epilogue.operands ? static_cast<int>(first + i) : 0);
  if (const auto ends = ends_input()) launch.read(static_cast<int>(*ends));
}

void TakesEpilogue::check_ends(std::string_view op, std::span<const TensorSpec> in,
                               std::optional<std::int64_t> groups) const {
  const TensorSpec& ends = in[*ends_input()];
  require(ends.dtype == DType::i32 && ends.shape.rank() == 1,
          fmt::format("{}: where groups end must be i32 of one axis (got {})", op, ends.text()));
  require(!groups || ends.shape[0] == *groups,
          fmt::format("{}: groups and matrices differ in number (got {} and {})", op, ends.text(),
                      groups.value_or(0)));
}

std::vector<std::int32_t> TakesEpilogue::even_ends(std::span<const TensorSpec> in) const {
  const std::int64_t rows = in[0].shape[0], groups = in[*ends_input()].shape[0];
  std::vector<std::int32_t> ends;
  for (std::int64_t g = 1; g <= groups; ++g)
    ends.push_back(static_cast<std::int32_t>(g * rows / groups));
  return ends;
}

void TakesEpilogue::specialize(Dispatch& launch, const LowerContext& context,
                               std::size_t first) const {
  if (epilogue.steps.empty()) return;
  // Constants that only other variants have.
  launch.constants.resize(first, 0);
  const Shape& result = context.out[0].shape;
  const std::span<const TensorSpec> operands = context.in.last(epilogue.operands);
  std::uint32_t kinds = result[-1] % 4 == 0 ? EPILOGUE_WHOLE : 0;
  for (std::uint32_t i = 0; i < most_epilogue_operands; ++i) {
    const bool exists = i < operands.size();
    kinds |= (exists ? *kind_of(operands[i].shape, result) : EPILOGUE_NONE) << (3 * i);
  }
  launch.specialize(kinds);
  const std::vector<std::size_t> places = epilogue_places(epilogue.steps).value();
  std::array<std::uint32_t, most_epilogue_steps> constants{};
  constants.fill(CHAIN_PASS);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const EpilogueStep& step = epilogue.steps[i];
    constants.at(places[i]) = step.function.code | static_cast<std::uint32_t>(step.operand) << 8U |
                              (step.swapped ? 1U : 0U) << 10U;
  }
  for (const std::uint32_t constant : constants) launch.specialize(constant);
}

}  // namespace ridgeback::ops
