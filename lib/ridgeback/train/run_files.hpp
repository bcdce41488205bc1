// SPDX-License-Identifier: Apache-2.0
// The files of a run folder: checkpoints, metrics.jsonl, summary.json, curves.svg, diagnostics.svg.
#pragma once

#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/io/metrics.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/train/trainer.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ridgeback::train {

/// Where a run stands, beside its tensors.
struct RunState {
  std::int64_t step = 0;      ///< steps done
  double epoch_loss_sum = 0;  ///< of the steps of the epoch that is not finished
  std::int64_t epoch_steps = 0;
  std::int64_t skipped = 0;         ///< steps whose loss or gradient was not finite
  std::int64_t skipped_in_row = 0;  ///< of them the latest, without another between
  std::vector<EpochRecord> epochs;
};

/// Settings of the caller carry this prefix in the metadata of a checkpoint, beside the run's own
/// keys.
inline constexpr const char* setting_prefix = "setting.";

class RunFiles {
 public:
  /// `folder` may be empty: then nothing is written. Throws InvalidArgument where a new run would
  /// overwrite an older one.
  RunFiles(const Device& device, const nn::Module& module, const optim::Optimizer& optimizer,
           const nn::PatternStore& patterns, const data::Dataset& dataset,
           const FitOptions& options, std::int64_t total_steps);

  /// More states that belong into checkpoints; before resume().
  void keep(const std::vector<nn::NamedTensor>& states);

  /// With FitOptions::resume: the newest checkpoint's state, its tensors written to the device,
  /// metrics cut back to it. Throws InvalidArgument naming a setting that differs from the run's.
  [[nodiscard]] std::optional<RunState> resume();

  void save_checkpoint(const RunState& state) const;
  void add_epoch(const EpochRecord& record) const;
  /// A line of metrics.jsonl.
  void add_record(const io::Record& record) const;
  void write_curves(std::span<const EpochRecord> epochs) const;
  /// diagnostics.svg from metrics.jsonl; nothing where that holds no diagnosis.
  void write_diagnosis_plots() const;
  void write_summary(const FitResult& result) const;

 private:
  [[nodiscard]] std::map<std::string, std::string> identity() const;
  [[nodiscard]] std::vector<nn::NamedTensor> all_tensors() const;
  [[nodiscard]] bool enabled() const { return !options_.out.empty(); }
  [[nodiscard]] std::string path(const char* name) const { return options_.out + "/" + name; }

  const Device& device_;
  const nn::Module& module_;
  const optim::Optimizer& optimizer_;
  const nn::PatternStore& patterns_;
  const data::Dataset& dataset_;
  const FitOptions& options_;
  std::int64_t total_steps_;
  std::vector<nn::NamedTensor> kept_states_;
};

}  // namespace ridgeback::train
