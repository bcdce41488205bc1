// SPDX-License-Identifier: Apache-2.0
// ridgeback eval
#include "ridgeback/core/error.hpp"

#include <chrono>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "loaded_model.hpp"
#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  ridgeback eval runs/one_bit\n"
    "      the newest checkpoint on the test samples of its own data\n"
    "  ridgeback eval one_bit.safetensors --data DIR --json\n"
    "      an exported model on other data; samples must have the model's shape";

struct EvalOptions {
  std::string model;
  DataChoice data;
  std::int64_t batch = 0;
  bool simulate = false;
};

void run_eval(const EvalOptions& options, const Globals& globals) {
  const Device device = Device::open(globals.device);
  const LoadedModel model = load_model(device, options.model);
  const data::Dataset dataset = open_for(model, options.data, globals.quiet);
  require(dataset.test.count() > 0,
          fmt::format("eval: the {} split of {} is empty", options.data.split, dataset.name));
  train::Evaluator evaluator = make_evaluator(device, model, options.batch, options.simulate);
  const auto start = std::chrono::steady_clock::now();
  const train::Evaluation result = evaluator.run(dataset, dataset.test);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (globals.json) {
    nlohmann::ordered_json json{{"model", options.model},      {"device", device.name()},
                                {"driver", device.driver()},   {"data", dataset.name},
                                {"split", options.data.split}, {"samples", result.count},
                                {"loss", result.loss},         {"accuracy", result.accuracy}};
    if (dataset.is_text()) {
      json["bits"] = train::bits_of_loss(result.loss);
      json["perplexity"] = train::perplexity_of_loss(result.loss);
    }
    json["seconds"] = seconds;
    return print_json(json);
  }
  if (dataset.is_text()) {
    return fmt::print(
        "loss {:.4f}  {:.4f} bits a token  perplexity {:.3f}  next token {:.2f} %  ({} {} windows "
        "of {} tokens of {}, {:.2f} s)\n",
        result.loss, train::bits_of_loss(result.loss), train::perplexity_of_loss(result.loss),
        100 * result.accuracy, result.count, options.data.split, dataset.sample_size(),
        dataset.name, seconds);
  }
  fmt::print("loss {:.4f}  accuracy {:.2f} %  ({} {} samples of {}, {:.2f} s)\n", result.loss,
             100 * result.accuracy, result.count, options.data.split, dataset.name, seconds);
}

}  // namespace

void register_eval(CLI::App& app, const Globals& globals) {
  CLI::App* command =
      app.add_subcommand("eval", "Loss and accuracy of a run or an exported model on a data set");
  const auto options = std::make_shared<EvalOptions>();
  command->add_option("MODEL", options->model, "Run folder or exported .safetensors file")
      ->required();
  options->data.add_options(*command);
  command
      ->add_option("--batch", options->batch,
                   "Samples computed at a time (to 65536). 0: 250, of text windows of 4096 "
                   "tokens together")
      ->type_name("N")
      ->default_str("0")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{65536}).description(""));
  command->add_flag("--simulate", options->simulate,
                    "fp32 reference path in place of products on packed codes");
  command->footer(examples);
  command->callback([options, &globals] { run_eval(*options, globals); });
}

}  // namespace ridgeback::cli
