// SPDX-License-Identifier: Apache-2.0
// Module: something with parameters that builds a piece of graph.
#pragma once

#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/nn/context.hpp"
#include "ridgeback/nn/description.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::nn {

/// Draws the first value of a parameter or state.
using Initializer =
    std::function<void(std::span<float> values, const Shape& shape, Random& random)>;

/// A parameter (trained) or a state (kept, not trained) under its dotted name, such as "0.weight".
struct NamedTensor {
  std::string name;
  Tensor tensor;
  Initializer initialize;
  bool trained = true;
  /// It belongs to how values are perturbed, such as a range or a learned step, not to the model: a
  /// run that begins with the parameters of another (train::load_parameters) begins it anew.
  bool of_precision = false;
};

class Module {
 public:
  virtual ~Module() = default;

  /// The output for `x`; throws InvalidArgument for a shape that does not fit.
  [[nodiscard]] virtual Tensor forward(const Tensor& x, Context& context) const = 0;
  /// Appends the module's own tensors with names that start with `prefix` (empty or ending in a
  /// dot).
  virtual void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const = 0;
  [[nodiscard]] virtual Description describe() const = 0;
};

/// A module that holds nothing to train or keep.
class StatelessModule : public Module {
 public:
  void collect(const std::string& /*prefix*/,
               std::vector<NamedTensor>& /*tensors*/) const override {}
};

/// All parameters and states of a module in a fixed order.
[[nodiscard]] std::vector<NamedTensor> named_tensors(const Module& module);
/// The one of that name; null without.
[[nodiscard]] const NamedTensor* find_tensor(std::span<const NamedTensor> tensors,
                                             std::string_view name);

/// Initializers. Uniform in +-1/sqrt(fan_in), the recipe of METHOD section 8.
[[nodiscard]] Initializer uniform_fan_in(std::int64_t fan_in);
[[nodiscard]] Initializer constant_value(float value);
/// Normal with mean 0.
[[nodiscard]] Initializer normal_values(float standard_deviation);

/// A module made again from its description; throws InvalidArgument for an unknown kind or bad
/// settings. Safe on descriptions from files.
[[nodiscard]] std::shared_ptr<const Module> build(const Description& description);

}  // namespace ridgeback::nn
