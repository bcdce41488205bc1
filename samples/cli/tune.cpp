// SPDX-License-Identifier: Apache-2.0
// ridgeback tune
#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/runtime/tuner.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "interrupt.hpp"
#include "loaded_model.hpp"
#include "recipe.hpp"
#include "run_record.hpp"
#include "training_steps.hpp"
#include "verbs.hpp"
#include "workload.hpp"

namespace ridgeback::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* explanation =
    "A kernel can often do its work in several ways: variants (which instructions and loads) and\n"
    "tiles (how much each invocation does). Rules by class of device choose well for most; this\n"
    "measures all of them for the shapes that you name, and the fastest are used from then on by\n"
    "every verb on this device. They are kept in the cache folder ($RIDGEBACK_CACHE, else\n"
    "~/.cache/ridgeback) in a file of this device, its driver's version and this build's kernels\n"
    "alone; a newer driver starts anew, a damaged file is ignored, and deleting it forgets all.\n"
    "Shapes whose extents round up to the same powers of two share a choice.\n\n"
    "Which is used, strongest first: RIDGEBACK_DISABLE takes variants away, RIDGEBACK_FORCE\n"
    "(kernel:variant or kernel/tile:8x4) beats what was tuned, that beats the rule.\n"
    "`inspect --plan` says for each launch what was taken and why.\n\n"
    "Same bits? Candidates whose results differ by more than rounding are refused. Most sum in "
    "the\n"
    "same order and give the very same bits. Others do not (sums that are looked up, statistics\n"
    "by a team of invocations) and are marked *, and listed under `other_bits` by --json. So a\n"
    "run may change in its last bits when you tune in between. With `train --deterministic` it\n"
    "keeps to the rules, whatever was tuned.\n\n"
    "Examples:\n"
    "  ridgeback tune\n"
    "      the training step of `train` with its defaults, then products of all types\n"
    "  ridgeback tune --only step --weights 1 --activations 1 --hidden 2048,2048 --batch 256\n"
    "      one step, with the options of `train`\n"
    "  ridgeback tune runs/one_bit\n"
    "      the steps of a run: training, and evaluation of a batch and of one sample\n"
    "  ridgeback tune one_bit.safetensors --batch 64\n"
    "      an exported model on a batch and on one sample\n"
    "  ridgeback tune --only products --m 4096 --n 4096 --k 4096";

struct Arguments {
  std::string path;
  std::string only;
  std::int64_t inputs = 784;
  std::int64_t classes = 10;
  std::int64_t m = 0, n = 0, k = 0;  // of the products; 0: what fills the device
  TuneOptions options;
  SettingValues settings;
};

void add_training_steps(std::vector<Workload>& all, const Arguments& arguments) {
  const ModelChoice model = model_of(arguments.settings, arguments.inputs, arguments.classes);
  const train::FitOptions fit = fit_options(arguments.settings);
  const auto optimizer = optimizer_of(arguments.settings);
  for (const TrainingStep& step : training_steps(model, *optimizer, fit)) {
    all.push_back({fmt::format("{} of {}, batch {}", step.label, model.text, fit.batch),
                   {step.graph.loss},
                   step.graph.updates,
                   disabled_passes(fit)});
  }
}

Workload evaluation(const LoadedModel& model, std::int64_t batch) {
  nn::Context context(nn::Context::Mode::evaluation);
  const Tensor x = sample_of(model.info).samples_input(batch);
  return {fmt::format("evaluation of {}, batch {}", model.path, batch),
          {model.forward(x, context)},
          {}};
}

// A run folder or exported file in place of the standard list.
std::vector<Workload> workloads_of(const Device& device, Arguments& arguments) {
  require(arguments.only.empty(), "tune: give a model or --only, one of the two");
  const LoadedModel model = load_model(device, arguments.path);
  if (!model.settings.empty())
    arguments.settings.continue_from(model.settings, RunRecord(arguments.path).file());
  std::vector<Workload> all;
  if (!model.packed) {
    arguments.inputs = model.info.sample_shape.count();
    arguments.classes = static_cast<std::int64_t>(model.info.class_names.size());
    add_training_steps(all, arguments);
  }
  const std::int64_t batch = arguments.settings.whole("batch");
  all.push_back(evaluation(model, batch));
  if (batch != 1) all.push_back(evaluation(model, 1));
  return all;
}

// GPUs need more to be busy.
ProductExtents extents_of(const Device& device, const Arguments& arguments) {
  const std::int64_t size = device.target().is_cpu() ? 1024 : 4096;
  const auto or_default = [](std::int64_t given, std::int64_t otherwise) {
    return given > 0 ? given : otherwise;
  };
  return {or_default(arguments.m, size), or_default(arguments.n, size),
          or_default(arguments.k, size), or_default(arguments.k, 4096)};
}

std::vector<Workload> standard_workloads(const Device& device, const Arguments& arguments) {
  std::vector<Workload> all;
  if (arguments.only != "products") add_training_steps(all, arguments);
  if (arguments.only != "step") {
    for (Workload& product : product_workloads(extents_of(device, arguments))) {
      all.push_back(std::move(product));
    }
  }
  return all;
}

