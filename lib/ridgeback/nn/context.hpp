// SPDX-License-Identifier: Apache-2.0
// What a forward pass needs to know, and where it leaves by-products.
#pragma once

#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/nn/sparse_step.hpp"
#include "ridgeback/quant/quant.hpp"

#include <functional>
#include <string>
#include <vector>

namespace ridgeback::nn {

/// A value that a layer perturbs.
struct Operand {
  std::string name;  ///< "0.weight", "0.activation"
  Tensor value;
  quant::Perturbation perturbation;  ///< resolved
  quant::PerturbInputs inputs;
  quant::Perturbed perturbed;
};

/// A value of a forward pass under a name that tells a reader what it is.
struct NamedValue {
  std::string name;
  Tensor value;
};

/// One way of building the graph of a model. The same forward code serves training, evaluation,
/// export and a deployed model: whatever evaluation derives from parameters alone passes through
/// frozen(), which an exporter records and a deployed model supplies from its file. So a deployed
/// model computes with the same operations as evaluation.
class Context {
 public:
  enum class Mode : std::uint8_t { training, evaluation };
  explicit Context(Mode mode) : mode_(mode) {}

  [[nodiscard]] bool training() const { return mode_ == Mode::training; }

  /// `derived` depends on parameters and states only. Returns what to use in its place; `name` is
  /// relative to the module.
  [[nodiscard]] Tensor frozen(const std::string& name, const Tensor& derived);
  /// Called by frozen() with the full name in place of returning `derived`; evaluation only.
  void on_frozen(std::function<Tensor(const std::string& name, const Tensor& derived)> hook);

  /// An assignment that a training step makes beside the optimizer's, such as a running mean.
  void update(const Assignment& assignment) { updates_.push_back(assignment); }
  [[nodiscard]] const std::vector<Assignment>& updates() const { return updates_; }

  /// A state whose next value is what gradient() returns for it, such as a range of output
  /// gradients (quant::GradientRanges): the training step assigns it.
  void follow_gradient(const Tensor& state) { gradient_states_.push_back(state); }
  [[nodiscard]] const std::vector<Tensor>& gradient_states() const { return gradient_states_; }

  /// How layers with pruned weights make their products; training only. `patterns` must outlive the
  /// context; kept steps need those that full steps left there, full ones alone do without.
  void use_sparse(SparseStep step, PatternStore* patterns);
  [[nodiscard]] SparseStep sparse_step() const { return sparse_step_; }
  [[nodiscard]] PatternStore* patterns() const { return patterns_; }
  /// Called by layers in full steps.
  void leave_pattern(const PrunedWeight& pruned) { pruned_weights_.push_back(pruned); }
  [[nodiscard]] const std::vector<PrunedWeight>& pruned_weights() const { return pruned_weights_; }
  /// Called by layers in kept steps.
  void train_entries(const TrainedEntries& entries) { trained_entries_.push_back(entries); }
  [[nodiscard]] const std::vector<TrainedEntries>& trained_entries() const {
    return trained_entries_;
  }
  /// What this pass uses in the place of the perturbations that the layers were made with; null
  /// for those themselves. It may return the identity, else something resolved.
  void adjust(std::function<quant::Perturbation(const quant::Perturbation&)> adjusted) {
    adjusted_ = std::move(adjusted);
  }
  [[nodiscard]] quant::Perturbation perturbation(const quant::Perturbation& own) const {
    if (unperturbed_) return {};
    return adjusted_ ? adjusted_(own) : own;
  }
  /// A pass of the same network in fp32: nothing is perturbed, output gradients neither. It draws
  /// what else it draws as before.
  void leave_unperturbed() { unperturbed_ = true; }
  [[nodiscard]] bool unperturbed() const { return unperturbed_; }
  /// Called by layers for what they perturb, and for values worth naming, in the order in which
  /// they are computed; `name` is relative to the module.
  void add_operand(Operand operand);
  void trace(const std::string& name, const Tensor& value);
  [[nodiscard]] const std::vector<Operand>& operands() const { return operands_; }
  [[nodiscard]] const std::vector<NamedValue>& traced() const { return traced_; }

  /// The full name of what the module that is being built calls `name`.
  [[nodiscard]] std::string full_name(const std::string& name) const { return prefix_ + name; }

  /// A number for each random operation of this forward pass, in order of construction.
  [[nodiscard]] std::uint32_t next_stream() { return next_stream_++; }

  /// Names the module that is being built while it lives.
  class Scope {
   public:
    Scope(Context& context, const std::string& name);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Context& context_;
    std::size_t previous_length_;
  };

 private:
  Mode mode_;
  std::string prefix_;
  std::vector<Assignment> updates_;
  std::vector<Tensor> gradient_states_;
  std::function<Tensor(const std::string&, const Tensor&)> hook_;
  std::uint32_t next_stream_ = 1;
  SparseStep sparse_step_ = SparseStep::none;
  PatternStore* patterns_ = nullptr;
  std::vector<PrunedWeight> pruned_weights_;
  std::vector<TrainedEntries> trained_entries_;
  std::function<quant::Perturbation(const quant::Perturbation&)> adjusted_;
  bool unperturbed_ = false;
  std::vector<Operand> operands_;
  std::vector<NamedValue> traced_;
};

}  // namespace ridgeback::nn
