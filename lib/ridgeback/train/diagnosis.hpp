// SPDX-License-Identifier: Apache-2.0
// What a researcher asks of a training step: how good the codes are, and what the gradient is
// worth.
#pragma once

#include "ridgeback/data/loader.hpp"
#include "ridgeback/io/metrics.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/step_graph.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace ridgeback::train {

/// Of one perturbed operand. NaN: not defined, or not known yet.
struct OperandDiagnosis {
  std::string name;  ///< "0.weight", "0.activation"
  /// 10 log10 of the sum of (x - m)^2 over the sum of (x_hat - x)^2, m the block's mean in an
  /// affine form and 0 in a linear one: above 0 the value says more than its mean does.
  double snr_db = 0;
  double snr_plain_db = 0;  ///< the same of s_f q + b_f, which is not denoised
  double rho = 0;           ///< mean over blocks of s / s_f: the Wiener factor
  double rho_min = 0;       ///< over blocks
  double dead = 0;          ///< share of blocks whose denoised value is one constant
  double saturated = 0;     ///< share of values whose (x - b_f) / s_f is beyond the codes
  double zeros = 0;         ///< share of pruned values
  /// Of parameters: share of codes that differ from those of the values at the last report (of
  /// values kept or pruned, where the kept ones are not coded).
  double flipped = std::numeric_limits<double>::quiet_NaN();
};

/// Of one parameter: its gradient, and the angle to the gradient of the same network with nothing
/// perturbed, at the same values and the same batch.
struct ParameterDiagnosis {
  std::string name;
  double gradient_norm = 0;
  double cosine = 0;
};

struct Diagnosis {
  std::int64_t step = 0;  ///< the step that follows
  double loss = 0;
  double fp32_loss = 0;  ///< of the network with nothing perturbed
  double gradient_norm = 0;
  double cosine = 0;  ///< over all parameters
  std::vector<OperandDiagnosis> operands;
  std::vector<ParameterDiagnosis> parameters;
};

/// {"step": .., "diagnosis": {.., "operands": {name: {..}}, "parameters": {name: {..}}}}.
[[nodiscard]] io::Record to_record(const Diagnosis& diagnosis);
/// Small multiples over the steps of those records that hold a diagnosis: a panel for each figure,
/// a line for each operand or parameter. Empty where there is none.
[[nodiscard]] std::string diagnosis_plots(std::span<const io::Record> records,
                                          const std::string& title);

/// Computes a Diagnosis beside the training step, in an executable of its own: it reads parameters
/// and changes none. Its states are a copy of perturbed parameters, as of the last report.
class Diagnoser {
 public:
  Diagnoser(const Device& device, const nn::Module& module, const SampleSpec& sample,
            std::int64_t batch, const CompileOptions& options,
            const std::vector<nn::NamedTensor>& previous, const Adjust& adjust = {});

  /// The states of a module's diagnosers: a checkpoint must hold them.
  [[nodiscard]] static std::vector<nn::NamedTensor> states(const nn::Module& module,
                                                           const SampleSpec& sample,
                                                           std::int64_t batch);

  /// For the step whose batch and parameters these are. `first`: there was no report before.
  [[nodiscard]] Diagnosis run(const data::Batch& batch, const StepParams& params, bool first);

 private:
  struct Graph {
    StepInputs inputs;
    std::vector<std::string> operands;
    std::vector<std::string> parameters;
    Tensor losses;            ///< [2]
    Tensor operand_values;    ///< [operands, operand_figures]; null without any
    Tensor parameter_values;  ///< [parameters, parameter_figures]
    std::vector<Assignment> updates;
    std::vector<bool> remembered;  ///< of each operand: whether the last report is known
  };
  Diagnoser(const Device& device, Graph graph, const CompileOptions& options);
  static Graph build(const nn::Module& module, const SampleSpec& sample, std::int64_t batch,
                     const std::vector<nn::NamedTensor>& previous, const Adjust& adjust);
  [[nodiscard]] static std::vector<Tensor> outputs(const Graph& graph);

  Graph graph_;
  Executable executable_;
};

}  // namespace ridgeback::train
