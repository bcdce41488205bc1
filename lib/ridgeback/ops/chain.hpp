// SPDX-License-Identifier: Apache-2.0
// Several elementwise functions as one operation: what fuse_elementwise() makes. For sources of ops
// only.
#pragma once

#include "ridgeback/graph/operation.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ridgeback::ops {

/// An elementwise function as shaders/elementwise/chain.h codes it.
struct ElementwiseCode {
  std::uint32_t code = 0;
  float alpha = 0;
  float beta = 0;

  bool operator==(const ElementwiseCode&) const = default;
};

/// The code of a function of one value, or of two; nothing for any other operation.
[[nodiscard]] std::optional<ElementwiseCode> unary_code(const Operation& operation);
[[nodiscard]] std::optional<ElementwiseCode> binary_code(const Operation& operation);

/// One function of values computed before. Values 0 to 5 are operands, 6 + i is the result of step
/// i.
struct ChainStep {
  ElementwiseCode function;
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  std::string_view name;  ///< of the operation that it stands for

  bool operator==(const ChainStep&) const = default;
};

/// How an operand repeats over the result.
enum class ChainKind : std::uint8_t { full, row, scalar };

/// The kind of an operand of this shape; nothing for one that a chain cannot read.
[[nodiscard]] std::optional<ChainKind> chain_kind(const Shape& operand, const Shape& result);

inline constexpr std::size_t most_chain_steps = 8;
inline constexpr std::size_t most_chain_operands = 6;

/// The last step's result. It has the bits that the operations have one after the other. Has no
/// gradient: chains are made from graphs that have theirs.
struct Chain final : OperationOf<Chain> {
  Shape shape;
  std::vector<ChainStep> steps;  ///< 1 to most_chain_steps

  bool operator==(const Chain&) const = default;
  [[nodiscard]] std::string_view name() const override { return "elementwise"; }
  [[nodiscard]] std::string attributes() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;
  [[nodiscard]] std::vector<InPlace> in_place() const override;
};

}  // namespace ridgeback::ops
