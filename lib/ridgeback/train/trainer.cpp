// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/trainer.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/train/diagnosis.hpp"
#include "ridgeback/train/load_parameters.hpp"
#include "ridgeback/train/non_finite.hpp"
#include "ridgeback/train/run_files.hpp"
#include "ridgeback/train/stages.hpp"
#include "ridgeback/train/step_graph.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/core.h>
#include <optional>

namespace ridgeback::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The last `kept` values: enough for a steady median, bounded for long runs.
class Window {
 public:
  void add(double value) {
    if (values_.size() < kept) {
      values_.push_back(value);
    } else {
      values_[next_++ % kept] = value;
    }
  }
  [[nodiscard]] double median() const { return train::median(values_); }

 private:
  static constexpr std::size_t kept = 512;
  std::vector<double> values_;
  std::size_t next_ = 0;
};

CompileOptions compile_options(const FitOptions& options) {
  CompileOptions result;
  if (options.simulate) result.disabled_passes = {simulated_pass};
  result.profile = options.profile;
  return result;
}

// One fit() call: what would otherwise be passed from hand to hand.
class Run {
 public:
  Run(const Device& device, const std::shared_ptr<const nn::Module>& module,
      optim::Optimizer& optimizer, const data::Dataset& dataset, const FitOptions& options)
      : device_(device),
        optimizer_(optimizer),
        dataset_(dataset),
        module_(*module),
        options_(options),
        schedule_(optim::schedule_from_text(options.schedule)) {
    data::TrainLoader probe(dataset, loader_options());
    batches_ = probe.batches_per_epoch();
    total_ = options.steps > 0 ? options.steps : options.epochs * batches_;
    stages_.emplace(options, module_, SampleSpec(dataset), total_, batches_);
    if (options.diagnose_every > 0)
      previous_ = Diagnoser::states(module_, SampleSpec(dataset), options.batch);
    enter_stage(1);
  }

  FitResult fit(const nn::Module& module) {
    RunFiles files(device_, module, optimizer_, patterns_, dataset_, options_, total_);
    files.keep(previous_);
    if (auto resumed = files.resume()) {
      state_ = std::move(*resumed);
    } else {
      initialize(device_, module, options_.seed);
      if (!options_.from.empty()) (void)load_parameters(device_, module, options_.from);
      for (const optim::State& moment : optimizer_.states()) clear(moment.tensor);
    }
    data::TrainLoader loader(dataset_, loader_options(),
                             {state_.step / batches_, state_.step % batches_});
    while (state_.step < total_ && !result_.stopped) {
      enter_stage(state_.step + 1);
      train_step(loader.next(), files);
      const bool epoch_done = state_.step % batches_ == 0 || state_.step == total_;
      if (epoch_done || is_multiple(options_.evaluation_steps)) evaluate(files);
      result_.stopped = options_.stop && options_.stop();
      if (epoch_done || is_multiple(options_.checkpoint_steps) || result_.stopped)
        files.save_checkpoint(state_);
    }
    if (diagnoser_) files.write_diagnosis_plots();
    result_.epochs = state_.epochs;
    result_.steps = state_.step;
    result_.skipped = state_.skipped;
    result_.step_ms = wall_ms_.median();
    result_.device_ms = device_ms_.median();
    result_.host_ms = host_ms_.median();
    result_.peak_bytes = device_.peak_bytes();
    if (options_.profile) result_.profile = step_at(state_.step).executable.profile();
    files.write_summary(result_);
    return result_;
  }

 private:
  static constexpr std::int64_t most_skipped = 100;  // in a row

  static CompileOptions evaluation_options(const FitOptions& options) {
    CompileOptions result = compile_options(options);
    result.profile = false;
    return result;
  }

  [[nodiscard]] data::LoaderOptions loader_options() const {
    data::LoaderOptions loader;
    loader.batch = options_.batch;
    loader.seed = options_.seed;
    loader.augment = options_.augment;
    return loader;
  }

