// SPDX-License-Identifier: Apache-2.0
// The training loop: steps, epochs, metrics, checkpoints and exact resume.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/data/loader.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/optim/schedule.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/diagnosis.hpp"
#include "ridgeback/train/evaluate.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ridgeback::train {

/// Settings by name, in a fixed order: what a run was started with.
using Settings = std::vector<std::pair<std::string, std::string>>;

struct EpochRecord {
  std::int64_t epoch = 0;  ///< 1 for the first
  std::int64_t step = 0;   ///< steps done since the start of the run
  double train_loss = 0;   ///< mean over the steps since the record before
  double test_loss = 0;
  double test_accuracy = 0;  ///< 0..1; of text: of next tokens
  double seconds = 0;        ///< since this process started the run
  bool text = false;         ///< of a language model: losses are in nats a token
};

struct StepRecord {
  std::int64_t step = 0;
  std::int64_t steps = 0;  ///< of the whole run
  std::int64_t epoch = 0;
  double loss = 0;
  double gradient_norm = 0;  ///< global, before clipping
  double step_ms = 0;        ///< median of the steps so far
};

/// What becomes of a step whose loss or gradient is NaN or infinite. Either way it changes no
/// parameter and no state.
enum class OnNonFinite : std::uint8_t {
  stop,  ///< a checkpoint of the state before it, then Error naming step and value
  skip,  ///< the next batch; after 100 such steps in a row as `stop`
};

struct FitOptions {
  std::int64_t epochs = 5;
  std::int64_t steps = 0;  ///< if above 0: this many steps in place of `epochs`
  std::int64_t batch = 128;
  std::uint64_t seed = 1;
  std::string schedule = "cosine";
  // Of the method's own values (quant/schedule.hpp); empty for none. The last step must be made
  // with the model's own bits, sparsity and lambda. Whenever bits or sparsity change another
  // executable of the same parameters and moments takes over.
  std::string bits_schedule;
  std::string sparsity_schedule;  ///< a Ramp from 0 to the model's fraction, in 16 stages
  std::string lambda_schedule;    ///< a Ramp to 1 of the factor on every lambda
  double clip_norm = 0;           ///< if above 0: gradients are scaled down to this global norm
  data::Augmentation augment;
  /// A run folder or checkpoint whose parameters and states are the first values (load_parameters);
  /// empty: drawn from the seed.
  std::string from;
  std::string out;      ///< run folder; empty keeps nothing
  bool resume = false;  ///< go on from the newest valid checkpoint in `out`
  std::int64_t checkpoint_steps =
      0;  ///< a checkpoint every so many steps, beside the one at each epoch's end
  std::int64_t evaluation_steps =
      0;  ///< if above 0: an evaluation and its record every so many steps, beside each epoch's end
  bool simulate = false;  ///< fp32 reference path: the passes that pack products are left out
  /// Products of layers with pruned weights skip them (nn::SparseStep). Not together with simulate.
  bool sparse_path = false;
  /// With sparse_path: steps 1, N + 1, 2 N + 1... choose anew which weights are kept and give every
  /// weight its gradient; the steps between train the kept ones alone. 1: every step, which
  /// computes what the dense path does.
  std::int64_t refresh_every = 1;
  OnNonFinite on_nonfinite = OnNonFinite::stop;
  /// If above 0: steps 1, N + 1, 2 N + 1... are diagnosed (Diagnosis) before they are made, which
  /// changes nothing in them and takes the time of about three steps.
  std::int64_t diagnose_every = 0;
  bool profile = false;
  Settings settings;  ///< recorded in checkpoints and summary.json; resume refuses other ones
  std::function<void(const StepRecord&)> on_step;
  std::function<void(const EpochRecord&)> on_epoch;
  std::function<void(const Diagnosis&)> on_diagnosis;
  /// A stage of the schedules begins, in words.
  std::function<void(const std::string&)> on_stage;
  /// A step that was skipped (OnNonFinite::skip), in words: number, what was not finite first.
  std::function<void(const std::string&)> on_skip;
  std::function<bool()> stop;  ///< polled after each step; true ends the run with a checkpoint
};

struct FitResult {
  std::vector<EpochRecord> epochs;
  std::int64_t steps = 0;
  std::int64_t skipped = 0;  ///< steps that changed nothing (OnNonFinite::skip)
  bool stopped = false;      ///< ended early by `stop`
  double step_ms = 0;        ///< median wall time of a step, loading and reading the loss included
  double device_ms = 0;      ///< median device time of a step
  double host_ms = 0;        ///< median host time of a step outside of waiting
  std::uint64_t peak_bytes = 0;  ///< device memory at most
  Profile profile;               ///< of the last step, when asked for
};

/// Trains a classifier, whose `module` maps [batch, sample_size] to logits, or on text a language
/// model, whose module maps tokens [batch, context] to the logits of those that follow. Throws
/// Error("train: not finite at step ...") naming the first value of the step that is NaN or
/// infinite (OnNonFinite).
class Trainer {
 public:
  /// Parameters are drawn by fit() from its seed unless it resumes.
  Trainer(Device device, std::shared_ptr<const nn::Module> module,
          std::shared_ptr<optim::Optimizer> optimizer);
  template <std::derived_from<nn::Module> Model>
  Trainer(Device device, Model model, std::shared_ptr<optim::Optimizer> optimizer)
      : Trainer(std::move(device),
                std::shared_ptr<const nn::Module>(std::make_shared<const Model>(std::move(model))),
                std::move(optimizer)) {}

  FitResult fit(const data::Dataset& dataset, const FitOptions& options);
  [[nodiscard]] const nn::Module& module() const { return *module_; }
  [[nodiscard]] const Device& device() const { return device_; }

 private:
  Device device_;
  std::shared_ptr<const nn::Module> module_;
  std::shared_ptr<optim::Optimizer> optimizer_;
};

/// Writes the first value of every parameter and state: a function of the seed and each tensor's
/// position.
void initialize(const Device& device, const nn::Module& module, std::uint64_t seed);

/// Trainable tensors of a module under their names.
[[nodiscard]] std::vector<nn::NamedTensor> trained_tensors(const nn::Module& module);

}  // namespace ridgeback::train
