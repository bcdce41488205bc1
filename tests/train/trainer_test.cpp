// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/trainer.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/drawn.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/io/metrics.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/train/run_folder.hpp"

#include <filesystem>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"
#include "train/all_values.hpp"

namespace ridgeback::train {
namespace {

namespace fs = std::filesystem;

class RunFolder : public test::TemporaryFolder {};

const data::Dataset& digits() {
  static const data::Dataset drawn = data::drawn_digits({.train = 320, .test = 100, .seed = 1});
  return drawn;
}

nn::Sequential small_net(const quant::Precision& precision = {.weights = 1, .activations = 1}) {
  nn::MlpOptions options;
  options.hidden = {32};
  options.precision = precision;
  options.dropout = 0.1F;
  return nn::mlp(options);
}

FitOptions small_fit(const std::string& out = {}) {
  FitOptions options;
  options.epochs = 3;
  options.batch = 32;
  options.seed = 5;
  options.out = out;
  return options;
}

TEST(Trainer, LearnsAndTheSameSeedGivesTheSameValues) {
  std::vector<std::vector<float>> values;
  for (int run = 0; run < 2; ++run) {
    Trainer trainer(test::test_device(), small_net(), optim::adam({.rate = 3e-3F}));
    const FitResult result = trainer.fit(digits(), small_fit());
    ASSERT_EQ(result.epochs.size(), 3U);
    EXPECT_EQ(result.steps, 30);
    EXPECT_LT(result.epochs[2].train_loss, 0.9 * result.epochs[0].train_loss);
    EXPECT_GT(result.epochs[2].test_accuracy, 0.2);
    values.push_back(all_values(trainer.module()));
  }
  EXPECT_EQ(values[0], values[1]);
}

TEST_F(RunFolder, AResumedRunEndsInTheSameBits) {
  const std::string whole = (folder() / "whole").string();
  const std::string parts = (folder() / "parts").string();
  Trainer one(test::test_device(), small_net(), optim::adam({.rate = 3e-3F}));
  const FitResult expected = one.fit(digits(), small_fit(whole));

  int stop_after = 0;
  FitResult result;
  for (const int steps : {7, 4, 9, 100}) {
    Trainer trainer(test::test_device(), small_net(), optim::adam({.rate = 3e-3F}));
    FitOptions options = small_fit(parts);
    options.resume = stop_after > 0;
    int left = steps;
    options.stop = [&left] { return --left == 0; };
    result = trainer.fit(digits(), options);
    stop_after += steps;
    if (result.steps == 30) {
      EXPECT_EQ(all_values(trainer.module()), all_values(one.module()));
    }
  }
  ASSERT_EQ(result.steps, 30);
  ASSERT_EQ(result.epochs.size(), expected.epochs.size());
  for (std::size_t i = 0; i < result.epochs.size(); ++i) {
    EXPECT_EQ(result.epochs[i].train_loss, expected.epochs[i].train_loss) << i;
    EXPECT_EQ(result.epochs[i].test_loss, expected.epochs[i].test_loss) << i;
  }
  EXPECT_EQ(io::latest_checkpoint(whole)->checkpoint.tensors,
            io::latest_checkpoint(parts)->checkpoint.tensors);
}

TEST_F(RunFolder, ResumingRefusesOtherSettings) {
  const std::string out = (folder() / "run").string();
  FitOptions options = small_fit(out);
  options.steps = 3;
  Trainer(test::test_device(), small_net(), optim::adam()).fit(digits(), options);
  EXPECT_THROW(Trainer(test::test_device(), small_net(), optim::adam()).fit(digits(), options),
               InvalidArgument)
      << "a folder with a run is not overwritten";
  options.resume = true;
  options.seed = 6;
  EXPECT_THROW(Trainer(test::test_device(), small_net(), optim::adam()).fit(digits(), options),
               InvalidArgument);
  options.seed = 5;
  EXPECT_THROW(
      Trainer(test::test_device(), small_net({.weights = 2, .activations = 1}), optim::adam())
          .fit(digits(), options),
      InvalidArgument);
  options.out = (folder() / "nothing").string();
  EXPECT_THROW(Trainer(test::test_device(), small_net(), optim::adam()).fit(digits(), options),
               Error);
}

TEST_F(RunFolder, LeavesTheDocumentedFiles) {
  const std::string out = (folder() / "run").string();
  FitOptions options = small_fit(out);
  options.settings = {{"model", "mlp"}};
  Trainer trainer(test::test_device(), small_net(), optim::adam());
  trainer.fit(digits(), options);
  const auto records = io::read_metrics(fs::path(out) / "metrics.jsonl");
  ASSERT_EQ(records.size(), 3U);
  for (const char* key : {"epoch", "train_loss", "test_loss", "test_accuracy", "seconds"}) {
    EXPECT_TRUE(records[0].number(key).has_value()) << key;
  }
  const io::Record summary = io::read_summary(fs::path(out) / "summary.json");
  for (const char* key : {"settings", "device", "step_ms", "peak_bytes", "test_accuracy"}) {
    EXPECT_NE(summary.find(key), nullptr) << key;
  }
  EXPECT_TRUE(fs::exists(fs::path(out) / "curves.svg"));
  EXPECT_EQ(recorded_settings(out).at("model"), "mlp");

  const std::vector<float> before = all_values(trainer.module());
  const TrainedModel loaded = load_run(test::test_device(), out);
  EXPECT_EQ(all_values(*loaded.module), before);
  EXPECT_EQ(loaded.info.sample_shape, digits().sample_shape);
  EXPECT_EQ(loaded.step, 30);
}

TEST(Trainer, SimulationAgreesWithPackedProducts) {
  std::vector<double> losses;
  for (const bool simulate : {false, true}) {
    FitOptions options = small_fit();
    options.steps = 1;
    options.simulate = simulate;
    Trainer trainer(test::test_device(), small_net(), optim::adam());
    double loss = 0;
    options.on_step = [&](const StepRecord& record) { loss = record.loss; };
    trainer.fit(digits(), options);
    losses.push_back(loss);
  }
  EXPECT_NEAR(losses[0], losses[1], 1e-4);
}

TEST(Trainer, StopsWhenTheLossIsNotFinite) {
  Trainer trainer(test::test_device(), small_net({}), optim::sgd({.rate = 3e38F}));
  try {
    trainer.fit(digits(), small_fit());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("not finite at step"), std::string::npos)
        << error.what();
  }
}

TEST(Trainer, RefusesBadOptions) {
  Trainer trainer(test::test_device(), small_net(), optim::adam());
  FitOptions options = small_fit();
  options.batch = 0;
  EXPECT_THROW(trainer.fit(digits(), options), InvalidArgument);
  options = small_fit();
  options.epochs = 0;
  EXPECT_THROW(trainer.fit(digits(), options), InvalidArgument);
  options = small_fit();
  options.schedule = "sawtooth";
  EXPECT_THROW(trainer.fit(digits(), options), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::train