Json to_json(const TuneResult& result) {
  Json json{{"point", result.choice.point},   {"what", result.choice.what},
            {"kernel", result.choice.kernel}, {"rule", result.choice.options.front()},
            {"taken", result.choice.taken},   {"rule_ms", result.standard_ms()},
            {"ms", result.taken_ms()},        {"options", Json::array()},
            {"refused", result.refused},      {"other_bits", result.other_bits}};
  for (const auto& [option, ms] : result.option_ms) {
    json["options"].push_back({{"option", option}, {"ms", ms}});
  }
  return json;
}

// "matmul_f32 tile: 8x16, 1.21 times as fast as 32x16", and the time of each.
std::string text_of(const TuneResult& result) {
  const Choice& choice = result.choice;
  const std::string& rule = choice.options.front();
  const double gain = result.standard_ms() / result.taken_ms();
  std::string text = fmt::format("{} {}: ", choice.kernel, choice.what);
  text += choice.taken == rule
              ? fmt::format("{}, as the rule says", rule)
              : fmt::format("{}, {:.2f} times as fast as the rule's {}", choice.taken, gain, rule);
  text += "\n     ms:";
  for (const auto& [option, ms] : result.option_ms) {
    const bool marked = std::ranges::find(result.other_bits, option) != result.other_bits.end();
    text += fmt::format("  {}{} {:.3f}", option, marked ? "*" : "", ms);
  }
  if (!result.refused.empty())
    text += fmt::format("; refused: {}", fmt::join(result.refused, ", "));
  return fmt::format("{}\n     for {}\n", text, choice.point);
}

struct Counts {
  int measured = 0;
  int changed = 0;
};

void run_tune(Arguments& arguments, const Globals& globals) {
  const Device device = Device::open(globals.device);
  const auto file = tuned_file(device);
  const std::size_t known = device.target().tuned.size();
  const std::vector<Workload> all = arguments.path.empty() ? standard_workloads(device, arguments)
                                                           : workloads_of(device, arguments);
  if (!globals.quiet) {
    fmt::print(stderr, "Device: {}\nFile: {}\n", device.description(),
               file ? file->string() : "none (RIDGEBACK_CACHE is empty): nothing is kept");
    if (known > 0 && !arguments.options.again)
      fmt::print(stderr, "{} choices are remembered; --again measures them anew\n", known);
  }
  Json results = Json::array();
  Counts counts;
  arguments.options.report = [&](const TuneResult& result) {
    ++counts.measured;
    if (result.choice.taken != result.choice.options.front()) ++counts.changed;
    if (globals.json) results.push_back(to_json(result));
    if (!globals.json) fmt::print("   {}", text_of(result));
    if (globals.json && !globals.quiet) fmt::print(stderr, "   {}", text_of(result));
    std::fflush(stdout);
  };
  const Interrupt interrupt;
  arguments.options.stop = [] { return Interrupt::requested(); };
  for (std::size_t i = 0; i < all.size() && !Interrupt::requested(); ++i) {
    if (!globals.quiet) fmt::print(stderr, "[{}/{}] {}\n", i + 1, all.size(), all[i].label);
    arguments.options.disabled_passes = all[i].disabled_passes;
    static_cast<void>(tune(device, all[i].outputs, all[i].updates, arguments.options));
    // What was measured is kept even if a later kernel fails.
    save_tuned_choices(device);
  }
  if (globals.json) {
    return print_json({{"device", device.name()},
                       {"driver", device.driver()},
                       {"file", file ? Json(file->string()) : Json()},
                       {"interrupted", Interrupt::requested()},
                       {"results", results}});
  }
  fmt::print("{}{} choices measured, {} differ from the rule's; {} are remembered\n",
             Interrupt::requested() ? "Stopped: " : "", counts.measured, counts.changed,
             file ? device.target().tuned.size() : 0);
}

}  // namespace

void register_tune(CLI::App& app, const Globals& globals) {
  CLI::App* command = app.add_subcommand(
      "tune", "Measure what each kernel could do here, and use the fastest from then on");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("PATH", arguments->path, "Run folder or exported model to tune for");
  command
      ->add_option("--only", arguments->only,
                   "step: a training step with the options below; products: of all types; default "
                   "both")
      ->check(CLI::IsMember({"step", "products"}));
  command->add_option("--m", arguments->m, "Rows of the products (default 1024, on GPUs 4096)")
      ->check(CLI::Range(1, 65536));
  command->add_option("--n", arguments->n, "Columns of the products (default as --m)")
      ->check(CLI::Range(1, 65536));
  command
      ->add_option("--k", arguments->k,
                   "Reduction of the products (default as --m for f32, 4096 for codes)")
      ->check(CLI::Range(1, 1 << 20));
  command->add_option("--inputs", arguments->inputs, "Values of a sample of the step (default 784)")
      ->check(CLI::Range(1, 1 << 24));
  command->add_option("--classes", arguments->classes, "Classes of the step (default 10)")
      ->check(CLI::Range(1, 65536));
  command
      ->add_option("--seconds", arguments->options.seconds,
                   "Least time spent on each candidate (default 0.05)")
      ->check(CLI::Range(0.0, 60.0));
  command->add_flag("--again", arguments->options.again, "Also what is remembered already");
  arguments->settings.add_options(*command);
  command->footer(explanation);
  command->callback([arguments, &globals] { run_tune(*arguments, globals); });
}

}  // namespace ridgeback::cli