  // Makes what depends on the structure of step `number` anew where that changes: parameters,
  // moments and the data go on. One stage is held at a time.
  void enter_stage(std::int64_t number) {
    const quant::Stage stage = stages_->at(number);
    if (full_ && stage == stage_) return;
    if (options_.on_stage && (full_ || !(stage == quant::Stage{}))) {
      options_.on_stage(fmt::format("from step {}: {}", number, Stages::text(stage)));
    }
    stage_ = stage;
    full_.reset();
    kept_.reset();
    evaluator_.reset();
    diagnoser_.reset();
    const Adjust adjust = Stages::adjust(stage);
    full_.emplace(*this, options_.sparse_path ? nn::SparseStep::full : nn::SparseStep::none);
    if (between_refreshes()) kept_.emplace(*this, nn::SparseStep::kept);
    nn::Context context(nn::Context::Mode::evaluation);
    context.adjust(adjust);
    evaluator_.emplace(
        device_, [this](const Tensor& x, nn::Context& built) { return module_.forward(x, built); },
        context, SampleSpec(dataset_), evaluation_batch(SampleSpec(dataset_)),
        evaluation_options(options_));
    if (options_.diagnose_every > 0) {
      diagnoser_.emplace(device_, module_, SampleSpec(dataset_), options_.batch,
                         evaluation_options(options_), previous_, adjust);
    }
  }

  // A step's graph, ready to run.
  struct Step {
    Step(Run& run, nn::SparseStep sparse)
        : graph(build_step(run.module_, run.optimizer_, SampleSpec(run.dataset_),
                           run.options_.batch, run.options_.clip_norm,
                           {sparse, run.between_refreshes() ? &run.patterns_ : nullptr},
                           Stages::adjust(run.stage_))),
          executable(compile(run.device_, {graph.loss, graph.gradient_squares, graph.skipped},
                             graph.updates, compile_options(run.options_))) {}
    StepGraph graph;
    Executable executable;
  };

  [[nodiscard]] bool between_refreshes() const {
    return options_.sparse_path && options_.refresh_every > 1;
  }
  // The one that makes step `number`, counted from 1.
  Step& step_at(std::int64_t number) {
    return kept_ && (number - 1) % options_.refresh_every != 0 ? *kept_ : *full_;
  }

  void clear(const Tensor& tensor) const {
    const std::vector<std::byte> zeros(static_cast<std::size_t>(tensor.spec().bytes()));
    device_.write_bytes(tensor, zeros);
  }

  void diagnose(const data::Batch& batch, const StepParams& params, const RunFiles& files) {
    if (!diagnoser_ || (params.step - 1) % options_.diagnose_every != 0) return;
    const Diagnosis diagnosis = diagnoser_->run(batch, params, params.step == 1);
    files.add_record(to_record(diagnosis));
    if (options_.on_diagnosis) options_.on_diagnosis(diagnosis);
  }

  // The updates of such a step changed nothing: it can be run again to see what went wrong.
  void meet_non_finite(const data::Batch& batch, const StepParams& params, const RunFiles& files) {
    NonFiniteSearch search(device_, module_, SampleSpec(dataset_), options_.batch,
                           evaluation_options(options_), Stages::adjust(stage_));
    const std::string first = search.first(batch, params);
    const std::string what = fmt::format(
        "not finite at step {}: {}", params.step,
        first.empty() ? "the sum of the squares of all gradients" : first + ", first of all");
    const bool skip =
        options_.on_nonfinite == OnNonFinite::skip && state_.skipped_in_row + 1 < most_skipped;
    if (!skip) {
      files.save_checkpoint(state_);
      throw Error(fmt::format("train: {}; use a smaller learning rate or clipping", what));
    }
    ++state_.skipped;
    ++state_.skipped_in_row;
    io::Record record;
    record.set("step", params.step).set("skipped", what);
    files.add_record(record);
    if (options_.on_skip) options_.on_skip(what);
  }

