// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/run_files.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/file.hpp"
#include "ridgeback/io/metrics.hpp"
#include "ridgeback/io/model_info.hpp"
#include "ridgeback/io/svg_plot.hpp"
#include "ridgeback/nn/description_json.hpp"
#include "ridgeback/train/diagnosis.hpp"
#include "ridgeback/train/stored_state.hpp"

#include <cstdlib>
#include <filesystem>
#include <fmt/core.h>

namespace ridgeback::train {
namespace {

namespace fs = std::filesystem;

std::string exact_text(double value) {
  return fmt::format("{:a}", value);
}

double exact_number(const std::map<std::string, std::string>& settings, const std::string& key,
                    const std::string& file) {
  const auto found = settings.find(key);
  char* end = nullptr;
  const double value = found == settings.end() ? 0 : std::strtod(found->second.c_str(), &end);
  if (found == settings.end() || *end != '\0')
    throw FormatError(file, fmt::format("metadata lacks '{}'", key));
  return value;
}

io::Record to_record(const EpochRecord& epoch) {
  io::Record record;
  record.set("epoch", epoch.epoch)
      .set("step", epoch.step)
      .set("train_loss", epoch.train_loss)
      .set("test_loss", epoch.test_loss)
      .set("test_accuracy", epoch.test_accuracy);
  if (epoch.text) {
    record.set("test_bits", bits_of_loss(epoch.test_loss))
        .set("test_perplexity", perplexity_of_loss(epoch.test_loss));
  }
  record.set("seconds", epoch.seconds);
  return record;
}

EpochRecord from_record(const io::Record& record) {
  EpochRecord epoch;
  epoch.epoch = record.integer("epoch").value_or(0);
  epoch.step = record.integer("step").value_or(0);
  epoch.train_loss = record.number("train_loss").value_or(0);
  epoch.test_loss = record.number("test_loss").value_or(0);
  epoch.test_accuracy = record.number("test_accuracy").value_or(0);
  epoch.seconds = record.number("seconds").value_or(0);
  epoch.text = record.find("test_bits") != nullptr;
  return epoch;
}

bool is_complete(const std::string& summary) {
  if (!fs::exists(summary)) return false;
  try {
    const io::Record record = io::read_summary(summary);
    const io::Value* complete = record.find("complete");
    return complete != nullptr && *complete == io::Value(true);
  } catch (const FormatError&) {
    return false;
  }
}

}  // namespace

RunFiles::RunFiles(const Device& device, const nn::Module& module,
                   const optim::Optimizer& optimizer, const nn::PatternStore& patterns,
                   const data::Dataset& dataset, const FitOptions& options,
                   std::int64_t total_steps)
    : device_(device),
      module_(module),
      optimizer_(optimizer),
      patterns_(patterns),
      dataset_(dataset),
      options_(options),
      total_steps_(total_steps) {
  if (!enabled() || options.resume) return;
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error)
    throw FileError(options.out, fmt::format("cannot make this folder ({})", error.message()));
  require(io::list_checkpoints(options.out).empty() && !fs::exists(path("metrics.jsonl")),
          fmt::format("train: '{}' holds a run already; resume it or choose another folder",
                      options.out));
}

std::map<std::string, std::string> RunFiles::identity() const {
  std::map<std::string, std::string> identity;
  for (const auto& [name, value] : options_.settings) identity[setting_prefix + name] = value;
  identity["model"] = nn::to_json(module_.describe());
  identity["optimizer"] = optimizer_.text();
  identity["schedule"] = options_.schedule;
  identity["batch"] = std::to_string(options_.batch);
  identity["seed"] = std::to_string(options_.seed);
  identity["clip_norm"] = exact_text(options_.clip_norm);
  identity["augment"] =
      fmt::format("shift={},flip={}", options_.augment.shift, options_.augment.flip ? 1 : 0);
  identity["total_steps"] = std::to_string(total_steps_);
  identity["data"] = fmt::format("{} {} train {} test", dataset_.name, dataset_.train.count(),
                                 dataset_.test.count());
  if (dataset_.is_text()) identity["data"] += " windows of " + dataset_.tokens;
  identity["evaluation_steps"] = std::to_string(options_.evaluation_steps);
  identity["simulate"] = options_.simulate ? "1" : "0";
  identity["bits_schedule"] = options_.bits_schedule;
  identity["sparsity_schedule"] = options_.sparsity_schedule;
  identity["lambda_schedule"] = options_.lambda_schedule;
  identity["from"] = options_.from;
  identity["diagnose_every"] = std::to_string(options_.diagnose_every);
  identity["refresh_every"] = options_.sparse_path ? std::to_string(options_.refresh_every) : "0";
  return identity;
}

std::vector<nn::NamedTensor> RunFiles::all_tensors() const {
  std::vector<nn::NamedTensor> tensors = nn::named_tensors(module_);
  for (const optim::State& state : optimizer_.states())
    tensors.push_back({state.name, state.tensor, {}, false});
  for (const auto& [name, tensor] : patterns_.states())
    tensors.push_back({name, tensor, {}, false});
  tensors.insert(tensors.end(), kept_states_.begin(), kept_states_.end());
  return tensors;
}

void RunFiles::keep(const std::vector<nn::NamedTensor>& states) {
  kept_states_.insert(kept_states_.end(), states.begin(), states.end());
}

