// SPDX-License-Identifier: Apache-2.0
// Operation: what a node does. One class per operation, kept in ops/ or quant/; see lib/README.md.
#pragma once

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dispatch.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback {

class Pass;

/// What a gradient rule sees. A null entry of `grads` means that this output has no influence.
struct GradientContext {
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  std::span<const Tensor>
      grads;  ///< dL/d output, dense f32 of the output's shape (for packed outputs too)
  const std::vector<bool>& needed;  ///< per input: whether its gradient will be used

  [[nodiscard]] bool needs(int input) const { return needed[static_cast<std::size_t>(input)]; }
};

/// An output may be written over an input without harm: every element is read only by the
/// invocation that writes it, before it writes.
struct InPlace {
  int output = 0;
  int input = 0;
};

class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = default;
  Operation& operator=(const Operation&) = default;
  virtual ~Operation() = default;
  bool operator==(const Operation&) const = default;

  /// The name used in messages, dumps and profiles.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Specs of the outputs; throws InvalidArgument for inputs that do not fit.
  [[nodiscard]] virtual std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const = 0;
  /// The launches, in order; empty where no output has an element. Never called for sources and
  /// aliases.
  [[nodiscard]] virtual std::vector<Dispatch> lower(const LowerContext& context) const = 0;
  /// One tensor per input, made of operations, so that it can be differentiated again; null where
  /// there is none. Entries for inputs that are not needed may be null. The default throws
  /// Unsupported.
  [[nodiscard]] virtual std::vector<Tensor> gradient(const GradientContext& context) const;
  /// Same operation with the same settings: two nodes with equal operations and inputs are merged.
  [[nodiscard]] virtual bool same_as(const Operation& other) const = 0;
  /// Settings for the dump, such as "axis=1"; empty for none.
  [[nodiscard]] virtual std::string attributes() const { return {}; }
  /// Output 0 is the same bytes as this input (reshape): no launch, no memory.
  [[nodiscard]] virtual std::optional<int> alias_of() const { return std::nullopt; }
  [[nodiscard]] virtual std::vector<InPlace> in_place() const { return {}; }
  /// Values of an i32 input that are like those of a run, for timing the operation by itself;
  /// zeros where empty.
  [[nodiscard]] virtual std::vector<std::int32_t> typical_integers(
      std::span<const TensorSpec> /*in*/, std::size_t /*input*/) const {
    return {};
  }
  /// Rewrites that a graph with this operation wants; compile runs each once.
  [[nodiscard]] virtual std::vector<const Pass*> required_passes() const { return {}; }
};

/// Base of every concrete operation: equality from the class's own defaulted operator==.
template <class Derived>
class OperationOf : public Operation {
 public:
  bool operator==(const OperationOf&) const = default;
  [[nodiscard]] bool same_as(const Operation& other) const override {
    const auto* peer = dynamic_cast<const Derived*>(&other);
    return peer != nullptr && *peer == static_cast<const Derived&>(*this);
  }
};

}  // namespace ridgeback
