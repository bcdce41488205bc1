// SPDX-License-Identifier: Apache-2.0
// ridgeback infer
#include "ridgeback/core/error.hpp"
#include "ridgeback/data/images.hpp"
#include "ridgeback/deploy/generate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fmt/core.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "loaded_model.hpp"
#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

constexpr const char* examples =
    "Examples:\n"
    "  ridgeback infer one_bit.safetensors digit.png other.jpg\n"
    "      image files, resized and converted to what the model takes\n"
    "  ridgeback infer one_bit.safetensors --data drawn --limit 5 --top 3\n"
    "      samples of a data set, the three likeliest classes of each\n"
    "  ridgeback infer gpt.safetensors --prompt \"ROMEO:\" --length 300 --temperature 0.8\n"
    "      text that a language model writes after the prompt\n"
    "\n"
    "A line a sample: its name, the class, its probability. With --json a list of objects.\n"
    "A language model writes the prompt and its continuation; each token runs the whole window of\n"
    "its context again (there is no cache of keys and values).";

struct InferOptions {
  std::string model;
  std::vector<std::string> images;
  DataChoice data;
  bool use_data = false;
  std::int64_t top = 1;
  bool logits = false;
  std::string prompt = "\n";
  deploy::SamplingOptions sampling;
  bool for_text = false;  ///< an option of text was given
};

struct Guess {
  std::size_t index = 0;
  double probability = 0;
};

// Most samples share one evaluator size, so that a prediction does not depend on how many there
// are.
constexpr std::int64_t evaluation_batch = 250;

data::Dataset read_images(const LoadedModel& model, const std::vector<std::string>& files) {
  const io::ModelInfo& info = model.info;
  const int channels = info.sample_shape.rank() == 3 ? static_cast<int>(info.sample_shape[2]) : 1;
  data::Dataset dataset;
  dataset.name = "image files";
  dataset.sample_shape = info.sample_shape;
  dataset.classes = static_cast<std::int64_t>(info.class_names.size());
  dataset.class_names = info.class_names;
  dataset.normalization = {info.mean, info.stddev};
  for (const std::string& file : files) {
    const std::vector<std::uint8_t> bytes =
        data::load_image(file, info.sample_shape[0], info.sample_shape[1], channels);
    dataset.test.images.insert(dataset.test.images.end(), bytes.begin(), bytes.end());
    dataset.test.labels.push_back(0);
  }
  return dataset;
}

// Softmax, the likeliest first; equal ones in the order of the classes.
std::vector<Guess> best_guesses(std::span<const float> logits, std::size_t count) {
  const double highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - highest);
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  std::vector<Guess> guesses;
  for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
    guesses.push_back({order[i], std::exp(logits[order[i]] - highest) / sum});
  }
  return guesses;
}

// Prompt and continuation, as they come.
void write_text(const Device& device, const LoadedModel& model, const InferOptions& options,
                const Globals& globals) {
  require(options.images.empty() && !options.use_data,
          fmt::format("infer: {} is a language model; it takes --prompt (eval measures it on text)",
                      options.model));
  const data::Vocabulary vocabulary = vocabulary_of(model.info, options.model);
  const std::vector<std::uint32_t> prompt = vocabulary.encode(options.prompt, "--prompt");
  require(!prompt.empty(), "--prompt: needs a token");
  deploy::Generator generator(device, model.forward, model.info.sample_shape[0]);
  require(generator.vocabulary() == vocabulary.size(),
          fmt::format("infer: {} names {} tokens but computes {}", options.model, vocabulary.size(),
                      generator.vocabulary()));
  if (!globals.json) fmt::print("{}", options.prompt);
  const auto tokens = generator.generate(prompt, options.sampling, [&](std::uint32_t token) {
    if (!globals.json) {
      fmt::print("{}", vocabulary.decode(std::span(&token, 1)));
      std::fflush(stdout);
    }
    return true;
  });
  if (!globals.json) return fmt::print("\n");
  nlohmann::ordered_json json{{"prompt", options.prompt}};
  json["text"] = vocabulary.decode(tokens);
  json["tokens"] = tokens;
  print_json(json);
}

