// SPDX-License-Identifier: Apache-2.0
// ridgeback train
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/io/file.hpp"
#include "ridgeback/io/trace.hpp"

#include <cstdio>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "interrupt.hpp"
#include "progress.hpp"
#include "recipe.hpp"
#include "run_record.hpp"
#include "training_steps.hpp"
#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  ridgeback train --epochs 2\n"
    "      fp32 on drawn digits; nothing is kept\n"
    "  ridgeback train --weights 1 --activations 1 --out runs/one_bit\n"
    "      1-bit weights and activations with the method's defaults\n"
    "  ridgeback train --weights 1 --activations 1 --estimator ste --out runs/ste\n"
    "      the same with the straight-through estimator\n"
    "  ridgeback train --data DIR --weights 1 --activations 4 --sparsity 2:4\n"
    "      MNIST's files in DIR, sparse weights\n"
    "  ridgeback train --sparsity 0.98 --sparse-path --refresh-every 10\n"
    "      skip the pruned weights, all gradients every tenth step\n"
    "  ridgeback train --weights 1 --activations 1 --diagnose 50 --out runs/watched\n"
    "      what the codes lose and where the gradient points, every 50 steps\n"
    "  ridgeback train --from runs/fp32 --weights 1 --activations 1 --lr 1e-4 --out runs/tuned\n"
    "      fine-tune what was trained in fp32\n"
    "  ridgeback train --model gpt --data FILE.txt --batch 16 --lr 3e-3 --steps 300 --out "
    "runs/gpt\n"
    "      a language model of characters; `ridgeback infer` writes text with it\n"
    "  ridgeback train --resume runs/one_bit\n"
    "      go on after Ctrl-C, a crash or a power cut: the result has the same bytes as without\n"
    "\n"
    "--out DIR leaves settings.json, metrics.jsonl (a line an evaluation), curves.svg,\n"
    "summary.json, checkpoint-N.safetensors and with --diagnose diagnostics.svg. Ctrl-C stops\n"
    "after the step and leaves a checkpoint; twice ends at "
    "once. The result on standard output: a table of the epochs, or with --json one document.";

struct TrainOptions {
  SettingValues settings;
  std::string out;
  std::string resume;
  std::string profile;
  std::string on_nonfinite = "stop";
  std::int64_t checkpoint_steps = 0;
};

void add_options(CLI::App& command, TrainOptions& options) {
  options.settings.add_options(command);
  const char* group = "Run";
  command.add_option("--out", options.out, "Run folder; without it nothing is kept")
      ->type_name("DIR")
      ->group(group);
  command
      .add_option(
          "--resume", options.resume,
          "Continue the run in DIR with its settings. Settings given again must agree; with "
          "--out of the same DIR a run that is not there is started")
      ->type_name("DIR")
      ->group(group);
  command
      .add_option("--checkpoint-steps", options.checkpoint_steps,
                  "A checkpoint every N steps beside the one at each epoch's end (0: none)")
      ->type_name("N")
      ->default_str("0")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}).description(""))
      ->group(group);
  command
      .add_option("--on-nonfinite", options.on_nonfinite,
                  "A step whose loss or gradient is NaN or infinite changes nothing. stop: leave a "
                  "checkpoint of the state before it and end with status 1, naming the first such "
                  "value; skip: go on with the next batch (at most 99 such steps in a row)")
      ->type_name("stop|skip")
      ->default_str("stop")
      ->check(CLI::IsMember({"stop", "skip"}).description(""))
      ->group(group);
  command
      .add_option("--profile", options.profile,
                  "Time every launch: a table on standard error and the last step as a Chrome "
                  "trace in FILE (chrome://tracing, ui.perfetto.dev)")
      ->type_name("FILE")
      ->group(group);
}

