// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/epilogue.hpp"

#include "ridgeback/core/error.hpp"

#include <fmt/core.h>
#include <optional>

#include "common/epilogue.h"
#include "elementwise/chain.h"

namespace ridgeback::ops {

using namespace shaders;  // the EPILOGUE_ and CHAIN_ codes

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

}  // namespace

bool fits_epilogue(const Shape& operand, const Shape& result) {
  return kind_of(operand, result).has_value();
}

std::span<const TensorSpec> TakesEpilogue::own(std::span<const TensorSpec> in) const {
  return in.first(in.size() - epilogue.operands);
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
  require(
      epilogue.steps.size() <= most_epilogue_steps && epilogue.operands <= most_epilogue_operands,
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
  for (std::size_t i = 0; i < most_epilogue_operands; ++i)
    launch.read(i < epilogue.operands ? static_cast<int>(first + i) : 0);
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
  for (std::size_t i = 0; i < most_epilogue_steps; ++i) {
    if (i >= epilogue.steps.size()) {
      launch.specialize(CHAIN_PASS);
      continue;
    }
    const EpilogueStep& step = epilogue.steps[i];
    launch.specialize(step.function.code | static_cast<std::uint32_t>(step.operand) << 8U |
                      (step.swapped ? 1U : 0U) << 10U);
  }
}

}  // namespace ridgeback::ops