std::optional<RunState> RunFiles::resume() {
  if (!enabled() || !options_.resume) return std::nullopt;
  const auto found = io::latest_checkpoint(options_.out);
  if (!found) throw FileError(options_.out, "holds no checkpoint to resume from");
  const std::string file = found->path.string();
  const io::Checkpoint& checkpoint = found->checkpoint;
  for (const auto& [key, value] : identity()) {
    const auto recorded = checkpoint.settings.find(key);
    const std::string was = recorded == checkpoint.settings.end() ? "nothing" : recorded->second;
    require(
        was == value,
        fmt::format("train: the run in '{}' was started with another {} (got '{}', expected '{}')",
                    options_.out, key, value, was));
  }
  RunState state;
  state.step = checkpoint.step;
  state.epoch_loss_sum = exact_number(checkpoint.settings, "epoch_loss_sum", file);
  state.epoch_steps =
      static_cast<std::int64_t>(exact_number(checkpoint.settings, "epoch_steps", file));
  state.skipped = static_cast<std::int64_t>(exact_number(checkpoint.settings, "skipped", file));
  state.skipped_in_row =
      static_cast<std::int64_t>(exact_number(checkpoint.settings, "skipped_in_row", file));
  write_state(device_, all_tensors(), checkpoint.tensors, file);
  io::truncate_metrics(path("metrics.jsonl"), state.step);
  if (fs::exists(path("metrics.jsonl"))) {
    for (const io::Record& record : io::read_metrics(path("metrics.jsonl"))) {
      if (record.find("train_loss") != nullptr) state.epochs.push_back(from_record(record));
    }
  }
  return state;
}

void RunFiles::save_checkpoint(const RunState& state) const {
  if (!enabled()) return;
  io::Checkpoint checkpoint;
  checkpoint.step = state.step;
  checkpoint.epoch = state.epochs.empty() ? 0 : state.epochs.back().epoch;
  checkpoint.settings = identity();
  checkpoint.settings["epoch_loss_sum"] = exact_text(state.epoch_loss_sum);
  checkpoint.settings["epoch_steps"] = std::to_string(state.epoch_steps);
  checkpoint.settings["skipped"] = std::to_string(state.skipped);
  checkpoint.settings["skipped_in_row"] = std::to_string(state.skipped_in_row);
  io::write_info({dataset_.sample_shape, dataset_.normalization.mean, dataset_.normalization.stddev,
                  dataset_.class_names, dataset_.tokens},
                 checkpoint.settings);
  checkpoint.tensors = read_state(device_, all_tensors());
  io::save_checkpoint(options_.out, checkpoint);
}

void RunFiles::add_epoch(const EpochRecord& record) const {
  add_record(to_record(record));
}

void RunFiles::add_record(const io::Record& record) const {
  if (enabled()) io::MetricsWriter(path("metrics.jsonl")).append(record);
}

void RunFiles::write_diagnosis_plots() const {
  if (!enabled() || !fs::exists(path("metrics.jsonl"))) return;
  const std::string plots = diagnosis_plots(io::read_metrics(path("metrics.jsonl")), dataset_.name);
  if (!plots.empty()) io::write_atomically(path("diagnostics.svg"), plots);
}

void RunFiles::write_curves(std::span<const EpochRecord> epochs) const {
  if (!enabled()) return;
  const bool by_step = options_.evaluation_steps > 0;
  const bool text = dataset_.is_text();
  io::Series train{"train loss", {}, {}};
  io::Series test{"test loss", {}, {}};
  io::Series accuracy{"test accuracy", {}, {}};
  for (const EpochRecord& epoch : epochs) {
    for (io::Series* series : {&train, &test, &accuracy})
      series->x.push_back(static_cast<double>(by_step ? epoch.step : epoch.epoch));
    train.y.push_back(epoch.train_loss);
    test.y.push_back(epoch.test_loss);
    accuracy.y.push_back(100 * epoch.test_accuracy);
  }
  const std::vector<io::Panel> panels{{.title = "Loss",
                                       .x_label = by_step ? "step" : "epoch",
                                       .y_label = text ? "nats a token" : "cross entropy",
                                       .series = {train, test}},
                                      {.title = "Accuracy",
                                       .x_label = by_step ? "step" : "epoch",
                                       .y_label = text ? "% of next tokens" : "% of test samples",
                                       .series = {accuracy}}};
  io::write_atomically(path("curves.svg"), io::render_svg(panels, {.title = dataset_.name}));
}

void RunFiles::write_summary(const FitResult& result) const {
  if (!enabled()) return;
  // A finished run that was resumed made no step: the figures of the one that did stay.
  if (result.step_ms == 0 && is_complete(path("summary.json"))) return;
  io::Record settings;
  for (const auto& [name, value] : options_.settings) settings.set(name, value);
  io::Record summary;
  summary.set("settings", settings)
      .set("model", nn::to_json(module_.describe()))
      .set("optimizer", optimizer_.text())
      .set("device", device_.description())
      .set("parameters",
           [&] {
             std::int64_t count = 0;
             for (const nn::NamedTensor& named : trained_tensors(module_))
               count += named.tensor.shape().count();
             return count;
           }())
      .set("steps", result.steps)
      .set("skipped_steps", result.skipped)
      .set("complete", result.steps == total_steps_);
  if (!result.epochs.empty()) {
    const EpochRecord& last = result.epochs.back();
    summary.set("epoch", last.epoch)
        .set("train_loss", last.train_loss)
        .set("test_loss", last.test_loss)
        .set("test_accuracy", last.test_accuracy);
    if (last.text) {
      summary.set("test_bits", bits_of_loss(last.test_loss))
          .set("test_perplexity", perplexity_of_loss(last.test_loss));
    }
    summary.set("seconds", last.seconds);
  }
  summary.set("step_ms", result.step_ms)
      .set("device_ms", result.device_ms)
      .set("host_ms", result.host_ms)
      .set("peak_bytes", result.peak_bytes);
  io::write_summary(path("summary.json"), summary);
}

}  // namespace ridgeback::train
