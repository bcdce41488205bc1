// SPDX-License-Identifier: Apache-2.0
#include "loaded_model.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/data/open.hpp"
#include "ridgeback/deploy/packed_model.hpp"
#include "ridgeback/train/run_folder.hpp"

#include <filesystem>
#include <fmt/core.h>
#include <limits>
#include <memory>

#include "progress.hpp"
#include "run_record.hpp"

namespace ridgeback::cli {
namespace {

std::int64_t recorded_number(const LoadedModel& model, const std::string& name,
                             std::int64_t otherwise) {
  const auto found = model.settings.find(name);
  if (found == model.settings.end()) return otherwise;
  try {
    return std::stoll(found->second);
  } catch (const std::exception&) {
    throw FormatError(model.path, fmt::format("recorded setting '{}' is no number", name));
  }
}

LoadedModel load_folder(const Device& device, const std::string& path) {
  train::TrainedModel run = train::load_run(device, path);
  LoadedModel model;
  model.path = path;
  model.info = std::move(run.info);
  const RunRecord record(path);
  model.settings = record.exists() ? record.read() : std::move(run.settings);
  model.forward = [module = run.module](const Tensor& x, nn::Context& context) {
    return module->forward(x, context);
  };
  return model;
}

LoadedModel load_file(const std::string& path) {
  const auto packed = std::make_shared<const deploy::PackedModel>(deploy::PackedModel::load(path));
  LoadedModel model;
  model.path = path;
  model.packed = true;
  model.info = packed->info();
  model.forward = [packed](const Tensor& x, nn::Context& context) {
    return packed->forward(x, context);
  };
  return model;
}

data::OpenOptions open_options(const LoadedModel& model, const DataChoice& choice) {
  const io::ModelInfo& info = model.info;
  data::OpenOptions options;
  if (!info.tokens.empty()) {
    options.text.context = info.sample_shape[0];
    options.text.vocabulary = vocabulary_of(info, model.path);
    return options;
  }
  options.height = info.sample_shape[0];
  options.width = info.sample_shape[1];
  options.channels = info.sample_shape.rank() == 3 ? static_cast<int>(info.sample_shape[2]) : 1;
  options.class_names = info.class_names;
  options.seed = static_cast<std::uint64_t>(
      choice.data_seed >= 0 ? choice.data_seed : recorded_number(model, "data-seed", 1));
  options.drawn.seed = options.seed;
  options.drawn.train = choice.train_samples > 0 ? choice.train_samples
                                                 : recorded_number(model, "train-samples", 20000);
  options.drawn.test =
      choice.test_samples > 0 ? choice.test_samples : recorded_number(model, "test-samples", 2000);
  // What is not asked for need not be drawn; openers want at least one training sample.
  if (choice.split == "test") options.drawn.train = 1;
  if (choice.split == "train") options.drawn.test = 0;
  return options;
}

void require_fit(const LoadedModel& model, const data::Dataset& dataset, const std::string& spec) {
  require(dataset.tokens == model.info.tokens,
          fmt::format("--data: {} takes {}, and {} is {}", model.path,
                      model.info.tokens.empty() ? "images" : "text", spec,
                      dataset.is_text() ? "text" : "images"));
  require(
      dataset.sample_shape == model.info.sample_shape,
      fmt::format("--data: the samples of {} do not fit {} (got {}, expected {})", spec, model.path,
                  shape_text(dataset.sample_shape), shape_text(model.info.sample_shape)));
  const auto classes = static_cast<std::int64_t>(model.info.class_names.size());
  require(dataset.classes <= classes,
          fmt::format("--data: {} has more classes than {} (got {}, expected {})", spec, model.path,
                      dataset.classes, classes));
}

void cut(data::Split& split, std::int64_t limit, std::int64_t sample_size) {
  if (limit <= 0 || limit >= split.count()) return;
  if (split.context > 0) {
    split.tokens.resize(static_cast<std::size_t>(limit * split.context + 1));
    return;
  }
  split.labels.resize(static_cast<std::size_t>(limit));
  split.images.resize(static_cast<std::size_t>(limit * sample_size));
}

}  // namespace

train::SampleSpec sample_of(const io::ModelInfo& info) {
  return {info.sample_shape.count(), !info.tokens.empty()};
}

data::Vocabulary vocabulary_of(const io::ModelInfo& info, const std::string& file) {
  try {
    return data::Vocabulary::from_names(info.tokens, info.class_names);
  } catch (const InvalidArgument& error) {
    throw FormatError(file, error.what());
  }
}

LoadedModel load_model(const Device& device, const std::string& path) {
  return std::filesystem::is_directory(path) ? load_folder(device, path) : load_file(path);
}

void DataChoice::add_options(CLI::App& command) {
  const char* group = "Data";
  command
      .add_option("--data", spec,
                  "drawn, a folder of IDX files, DIR/PREFIX, a folder of images, or for a language "
                  "model text, as in `train`. "
                  "Default: what the run was trained on; drawn for an exported file")
      ->type_name("drawn|DIR|FILE")
      ->group(group);
  command.add_option("--split", split, "test or train")
      ->type_name("NAME")
      ->default_str("test")
      ->check(CLI::IsMember({"test", "train"}).description(""))
      ->group(group);
  command.add_option("--limit", limit, "Use the first N samples (0: all)")
      ->type_name("N")
      ->default_str("0")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description(""))
      ->group(group);
  command.add_option("--train-samples", train_samples, "Training samples of drawn (20000)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}).description(""))
      ->group(group);
  command.add_option("--test-samples", test_samples, "Test samples of drawn (2000)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}).description(""))
      ->group(group);
  command.add_option("--data-seed", data_seed, "Seed of drawn and of a folder's split (1)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description(""))
      ->group(group);
}

data::Dataset open_for(const LoadedModel& model, const DataChoice& choice, bool quiet) {
  std::string spec = choice.spec;
  if (spec.empty()) {
    require(!model.packed || model.info.tokens.empty(),
            fmt::format("--data: {} is a language model; give a text", model.path));
    const auto recorded = model.settings.find("data");
    spec = recorded != model.settings.end() ? recorded->second : "drawn";
  }
  data::OpenOptions options = open_options(model, choice);
  if (!quiet) options.progress = image_progress();
  data::Dataset dataset = data::open_dataset(spec, options);
  require_fit(model, dataset, spec);
  dataset.normalization = {model.info.mean, model.info.stddev};
  if (choice.split == "train") dataset.test = std::move(dataset.train);
  dataset.train = {.images = {}, .labels = {}, .tokens = {}, .context = dataset.test.context};
  cut(dataset.test, choice.limit, dataset.sample_size());
  return dataset;
}

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const std::int64_t extent : shape.extents()) {
    text += fmt::format("{}{}", text.empty() ? "" : "x", extent);
  }
  return text;
}

train::Evaluator make_evaluator(const Device& device, const LoadedModel& model, std::int64_t batch,
                                bool simulate) {
  CompileOptions options;
  if (simulate) options.disabled_passes = {simulated_pass};
  nn::Context context(nn::Context::Mode::evaluation);
  const train::SampleSpec sample = sample_of(model.info);
  if (batch == 0) batch = train::evaluation_batch(sample);
  return {device, model.forward, context, sample, batch, options};
}

}  // namespace ridgeback::cli