// Where the run goes on, its recorded settings take the place of the defaults. Returns whether it
// goes on. A run whose folder was not made yet when it was killed starts anew.
bool prepare_settings(TrainOptions& options) {
  if (options.resume.empty()) return false;
  const bool may_start = options.out == options.resume;
  require(options.out.empty() || may_start,
          fmt::format("--out: a resumed run stays in its folder (got {}, expected {})", options.out,
                      options.resume));
  options.out = options.resume;
  const RunRecord record(options.resume);
  if (!record.exists()) {
    if (may_start) return false;
    throw FileError(options.resume, "holds no run to resume (settings.json is not there)");
  }
  options.settings.continue_from(record.read(), record.file());
  return true;
}

void print_header(const Device& device, const data::Dataset& dataset, const ModelChoice& model,
                  const SettingValues& settings, const optim::Optimizer& optimizer) {
  fmt::print(stderr, "device       {}\ndata         {}\nmodel        {}\n", device.description(),
             describe_data(dataset), model.text);
  print_precision(settings);
  const std::string length = settings.whole("steps") > 0 ? settings.text("steps") + " steps"
                                                         : settings.text("epochs") + " epochs";
  fmt::print(stderr, "recipe       {} of batch {}, {}, {} schedule, seed {}\n", length,
             settings.text("batch"), optimizer.text(), settings.text("schedule"),
             settings.text("seed"));
}

// The plan of the step that will run, made before anything does.
void print_memory(const Device& device, const ModelChoice& model, optim::Optimizer& optimizer,
                  const train::FitOptions& fit) {
  const train::StepGraph step = training_steps(model, optimizer, fit).front().graph;
  const Program program =
      plan(device.target(), {step.loss}, step.updates, {.disabled_passes = disabled_passes(fit)});
  fmt::print(stderr,
             "memory       {} at the peak of a step: {} parameters and optimizer state, {} "
             "temporaries\n",
             bytes_text(static_cast<double>(program.peak_bytes())),
             bytes_text(static_cast<double>(program.persistent_bytes())),
             bytes_text(static_cast<double>(program.temporary_bytes())));
}

std::string trace_text(const Profile& profile) {
  std::vector<io::TraceEvent> events;
  for (const ProfileEntry& entry : profile.entries) {
    events.push_back(
        {entry.label, entry.kernel + "." + entry.variant, entry.start_us, entry.us, "device"});
  }
  return io::chrome_trace(events);
}

void add_test(nlohmann::ordered_json& json, const train::EpochRecord& record) {
  json["test_loss"] = record.test_loss;
  json["test_accuracy"] = record.test_accuracy;
  if (record.text) {
    json["test_bits"] = train::bits_of_loss(record.test_loss);
    json["test_perplexity"] = train::perplexity_of_loss(record.test_loss);
  }
  json["seconds"] = record.seconds;
}

nlohmann::ordered_json to_json(const train::EpochRecord& record) {
  nlohmann::ordered_json json{
      {"epoch", record.epoch}, {"step", record.step}, {"train_loss", record.train_loss}};
  add_test(json, record);
  return json;
}

void print_table(const std::vector<train::EpochRecord>& records) {
  if (!records.empty() && records[0].text) {
    fmt::print(
        "epoch    step  train loss  test loss  bits a token  perplexity  next token  "
        "seconds\n");
    for (const train::EpochRecord& r : records) {
      fmt::print("{:5}  {:6}  {:10.4f}  {:9.4f}  {:12.4f}  {:10.3f}  {:8.2f} %  {:7.1f}\n", r.epoch,
                 r.step, r.train_loss, r.test_loss, train::bits_of_loss(r.test_loss),
                 train::perplexity_of_loss(r.test_loss), 100 * r.test_accuracy, r.seconds);
    }
    return;
  }
  fmt::print("epoch  train loss  test loss  test accuracy  seconds\n");
  for (const train::EpochRecord& record : records) {
    fmt::print("{:5}  {:10.4f}  {:9.4f}  {:11.2f} %  {:7.1f}\n", record.epoch, record.train_loss,
               record.test_loss, 100 * record.test_accuracy, record.seconds);
  }
}

