// SPDX-License-Identifier: Apache-2.0
// Trains the same classifier three times - fp32, 1 bit with the method, 1 bit with the
// straight-through estimator - then exports the 1-bit model and checks that the packed file
// predicts exactly as the trained network. See README.md beside this file.
#include <ridgeback/ridgeback.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fmt/core.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace rb = ridgeback;

namespace {

constexpr std::int64_t evaluation_batch = 250;

struct Arm {
  std::string name;
  std::string file;  ///< what its exported model is called
  rb::quant::Precision precision;
};

struct Outcome {
  std::string name;
  std::string file;
  std::shared_ptr<const rb::nn::Module> module;
  rb::train::FitResult fit;
};

// Both 1-bit arms use the same codes: one bit a value, a scale and an offset for each 64 of them.
// They differ in how a code is turned back into a value and in what the gradient sees.
std::vector<Arm> arms() {
  using rb::quant::Estimator;
  return {{"fp32", "fp32.safetensors", {}},
          {"1 bit, denoised", "one_bit.safetensors", {.weights = 1, .activations = 1}},
          {"1 bit, straight-through",
           "one_bit_ste.safetensors",
           {.weights = 1, .activations = 1, .estimator = Estimator::straight_through}}};
}

void show(const std::string& name, const rb::train::StepRecord& step) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  if (!terminal || step.step % 10 != 0) return;
  fmt::print(stderr, "\r{}: step {}/{}, loss {:.4f}, {:.1f} ms a step   ", name, step.step,
             step.steps, step.loss, step.step_ms);
  std::fflush(stderr);
}

void show(const std::string& name, const rb::train::EpochRecord& epoch) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  fmt::print(stderr, "{}{}: epoch {}, train loss {:.4f}, test accuracy {:.2f} %, {:.0f} s{}\n",
             terminal ? "\r" : "", name, epoch.epoch, epoch.train_loss, 100 * epoch.test_accuracy,
             epoch.seconds, terminal ? "          " : "");
}

Outcome train(const rb::Device& device, const rb::data::Dataset& digits, const Arm& arm) {
  const std::shared_ptr<const rb::nn::Module> net =
      std::make_shared<rb::nn::Sequential>(rb::nn::mlp({.inputs = digits.sample_size(),
                                                        .hidden = {512, 512},
                                                        .outputs = digits.classes,
                                                        .precision = arm.precision}));
  rb::train::Trainer trainer(device, net, rb::optim::adam({.rate = 1e-3F}));
  rb::train::FitOptions options{.epochs = 5, .batch = 128, .seed = 1};
  options.on_step = [&](const rb::train::StepRecord& step) { show(arm.name, step); };
  options.on_epoch = [&](const rb::train::EpochRecord& epoch) { show(arm.name, epoch); };
  return {arm.name, arm.file, net, trainer.fit(digits, options)};
}

rb::io::ModelInfo info_of(const rb::data::Dataset& digits) {
  return {.sample_shape = digits.sample_shape,
          .mean = digits.normalization.mean,
          .stddev = digits.normalization.stddev,
          .class_names = digits.class_names};
}

void write_curves(const std::vector<Outcome>& outcomes, const std::string& path) {
  rb::io::Panel loss{.title = "Loss", .x_label = "epoch", .y_label = "training cross entropy"};
  rb::io::Panel accuracy{.title = "Accuracy", .x_label = "epoch", .y_label = "% of test samples"};
  for (const Outcome& outcome : outcomes) {
    rb::io::Series losses{.name = outcome.name};
    rb::io::Series accuracies{.name = outcome.name};
    for (const rb::train::EpochRecord& epoch : outcome.fit.epochs) {
      losses.x.push_back(static_cast<double>(epoch.epoch));
      losses.y.push_back(epoch.train_loss);
      accuracies.x.push_back(static_cast<double>(epoch.epoch));
      accuracies.y.push_back(100 * epoch.test_accuracy);
    }
    loss.series.push_back(losses);
    accuracy.series.push_back(accuracies);
  }
  rb::io::write_atomically(path, rb::io::render_svg(std::vector{loss, accuracy},
                                                    {.title = "Drawn digits, 784-512-512-10"}));
}

// How many test samples get other logits from the packed file than from the trained network, even
// in one bit. Where none does, every prediction is the same.
std::size_t differences(const rb::Device& device, const rb::data::Dataset& digits,
                        const Outcome& trained, const std::string& file) {
  const auto packed = rb::deploy::PackedModel::load(file);
  const auto logits_of = [&](const rb::train::ForwardFunction& forward) {
    rb::nn::Context context(rb::nn::Context::Mode::evaluation);
    rb::train::Evaluator evaluator(device, forward, context, digits.sample_size(),
                                   evaluation_batch);
    return evaluator.logits(digits, digits.test);
  };
  const std::vector<float> before = logits_of(
      [&](const rb::Tensor& x, rb::nn::Context& c) { return trained.module->forward(x, c); });
  const std::vector<float> after =
      logits_of([&](const rb::Tensor& x, rb::nn::Context& c) { return packed.forward(x, c); });
  const auto classes = static_cast<std::ptrdiff_t>(digits.classes);
  std::size_t count = 0;
  for (std::ptrdiff_t i = 0; i < digits.test.count(); ++i) {
    const auto row = before.begin() + i * classes;
    if (!std::equal(row, row + classes, after.begin() + i * classes)) ++count;
  }
  return count;
}

// The packed size of a trained network, from a file that is written and read like any other.
std::uint64_t packed_bytes(const rb::Device& device, const rb::data::Dataset& digits,
                           const Outcome& outcome, const std::string& file) {
  return rb::deploy::save_packed(device, *outcome.module, info_of(digits), file).file_bytes;
}

int run(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const rb::Device device = rb::Device::open();
  fmt::print(stderr, "device: {}\n", device.description());
  const auto digits = rb::data::drawn_digits({.train = 10000, .test = 2000, .seed = 1});

  std::vector<Outcome> outcomes;
  for (const Arm& arm : arms()) outcomes.push_back(train(device, digits, arm));
  write_curves(outcomes, folder + "/curves.svg");

  fmt::print("\n{:24}  {:>13}  {:>9}  {:>10}  {:>12}\n", "", "test accuracy", "test loss", "step",
             "model bytes");
  for (const Outcome& outcome : outcomes) {
    const rb::train::EpochRecord& last = outcome.fit.epochs.back();
    fmt::print("{:24}  {:11.2f} %  {:9.4f}  {:7.1f} ms  {:12}\n", outcome.name,
               100 * last.test_accuracy, last.test_loss, outcome.fit.step_ms,
               packed_bytes(device, digits, outcome, folder + "/" + outcome.file));
  }

  const Outcome& one_bit = outcomes[1];
  const std::string file = folder + "/" + one_bit.file;
  const std::size_t wrong = differences(device, digits, one_bit, file);
  fmt::print("\n{}: {} of {} test samples get exactly the logits of the trained network\n", file,
             static_cast<std::size_t>(digits.test.count()) - wrong, digits.test.count());
  fmt::print("{}: the curves of all three\n", folder + "/curves.svg");
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  return run(argc > 1 ? argv[1] : "runs/quickstart");
} catch (const std::exception& error) {
  fmt::print(stderr, "quickstart: {}\n", error.what());
  return 1;
}
