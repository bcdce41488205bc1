// SPDX-License-Identifier: Apache-2.0
// What a product does to its sums before it stores them (shaders/common/epilogue.glsl): elementwise
// functions that fuse_products() moves into the product. For sources of operations only.
#pragma once

#include "ridgeback/ops/chain.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ridgeback::ops {

struct Parts;

/// One function of the value so far and, where it takes two, of an operand.
struct EpilogueStep {
  ElementwiseCode function;
  int operand = 0;        ///< 0 to most_epilogue_operands - 1; of functions of two values
  bool swapped = false;   ///< the operand is the function's left value
  std::string_view name;  ///< of the operation that it stands for

  bool operator==(const EpilogueStep&) const = default;
};

inline constexpr std::size_t most_epilogue_steps = 4;
inline constexpr std::size_t most_epilogue_operands = 3;

/// Where in the kernel each of the steps is done, in order. The third place takes every function of
/// one value, the others those of an instruction or two, and all take functions of two values but
/// powers. Empty where the steps do not fit.
[[nodiscard]] std::optional<std::vector<std::size_t>> epilogue_places(
    std::span<const EpilogueStep> steps);

/// The steps, in order; none in a plain product. Operands are the last inputs of the product.
struct Epilogue {
  std::vector<EpilogueStep> steps;  ///< that epilogue_places() finds places for
  std::size_t operands = 0;         ///< inputs that they read, at most most_epilogue_operands

  bool operator==(const Epilogue&) const = default;
};

/// A product that can have an epilogue. Its own inputs come before those of the epilogue, and it
/// has one output, whose last two axes are rows and columns.
class TakesEpilogue {
 public:
  Epilogue epilogue;

  virtual ~TakesEpilogue() = default;
  bool operator==(const TakesEpilogue&) const = default;
  /// The same product with another epilogue.
  [[nodiscard]] virtual std::shared_ptr<const Operation> with(Epilogue changed) const = 0;
  /// Whether it has terms to sum with these inputs: a product of nothing is not made by a kernel.
  [[nodiscard]] virtual bool has_terms(std::span<const TensorSpec> in) const = 0;
  /// The input that says where groups end, in a product of groups
  /// (shaders/matmul/products.glsl). Those are of the rows of input 0.
  [[nodiscard]] virtual std::optional<std::size_t> ends_input() const { return std::nullopt; }
  /// Operands that its epilogue can read. Where groups end takes the place of the last.
  [[nodiscard]] std::size_t most_operands() const {
    return most_epilogue_operands - (ends_input() ? 1 : 0);
  }

 protected:
  TakesEpilogue() = default;
  TakesEpilogue(const TakesEpilogue&) = default;
  TakesEpilogue& operator=(const TakesEpilogue&) = default;

  /// The product without its epilogue: what its tiles, parts and variants are chosen by, so that a
  /// choice that was tuned for it stands whatever follows it. Spans and target of `whole`.
  [[nodiscard]] LowerContext alone(const LowerContext& whole) const;
  /// Attributes with the names of the steps after them.
  [[nodiscard]] std::string with_steps(std::string attributes) const;
  /// Throws InvalidArgument where the operands do not fit the product's result.
  void check(std::string_view op, std::span<const TensorSpec> in, const Shape& result) const;
  /// Binds the operands, and where groups end; those that are not there are never read but need a
  /// buffer all the same.
  void read_operands(Dispatch& launch, const LowerContext& context) const;
  /// Throws InvalidArgument where the input that says where groups end is not i32 of one axis, or
  /// not of `groups` groups where that is given.
  void check_ends(std::string_view op, std::span<const TensorSpec> in,
                  std::optional<std::int64_t> groups) const;
  /// Ends of equally many rows for each group.
  [[nodiscard]] std::vector<std::int32_t> even_ends(std::span<const TensorSpec> in) const;
  /// Says what the steps are, in specialization constants from number `first` on. All others must
  /// have been given.
  void specialize(Dispatch& launch, const LowerContext& context, std::size_t first) const;
  /// The launch that adds the parts of the sums (ops/parts.hpp), which lie in this scratch memory
  /// one after the other, each as the result is stored, and does the steps.
  [[nodiscard]] Dispatch add_parts(const LowerContext& context, int scratch,
                                   const Parts& parts) const;
  /// Their scalars, for the member `epilogue` of the kernel's parameters.
  template <class Params>
  void store_scalars(Params& params) const {
    const std::vector<std::size_t> places = epilogue_places(epilogue.steps).value();
    for (std::size_t i = 0; i < epilogue.steps.size(); ++i) {
      params.epilogue[2 * places[i]] = epilogue.steps[i].function.alpha;
      params.epilogue[2 * places[i] + 1] = epilogue.steps[i].function.beta;
    }
  }
};

/// Base of every such product.
template <class Derived>
class ProductOf : public OperationOf<Derived>, public TakesEpilogue {
 public:
  bool operator==(const ProductOf&) const = default;
  [[nodiscard]] std::shared_ptr<const Operation> with(Epilogue changed) const final {
    auto product = std::make_shared<Derived>(static_cast<const Derived&>(*this));
    product->epilogue = std::move(changed);
    return product;
  }
  [[nodiscard]] std::vector<std::int32_t> typical_integers(std::span<const TensorSpec> in,
                                                           std::size_t input) const final {
    return ends_input() == input ? even_ends(in) : std::vector<std::int32_t>{};
  }
};

/// Whether an epilogue can read an operand of this shape: that of the result, one value for each
/// column (the last axis alone) or each row (the last extent 1), or one value.
[[nodiscard]] bool fits_epilogue(const Shape& operand, const Shape& result);

/// Whether a node is x scale + shift, as scale_shift() makes it of these inputs.
[[nodiscard]] bool is_scale_shift(const Operation& operation);

}  // namespace ridgeback::ops
