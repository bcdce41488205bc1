// SPDX-License-Identifier: Apache-2.0
#include "inspect_plan.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "recipe.hpp"
#include "training_steps.hpp"

namespace ridgeback::cli {
namespace {

Graph graph_of(const PlanRequest& request) {
  const SettingValues& settings = request.settings;
  const ModelChoice model = model_of(settings, request.inputs, request.classes);
  const train::FitOptions fit = fit_options(settings);
  if (request.evaluation) {
    nn::Context context(nn::Context::Mode::evaluation);
    return {{model.module->forward(model.sample.samples_input(fit.batch), context)}, {}};
  }
  const auto optimizer = optimizer_of(settings);
  const std::vector<TrainingStep> steps = training_steps(model, *optimizer, fit);
  require(!request.between || steps.size() > 1,
          "--between: every step trains all weights (give --sparse-path and --refresh-every)");
  const train::StepGraph& step = steps[request.between ? 1 : 0].graph;
  return {{step.loss}, step.updates};
}

nlohmann::ordered_json to_json(const Launch& launch) {
  auto choices = nlohmann::ordered_json::array();
  for (const Choice& choice : launch.dispatch.choices) {
    choices.push_back({{"what", choice.what},
                       {"taken", choice.taken},
                       {"why", name(choice.why)},
                       {"options", choice.options},
                       {"disabled", choice.disabled}});
    if (!choice.not_offered.empty()) choices.back()["not_offered"] = choice.not_offered;
  }
  return {{"label", launch.label},
          {"kernel", launch.dispatch.kernel},
          {"variant", launch.dispatch.variant},
          {"level", launch.level},
          {"groups", launch.dispatch.group_counts},
          {"choices", choices}};
}

}  // namespace

void PlanRequest::add_options(CLI::App& command) {
  const char* group = "Plan";
  command.add_option("--inputs", inputs, "mlp: values of a sample (1 to 16777216)")
      ->type_name("N")
      ->default_str("784")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 24).description(""))
      ->group(group);
  command.add_option("--classes", classes, "Classes, or tokens of gpt (1 to 65536)")
      ->type_name("N")
      ->default_str("10")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{65536}).description(""))
      ->group(group);
  CLI::Option* without_training =
      command
          .add_flag("--evaluation", evaluation, "The evaluation graph in place of a training step")
          ->group(group);
  command.add_flag("--between", between, "The training step between refreshes (--refresh-every)")
      ->excludes(without_training)
      ->group(group);
  command.add_flag("--dot", dot, "The graph in the DOT language instead")->group(group);
  settings.add_options(command);
}

void print_plan(const PlanRequest& request, const Globals& globals) {
  const Graph graph = graph_of(request);
  const Target target =
      globals.device == "none" ? null_target() : Device::open(globals.device).target();
  CompileOptions options;
  options.use_tuned = !request.settings.flag("deterministic");
  options.disabled_passes = disabled_passes(fit_options(request.settings));
  const Program program = plan(target, graph.outputs, graph.updates, options);
  if (request.dot) return fmt::print("{}", dump_dot(program.graph));
  if (!globals.json) return fmt::print("{}\n{}", dump(program.graph), dump(program));
  nlohmann::ordered_json json{{"peak_bytes", program.peak_bytes()},
                              {"persistent_bytes", program.persistent_bytes()},
                              {"temporary_bytes", program.temporary_bytes()},
                              {"levels", program.levels}};
  for (const Launch& launch : program.launches) json["launches"].push_back(to_json(launch));
  json["graph"] = dump(program.graph);
  print_json(json);
}

}  // namespace ridgeback::cli