void print_result(const TrainOptions& options, const Globals& globals, const Device& device,
                  const train::FitResult& result) {
  if (globals.json) {
    nlohmann::ordered_json json{{"device", device.name()}, {"driver", device.driver()}};
    json["out"] = options.out;
    for (const auto& [name, value] : options.settings.all()) json["settings"][name] = value;
    json["epochs"] = nlohmann::ordered_json::array();
    for (const train::EpochRecord& record : result.epochs)
      json["epochs"].push_back(to_json(record));
    if (!result.epochs.empty()) {
      const train::EpochRecord& last = result.epochs.back();
      json["train_loss"] = last.train_loss;
      add_test(json, last);
    }
    json["steps"] = result.steps;
    json["skipped_steps"] = result.skipped;
    json["step_ms"] = result.step_ms;
    json["device_ms"] = result.device_ms;
    json["host_ms"] = result.host_ms;
    json["peak_bytes"] = result.peak_bytes;
    json["stopped"] = result.stopped;
    return print_json(json);
  }
  print_table(result.epochs);
  fmt::print("{} steps, {:.2f} ms a step (device {:.2f}, host {:.2f}), peak {}\n", result.steps,
             result.step_ms, result.device_ms, result.host_ms,
             bytes_text(static_cast<double>(result.peak_bytes)));
}

void run_train(TrainOptions& options, const Globals& globals) {
  const bool resuming = prepare_settings(options);
  const SettingValues& settings = options.settings;
  // Everything that can be wrong with the options is found before a folder is made.
  static_cast<void>(precision_of(settings));
  const auto optimizer = optimizer_of(settings);
  train::FitOptions fit = fit_options(settings);

  RunRecord record(options.out);
  if (resuming) {
    record.hold();
  } else {
    record.start(settings.all());
  }
  std::optional<io::AtomicFile> trace;
  if (!options.profile.empty()) trace.emplace(options.profile);

  const Device device = Device::open(globals.device);
  if (settings.flag("deterministic")) device.forget_tuned();
  const data::Dataset dataset = open_data(settings, globals.quiet);
  const ModelChoice model = model_of(settings, dataset);
  if (!globals.quiet) print_header(device, dataset, model, settings, *optimizer);
  if (!globals.quiet) print_memory(device, model, *optimizer, fit);

  Progress progress(globals.quiet);
  fit.out = options.out;
  fit.resume = resuming && record.can_continue();
  fit.checkpoint_steps = options.checkpoint_steps;
  fit.profile = trace.has_value();
  fit.on_step = [&](const train::StepRecord& step) { progress.step(step); };
  fit.on_nonfinite =
      options.on_nonfinite == "skip" ? train::OnNonFinite::skip : train::OnNonFinite::stop;
  fit.on_skip = [&](const std::string& what) { fmt::print(stderr, "\nskipped: {}\n", what); };
  if (!globals.quiet)
    fit.on_stage = [](const std::string& what) { fmt::print(stderr, "stage        {}\n", what); };
  fit.on_epoch = [&](const train::EpochRecord& epoch) { progress.epoch(epoch); };
  fit.stop = [] { return Interrupt::requested(); };
  const Interrupt interrupt;
  const train::FitResult result = train::Trainer(device, model.module, optimizer).fit(dataset, fit);

  if (trace) {
    trace->write(trace_text(result.profile));
    trace->commit();
    fmt::print(stderr, "{}", result.profile.table());
  }
  if (result.stopped) {
    throw Error(options.out.empty()
                    ? fmt::format("train: stopped after step {}; nothing is kept without --out",
                                  result.steps)
                    : fmt::format("train: stopped after step {}; continue with: ridgeback train "
                                  "--resume {}",
                                  result.steps, options.out));
  }
  print_result(options, globals, device, result);
}

}  // namespace

void register_train(CLI::App& app, const Globals& globals) {
  CLI::App* command = app.add_subcommand("train", "Train a model");
  const auto options = std::make_shared<TrainOptions>();
  add_options(*command, *options);
  command->footer(examples);
  command->callback([options, &globals] { run_train(*options, globals); });
}

}  // namespace ridgeback::cli