void run_infer(const InferOptions& options, const Globals& globals) {
  const int ways =
      (options.images.empty() ? 0 : 1) + (options.use_data ? 1 : 0) + (options.for_text ? 1 : 0);
  require(ways == 1,
          "infer: give image files or --data, one of the two, or --prompt for a language model");
  const Device device = Device::open(globals.device);
  const LoadedModel model = load_model(device, options.model);
  if (!model.info.tokens.empty()) return write_text(device, model, options, globals);
  require(
      !options.for_text,
      fmt::format("infer: {} is no language model; it takes image files or --data", options.model));
  const bool from_files = !options.images.empty();
  const data::Dataset dataset = from_files ? read_images(model, options.images)
                                           : open_for(model, options.data, globals.quiet);
  train::Evaluator evaluator = make_evaluator(
      device, model, std::clamp<std::int64_t>(dataset.test.count(), 1, evaluation_batch), false);
  const std::vector<float> logits = evaluator.logits(dataset, dataset.test);
  const auto classes = static_cast<std::size_t>(evaluator.classes());
  require(classes == model.info.class_names.size(),
          fmt::format("infer: {} names {} classes but computes {}", options.model,
                      model.info.class_names.size(), classes));

  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < static_cast<std::size_t>(dataset.test.count()); ++i) {
    const std::span<const float> row(logits.data() + i * classes, classes);
    const auto guesses = best_guesses(row, static_cast<std::size_t>(options.top));
    const std::string name =
        from_files ? options.images[i] : fmt::format("{}/{}", options.data.split, i);
    if (!globals.json) {
      std::string line = name;
      for (const Guess& guess : guesses) {
        line += fmt::format("\t{}\t{:.4f}", model.info.class_names[guess.index], guess.probability);
      }
      fmt::print("{}\n", line);
      continue;
    }
    nlohmann::ordered_json entry{{"input", name},
                                 {"index", guesses[0].index},
                                 {"class", model.info.class_names[guesses[0].index]},
                                 {"probability", guesses[0].probability}};
    if (!from_files) entry["label"] = dataset.test.labels[i];
    for (const Guess& guess : guesses) {
      if (options.top <= 1) break;
      entry["top"].push_back({{"index", guess.index},
                              {"class", model.info.class_names[guess.index]},
                              {"probability", guess.probability}});
    }
    if (options.logits) entry["logits"] = std::vector<float>(row.begin(), row.end());
    list.push_back(std::move(entry));
  }
  if (globals.json) print_json(list);
}

}  // namespace

void register_infer(CLI::App& app, const Globals& globals) {
  CLI::App* command = app.add_subcommand("infer", "Predictions of a model, or text that it writes");
  const auto options = std::make_shared<InferOptions>();
  command->add_option("MODEL", options->model, "Exported .safetensors file or run folder")
      ->required();
  command->add_option("IMAGE", options->images, "Image files (PNG, JPEG)");
  options->data.add_options(*command);
  command->add_option("--top", options->top, "Show the N likeliest classes (1 to 1000)")
      ->type_name("N")
      ->default_str("1")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}).description(""));
  command->add_flag("--logits", options->logits, "With --json: the logits too");
  const char* group = "Text";
  command
      ->add_option("--prompt", options->prompt, "What the text starts with. Default: a line break")
      ->type_name("TEXT")
      ->group(group);
  command->add_option("--length", options->sampling.length, "Tokens to add (0 to 1000000)")
      ->type_name("N")
      ->default_str("200")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000}).description(""))
      ->group(group);
  command
      ->add_option("--temperature", options->sampling.temperature,
                   "Below 1 likely tokens become likelier; 0 always takes the likeliest (0 to 100)")
      ->type_name("T")
      ->default_str("1")
      ->check(CLI::Range(0.0, 100.0).description(""))
      ->group(group);
  command
      ->add_option("--top-k", options->sampling.top_k, "Draw among the K likeliest only (0: all)")
      ->type_name("K")
      ->default_str("0")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000}).description(""))
      ->group(group);
  command->add_option("--seed", options->sampling.seed, "Of the draws")
      ->type_name("S")
      ->default_str("1")
      ->group(group);
  command->footer(examples);
  command->callback([options, command, &globals] {
    options->use_data = command->count("--data") > 0;
    for (const char* name : {"--prompt", "--length", "--temperature", "--top-k", "--seed"})
      options->for_text = options->for_text || command->count(name) > 0;
    run_infer(*options, globals);
  });
}

}  // namespace ridgeback::cli
