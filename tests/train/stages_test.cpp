// SPDX-License-Identifier: Apache-2.0
// Runs whose bits, sparsity and lambda change while they go on.
#include "ridgeback/core/error.hpp"
#include "ridgeback/data/drawn.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/train/trainer.hpp"

#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::train {
namespace {

using test::test_device;

const data::Dataset& digits() {
  static const data::Dataset drawn = data::drawn_digits({.train = 160, .test = 50, .seed = 1});
  return drawn;
}

nn::Sequential net(const quant::Precision& precision) {
  nn::MlpOptions options;
  options.hidden = {16};
  options.precision = precision;
  return nn::mlp(options);
}

const quant::Precision one_bit{.weights = 1, .activations = 1};
const quant::Precision sparse{.weights = 1, .activations = 1, .sparsity = quant::fraction(0.9)};

class Scheduled : public test::TemporaryFolder {
 protected:
  // 15 steps, five an epoch.
  [[nodiscard]] FitOptions options(const std::string& name) const {
    FitOptions options;
    options.epochs = 3;
    options.batch = 32;
    options.seed = 2;
    options.out = (folder() / name).string();
    return options;
  }
  [[nodiscard]] std::vector<io::StoredTensor> tensors(const std::string& name) const {
    return io::latest_checkpoint(folder() / name)->checkpoint.tensors;
  }
  std::vector<double> losses(const quant::Precision& precision, FitOptions fit) const {
    std::vector<double> all;
    fit.on_step = [&](const StepRecord& step) { all.push_back(step.loss); };
    Trainer(test_device(), net(precision), optim::adam()).fit(digits(), fit);
    return all;
  }
};

TEST_F(Scheduled, EachStageComputesWhatAModelOfItsBitsDoes) {
  FitOptions fit = options("bits");
  fit.bits_schedule = "0:8,4:2,2e:1";
  std::vector<std::string> stages;
  fit.on_stage = [&](const std::string& what) { stages.push_back(what); };
  const std::vector<double> scheduled = losses(one_bit, fit);
  EXPECT_EQ(stages, (std::vector<std::string>{"from step 1: at least 8 bits",
                                              "from step 5: at least 2 bits",
                                              "from step 11: the model's own bits"}));
  const std::vector<double> eight = losses({.weights = 8, .activations = 8}, options("eight"));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(scheduled[i], eight[i]) << "step " << i + 1;
  EXPECT_NE(scheduled[4], eight[4]);
}

TEST_F(Scheduled, OperandsKeepBitsOfTheirOwnThatAreMore) {
  FitOptions fit = options("mixed");
  fit.bits_schedule = "0:4,5:1";
  const std::vector<double> scheduled = losses({.weights = 1, .activations = 8}, fit);
  const std::vector<double> other = losses({.weights = 4, .activations = 8}, options("other"));
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(scheduled[i], other[i]) << "step " << i + 1;
}

TEST_F(Scheduled, PrunesGradually) {
  FitOptions fit = options("pruned");
  fit.sparsity_schedule = "cubic:start=2,end=10,stages=4";
  fit.diagnose_every = 1;
  std::vector<double> zeros;
  fit.on_diagnosis = [&](const Diagnosis& d) {
    for (const OperandDiagnosis& o : d.operands) {
      if (o.name == "0.weight") zeros.push_back(o.zeros);
    }
  };
  (void)losses(sparse, fit);
  ASSERT_EQ(zeros.size(), 15U);
  EXPECT_EQ(zeros[0], 0);
  EXPECT_EQ(zeros[2], 0);
  for (std::size_t i = 1; i < zeros.size(); ++i) EXPECT_GE(zeros[i], zeros[i - 1]) << i;
  EXPECT_GT(zeros[5], 0.1);
  EXPECT_LT(zeros[5], 0.85);
  for (std::size_t i = 9; i < zeros.size(); ++i) EXPECT_NEAR(zeros[i], 0.9, 0.01) << i;
}

TEST_F(Scheduled, LambdaGoesToItsOwn) {
  FitOptions fit = options("lambda");
  fit.lambda_schedule = "linear:from=1000,end=8";
  const std::vector<double> scheduled = losses(one_bit, fit);
  EXPECT_NE(scheduled, losses(one_bit, options("plain")));
  // Blocks shrunk to their means at first, with a strength of a thousand times 0.01.
  quant::Precision strong = one_bit;
  strong.lambda = 10.0F;
  EXPECT_NEAR(scheduled[0], losses(strong, options("strong"))[0], 1e-5);
}

TEST_F(Scheduled, ResumesExactlyInEveryStage) {
  FitOptions fit = options("whole");
  fit.bits_schedule = "0:32,4:4,9:1";
  fit.sparsity_schedule = "linear:start=3,end=12,stages=3";
  fit.lambda_schedule = "cosine:from=5,end=7";
  fit.diagnose_every = 3;
  (void)losses(sparse, fit);
  fit.out = (folder() / "parts").string();
  for (const int steps : {2, 3, 1, 4, 100}) {
    int left = steps;
    fit.stop = [&left] { return --left == 0; };
    (void)losses(sparse, fit);
    fit.resume = true;
  }
  EXPECT_EQ(tensors("parts"), tensors("whole"));
  fit.bits_schedule = "0:1";
  EXPECT_THROW((void)losses(sparse, fit), InvalidArgument) << "resumed with another schedule";
}

TEST_F(Scheduled, RefusesWhatDoesNotEndAtTheModel) {
  const auto refused = [&](const quant::Precision& precision, auto change) {
    FitOptions fit = options("");
    fit.out.clear();
    change(fit);
    EXPECT_THROW((void)losses(precision, fit), InvalidArgument);
  };
  refused(one_bit, [](FitOptions& fit) { fit.bits_schedule = "0:8"; });
  refused(one_bit, [](FitOptions& fit) { fit.bits_schedule = "0:8,15:1"; });
  refused(one_bit, [](FitOptions& fit) { fit.sparsity_schedule = "linear:end=5"; });
  refused(sparse, [](FitOptions& fit) { fit.sparsity_schedule = "linear:end=16"; });
  refused(sparse, [](FitOptions& fit) { fit.sparsity_schedule = "linear:to=0.5,end=5"; });
  refused(one_bit, [](FitOptions& fit) { fit.lambda_schedule = "linear:from=2,to=3,end=5"; });
  refused(one_bit, [](FitOptions& fit) { fit.lambda_schedule = "linear:from=2,end=100"; });
  FitOptions fit = options("");
  fit.out.clear();
  fit.sparse_path = true;
  fit.sparsity_schedule = "linear:end=5";
  EXPECT_THROW((void)losses(sparse, fit), Unsupported);
}

}  // namespace
}  // namespace ridgeback::train
