// SPDX-License-Identifier: Apache-2.0
// "Custom Gradient Estimators are Straight-Through Estimators in Disguise" (arXiv 2405.05171) as an
// experiment: weights are compared, not accuracies. See README.md beside this file.
#include <ridgeback/quant/equivalence.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fmt/core.h>
#include <string>
#include <utility>
#include <vector>

#include "../sample_main.hpp"
#include "experiment.hpp"
#include "page.hpp"

namespace {

namespace rb = ridgeback;
using equivalence::Cell;
using equivalence::Setting;

struct Options {
  std::string data = "drawn";
  std::string out = "runs/estimator_equivalence";
  std::string size = "smoke";
  int seeds = 0;
  int bits = 4;
  std::int64_t hidden = 32;
  std::vector<std::string> estimators{"cge_cosine", "cge_tanh", "cge_piecewise", "cge_cosine:0.99"};
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("--data", options.data,
                 "\"drawn\", or a folder with MNIST's files or of grey images of even size")
      ->capture_default_str();
  app.add_option("--out", options.out, "Where index.html, report.md and the figures go")
      ->capture_default_str();
  app.add_option(
         "--size", options.size,
         "smoke: one seed, few steps at large learning rates, seconds; full: three seeds and "
         "the small rates at which the theorem speaks")
      ->check(CLI::IsMember({"smoke", "full"}))
      ->capture_default_str();
  app.add_option("--seeds", options.seeds, "Seeds 1 to N. Default: 1, or 3 if full")
      ->check(CLI::Range(1, 100));
  app.add_option("--bits", options.bits, "The step of a layer is that of so many bits at the start")
      ->check(CLI::Range(2, 6))
      ->capture_default_str();
  app.add_option("--hidden", options.hidden, "Width of the hidden layer")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--estimators", options.estimators,
                 "Custom gradient estimators to compare, NAME or NAME:SHAPE (cge_cosine, cge_tanh, "
                 "cge_piecewise; shapes 0.8, 6, 0.8). The last default nearly vanishes at the "
                 "borders, which the theorem does not allow")
      ->delimiter(',')
      ->capture_default_str();
}

// "cge_cosine" or "cge_cosine:0.9".
void read_estimator(const std::string& text, Setting& setting) {
  const std::size_t colon = text.find(':');
  setting.estimator = rb::quant::estimator_from_text(text.substr(0, colon));
  setting.shape = setting.estimator == rb::quant::Estimator::cge_tanh ? 6.0F : 0.8F;
  if (colon != std::string::npos &&
      !CLI::detail::lexical_cast(text.substr(colon + 1), setting.shape)) {
    throw rb::InvalidArgument(fmt::format("--estimators: no shape (got {})", text));
  }
  // Says what is wrong with either before anything is trained.
  (void)rb::quant::backward_factor(setting.estimator, static_cast<double>(setting.shape), 0);
  (void)equivalence::perturbation(setting, setting.estimator, 1).resolved();
}

// Learning rate times steps stays: SGD 20, Adam 0.1; less where it is only to be seen at work.
std::vector<Cell> cells_of(const Options& options) {
  const bool full = options.size == "full";
  const auto with = [](Setting setting, float rate, float total) {
    setting.rate = rate;
    setting.steps = static_cast<std::uint32_t>(std::lround(total / rate));
    return setting;
  };
  std::vector<Cell> cells;
  for (const std::string& name : options.estimators) {
    Setting sgd;
    read_estimator(name, sgd);
    sgd.bits = options.bits;
    sgd.hidden = options.hidden;
    for (const float rate : full ? std::vector{0.1F, 0.01F, 0.001F} : std::vector{0.1F, 0.03F})
      cells.push_back({name, with(sgd, rate, full ? 20 : 6), {}});
    Setting adam = sgd;
    adam.adam = true;
    for (const auto& [rate, beta2] :
         full ? std::vector<std::pair<float, double>>{{2e-4F, 0.999}, {2e-4F, 0.9}, {5e-5F, 0.9}}
              : std::vector<std::pair<float, double>>{{2e-4F, 0.9}}) {
      adam.beta2 = beta2;
      cells.push_back({name, with(adam, rate, full ? 0.1F : 0.03F), {}});
    }
  }
  return cells;
}

int run(const Options& options) {
  using Clock = std::chrono::steady_clock;
  std::vector<Cell> cells = cells_of(options);
  const rb::data::Dataset dataset = rb::data::open_dataset(options.data);
  const equivalence::Data data = equivalence::pooled(dataset);
  const rb::Device device = rb::Device::open();
  const int seeds = options.seeds > 0 ? options.seeds : options.size == "full" ? 3 : 1;
  double todo = 0, done = 0;  // in steps
  for (const Cell& cell : cells) todo += seeds * static_cast<double>(cell.setting.steps);
  const auto begin = Clock::now();
  for (int seed = 1; seed <= seeds; ++seed) {
    for (Cell& cell : cells) {
      cell.setting.seed = static_cast<std::uint64_t>(seed);
      cell.results.push_back(equivalence::run(device, data, cell.setting));
      done += static_cast<double>(cell.setting.steps);
      const double spent = std::chrono::duration<double>(Clock::now() - begin).count();
      const equivalence::Result& result = cell.results.back();
      fmt::print(stderr, "{}, {}, rate {:g}, seed {}: agreement {:.3f}; {:.0f} s left\n", cell.name,
                 cell.setting.adam ? "Adam" : "SGD", cell.setting.rate, seed,
                 result.arms[0].agreement, spent / done * (todo - done));
    }
    equivalence::write_report(options.out, dataset.name, cells);
  }
  fmt::print("{}/index.html\n", options.out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Train custom gradient estimators beside the straight-through runs that equal them",
               "estimator_equivalence");
  add_options(app, options);
  return samples::sample_main(app, argc, argv, [&] { return run(options); });
}