  void train_step(const data::Batch& batch, const RunFiles& files) {
    const Clock::time_point start = Clock::now();
    const std::int64_t number = state_.step + 1;
    StepParams params;
    params.step = static_cast<std::uint32_t>(number);
    params.seed_low = static_cast<std::uint32_t>(options_.seed);
    params.seed_high = static_cast<std::uint32_t>(options_.seed >> 32);
    params.learning_rate = schedule_.rate(optimizer_.rate(), number, total_);
    params.lambda_scale = stages_->lambda_scale(number);
    diagnose(batch, params, files);
    auto& [graph, executable] = step_at(number);
    set_batch(executable, graph.images, graph.labels, batch);
    executable.run(params);
    const double loss = executable.get<float>(graph.loss)[0];
    if (executable.get<float>(graph.skipped)[0] != 0) {
      meet_non_finite(batch, params, files);
      state_.step = number;
      return;
    }
    const double squares = executable.get<float>(graph.gradient_squares)[0];
    state_.step = number;
    state_.skipped_in_row = 0;
    state_.epoch_loss_sum += loss;
    ++state_.epoch_steps;
    wall_ms_.add(1e3 * seconds_since(start));
    device_ms_.add(executable.device_ms());
    host_ms_.add(executable.host_ms());
    if (options_.on_step) {
      options_.on_step({number, total_, (number - 1) / batches_ + 1, loss, std::sqrt(squares),
                        wall_ms_.median()});
    }
  }

  // Whether the steps done are a multiple of `every`; never of 0.
  [[nodiscard]] bool is_multiple(std::int64_t every) const {
    return every > 0 && state_.step % every == 0;
  }

  void evaluate(RunFiles& files) {
    const Evaluation test = evaluator_->run(dataset_, dataset_.test);
    EpochRecord record;
    record.epoch = (state_.step - 1) / batches_ + 1;
    record.step = state_.step;
    record.train_loss =
        state_.epoch_loss_sum / static_cast<double>(std::max<std::int64_t>(state_.epoch_steps, 1));
    record.test_loss = test.loss;
    record.test_accuracy = test.accuracy;
    record.seconds = seconds_since(start_);
    record.text = dataset_.is_text();
    state_.epochs.push_back(record);
    state_.epoch_loss_sum = 0;
    state_.epoch_steps = 0;
    files.add_epoch(record);
    files.write_curves(state_.epochs);
    if (diagnoser_) files.write_diagnosis_plots();
    if (options_.on_epoch) options_.on_epoch(record);
  }

  const Device& device_;
  optim::Optimizer& optimizer_;
  const data::Dataset& dataset_;
  const nn::Module& module_;
  const FitOptions& options_;
  optim::Schedule schedule_;
  nn::PatternStore patterns_;
  std::optional<Stages> stages_;
  quant::Stage stage_;  // what follows is made for it
  std::optional<Step> full_;
  std::optional<Step> kept_;  // where there are steps between two refreshes
  std::optional<Evaluator> evaluator_;
  std::vector<nn::NamedTensor> previous_;  // of the diagnosers of all stages
  std::optional<Diagnoser> diagnoser_;
  std::int64_t batches_ = 0;
  std::int64_t total_ = 0;
  RunState state_;
  FitResult result_;
  Window wall_ms_, device_ms_, host_ms_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Trainer::Trainer(Device device, std::shared_ptr<const nn::Module> module,
                 std::shared_ptr<optim::Optimizer> optimizer)
    : device_(std::move(device)), module_(std::move(module)), optimizer_(std::move(optimizer)) {
  require(module_ != nullptr && optimizer_ != nullptr,
          "trainer: model and optimizer must be given");
}

FitResult Trainer::fit(const data::Dataset& dataset, const FitOptions& options) {
  require(options.batch > 0, fmt::format("train: batch must be above 0 (got {})", options.batch));
  require(options.steps > 0 || options.epochs > 0, "train: epochs or steps must be above 0");
  require(!options.resume || !options.out.empty(), "train: resuming needs the run folder");
  require(!options.sparse_path || !options.simulate,
          "train: the simulated path is dense; it has no sparse products");
  require(
      options.diagnose_every >= 0,
      fmt::format("train: diagnose_every must not be below 0 (got {})", options.diagnose_every));
  require(options.refresh_every >= 1,
          fmt::format("train: refresh_every must be above 0 (got {})", options.refresh_every));
  return Run(device_, module_, *optimizer_, dataset, options).fit(*module_);
}

}  // namespace ridgeback::train
