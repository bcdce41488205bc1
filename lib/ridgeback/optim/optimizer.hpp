// SPDX-License-Identifier: Apache-2.0
// Optimizer: turns gradients into the assignments that end a training step.
#pragma once

#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/ops/sparse.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ridgeback::optim {

/// A tensor to train and how.
struct Parameter {
  std::string name;  ///< dotted, such as "0.weight"; the optimizer's states are named after it
  Tensor tensor;
  float rate_scale = 1;  ///< multiplies the learning rate
  bool decay = true;     ///< takes part in weight decay
  /// If set, only these entries of the tensor and of its states take part in the step: the gradient
  /// has a value for each, and everything else stands still.
  std::optional<SparsePattern> pattern = {};
  /// Step parameters that the update reads (ops/optimizer_steps.hpp: gated_step); null for those of
  /// the run.
  Tensor step = {};
};

/// A tensor that the optimizer keeps: what a checkpoint must hold beside the parameters.
struct State {
  std::string name;  ///< "adam.m.0.weight"
  Tensor tensor;
};

/// Owns its states: the same optimizer used for several graphs of the same parameters continues, it
/// does not start anew. The learning rate is read from StepParams at every step; rate() is what a
/// Schedule multiplies.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// One step: assignments to the parameters and to the states, to be handed to compile(). Makes
  /// the states of parameters that are new to it. Gradients in the order of the parameters; a
  /// parameter with a null gradient is left alone, as is its state. Throws InvalidArgument where
  /// the numbers or specs differ, where a tensor is no parameter, or for a second parameter of one
  /// name.
  [[nodiscard]] virtual std::vector<Assignment> step(std::span<const Parameter> parameters,
                                                     std::span<const Tensor> gradients) = 0;
  /// All states made so far, in the order of their making. Zeros before the first step.
  [[nodiscard]] virtual std::vector<State> states() const = 0;
  /// What the schedule multiplies.
  [[nodiscard]] virtual float rate() const = 0;
  /// What optimizer_from_text reads, complete: "adamw:rate=0.001,beta1=0.9,...".
  [[nodiscard]] virtual std::string text() const = 0;
};

struct SgdOptions {
  float rate = 0.1F;
  float momentum = 0;  ///< 0 keeps no velocity
  bool nesterov = false;
  float weight_decay = 0;  ///< added to the gradient, times the parameter
};
struct AdamOptions {
  float rate = 1e-3F;
  double beta1 = 0.9;
  double beta2 = 0.999;
  float epsilon = 1e-8F;
  float weight_decay = 0;  ///< added to the gradient, times the parameter
};
struct AdamWOptions {
  float rate = 1e-3F;
  double beta1 = 0.9;
  double beta2 = 0.999;
  float epsilon = 1e-8F;
  float weight_decay = 1e-2F;  ///< shrinks the parameter by rate * weight_decay a step
};

/// As torch.optim.SGD, Adam and AdamW (ops/optimizer_steps.hpp has the formulas). Throw
/// InvalidArgument for options out of range.
[[nodiscard]] std::shared_ptr<Optimizer> sgd(const SgdOptions& options = {});
[[nodiscard]] std::shared_ptr<Optimizer> adam(const AdamOptions& options = {});
[[nodiscard]] std::shared_ptr<Optimizer> adamw(const AdamWOptions& options = {});

/// "adam", "adam:rate=0.002", "sgd:momentum=0.9,nesterov=1"... Throws InvalidArgument that lists
/// what there is for an unknown name or setting.
[[nodiscard]] std::shared_ptr<Optimizer> optimizer_from_text(std::string_view text);
[[nodiscard]] const std::vector<std::string>& optimizer_names();

}  // namespace ridgeback::optim
