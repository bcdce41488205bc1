// SPDX-License-Identifier: Apache-2.0
// Training by the entries of pruned weights against training with zeros.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/data/drawn.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/train/step_graph.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::train {
namespace {

using nn::SparseStep;

const data::Dataset& digits() {
  static const data::Dataset drawn = data::drawn_digits({.train = 320, .test = 100, .seed = 1});
  return drawn;
}

nn::Sequential net_of(const quant::Precision& precision) {
  nn::MlpOptions options;
  options.hidden = {48, 36};
  options.precision = precision;
  return nn::mlp(options);
}

FitOptions fit_of(std::int64_t refresh_every = 0) {
  FitOptions options;
  options.epochs = 2;
  options.batch = 40;
  options.seed = 5;
  options.sparse_path = refresh_every > 0;
  options.refresh_every = std::max<std::int64_t>(refresh_every, 1);
  return options;
}

struct Trained {
  std::vector<double> losses;
  std::vector<std::vector<float>> tensors;
};

Trained train(const quant::Precision& precision, FitOptions options,
              const std::string& optimizer = "adam:rate=0.002") {
  Trained trained;
  options.on_step = [&](const StepRecord& step) { trained.losses.push_back(step.loss); };
  Trainer trainer(test::test_device(), net_of(precision), optim::optimizer_from_text(optimizer));
  trainer.fit(digits(), options);
  for (const nn::NamedTensor& named : nn::named_tensors(trainer.module())) {
    trained.tensors.push_back(test::test_device().read<float>(named.tensor));
  }
  return trained;
}

quant::Precision pruned(const quant::Sparsity& sparsity, int weights = 32, int activations = 32) {
  quant::Precision precision;
  precision.weights = weights;
  precision.activations = activations;
  precision.sparsity = sparsity;
  return precision;
}

// Rounded to the nearest the dense path has the same codes of dY, by token, for both products.
quant::Precision with_gradients(quant::Precision precision, int bits, quant::GradientRange range) {
  precision.gradients = bits;
  precision.gradient_rounding = quant::Rounding::nearest;
  precision.gradient_range = range;
  return precision;
}

// Most of the weights agree: a pattern near a tie may differ in an entry after rounding.
double share_apart(const Trained& a, const Trained& b) {
  std::int64_t apart = 0, all = 0;
  for (std::size_t t = 0; t < a.tensors.size(); ++t) {
    for (std::size_t i = 0; i < a.tensors[t].size(); ++i) {
      ++all;
      if (std::abs(a.tensors[t][i] - b.tensors[t][i]) > 1e-3F) ++apart;
    }
  }
  return static_cast<double>(apart) / static_cast<double>(all);
}

class SparsePath : public testing::TestWithParam<quant::Precision> {};

TEST_P(SparsePath, ComputesWhatTheDensePathDoesWhenEveryStepRefreshes) {
  FitOptions dense = fit_of();
  dense.steps = 4;
  dense.simulate = true;
  FitOptions sparse = fit_of(1);
  sparse.steps = 4;
  const Trained wanted = train(GetParam(), dense), got = train(GetParam(), sparse);
  for (std::size_t i = 0; i < wanted.losses.size(); ++i) {
    EXPECT_NEAR(got.losses[i], wanted.losses[i], i == 0 ? 2e-6 : 1e-3) << i;
  }
  // Nor are all codes of dY alike that lie on a border.
  EXPECT_LT(share_apart(got, wanted), GetParam().gradients == 32 ? 1e-3 : 5e-3);
}

TEST_P(SparsePath, StepsBetweenRefreshesTrainKeptWeightsAsTheDensePathDoes) {
  // Plain gradient descent: a kept weight moves as on the dense path, a pruned one stands still.
  const std::string sgd = "sgd:rate=0.05";
  FitOptions options = fit_of(3);
  options.schedule = "constant";
  options.steps = 1;
  const Trained one = train(GetParam(), options, sgd);
  options.steps = 2;
  const Trained two = train(GetParam(), options, sgd);
  FitOptions dense = options;
  dense.sparse_path = false;
  dense.refresh_every = 1;
  dense.simulate = true;
  const Trained wanted = train(GetParam(), dense, sgd);
  // Step 1 left the pattern of the weights that it left.
  EXPECT_NEAR(two.losses[1], wanted.losses[1], 1e-5);
  std::int64_t apart = 0;
  for (std::size_t i = 0; i < two.tensors[0].size(); ++i) {
    if (two.tensors[0][i] != one.tensors[0][i] &&
        std::abs(two.tensors[0][i] - wanted.tensors[0][i]) > 1e-5F)
      ++apart;
  }
  EXPECT_LT(apart, 5);
  std::int64_t moved = 0, still = 0;
  for (std::size_t i = 0; i < one.tensors[0].size(); ++i) {
    (one.tensors[0][i] == two.tensors[0][i] ? still : moved) += 1;
  }
  const quant::Sparsity& sparsity = GetParam().sparsity;
  const double zeros = sparsity.kind == quant::Sparsity::Kind::n_of_m
                           ? 1 - static_cast<double>(sparsity.n) / sparsity.m
                           : sparsity.zeros;
  const auto count = static_cast<double>(one.tensors[0].size());
  EXPECT_GT(static_cast<double>(still), zeros * count * 0.99);
  // Some kept weights see pixels that are never lit.
  EXPECT_GT(static_cast<double>(moved), (1 - zeros) * count * 0.3);
}

INSTANTIATE_TEST_SUITE_P(
    Precisions, SparsePath,
    testing::Values(pruned(quant::fraction(0.9)), pruned(quant::n_of_m(1, 8)),
                    // Blocks that layers are multiples of, and that reach out of the last one.
                    pruned(quant::pruned_blocks(0.9, 4, 4), 1, 4),
                    pruned(quant::pruned_blocks(0.7, 4, 8)), pruned(quant::fraction(0.86)),
                    pruned(quant::fraction(0.9), 1, 4),
                    with_gradients(pruned(quant::fraction(0.9)), 4, quant::GradientRange::dynamic),
                    with_gradients(pruned(quant::n_of_m(1, 8)), 3,
                                   quant::GradientRange::hindsight)));

// Few zeros are slower skipped, and affine codes have none: a pruned weight is the mean of its
// block.
TEST(SparsePathTrainer, TrainsLayersWithoutManyZerosDensely) {
  quant::Precision few = pruned(quant::fraction(0.8));
  quant::Precision affine = pruned(quant::fraction(0.9), 2, 4);
  affine.weight_codebook = quant::Codebook::minmax;
  quant::Precision rows = affine;
  rows.weight_group = quant::Group::channel();
  const quant::Precision blocks = pruned(quant::pruned_blocks(0.69, 4, 8));
  const quant::Precision flat = pruned(quant::pruned_blocks(0.8, 2, 8));
  const quant::Precision anywhere =
      pruned(quant::pruned_blocks(0.8, 4, 4, quant::Sparsity::Scope::tensor));
  for (const quant::Precision& precision : {few, affine, rows, blocks, flat, anywhere}) {
    SCOPED_TRACE(short_text(precision));
    FitOptions options = fit_of(5);
    options.steps = 3;
    const Trained got = train(precision, options);
    options.sparse_path = false;
    options.refresh_every = 1;
    EXPECT_EQ(got.tensors, train(precision, options).tensors);
  }
}

// The more bits, the closer to dY in f32; drawn codes repeat and train.
TEST(SparsePathTrainer, TakesOutputGradientsInFewBits) {
  quant::Precision precision = pruned(quant::fraction(0.9));
  FitOptions options = fit_of(3);
  options.steps = 6;
  const auto losses = [&](int bits) {
    precision.gradients = bits;
    return train(precision, options, "sgd:rate=0.1").losses;
  };
  const std::vector<double> exact = losses(32), fine = losses(8), coarse = losses(2);
  double of_fine = 0, of_coarse = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    of_fine += std::abs(fine[i] - exact[i]);
    of_coarse += std::abs(coarse[i] - exact[i]);
  }
  EXPECT_GT(of_fine, 0);
  EXPECT_LT(of_fine, of_coarse / 3);
  precision = pruned(quant::fraction(0.9), 1, 4);
  precision.gradients = 4;
  options = fit_of(4);
  options.epochs = 6;
  const Trained trained = train(precision, options, "adam:rate=0.003");
  EXPECT_LT(trained.losses.back(), 0.85 * trained.losses.front());
  EXPECT_EQ(trained.tensors, train(precision, options, "adam:rate=0.003").tensors);
}

TEST(SparsePathTrainer, LearnsBetweenRefreshes) {
  FitOptions options = fit_of(4);
  options.epochs = 6;
  for (const char* optimizer : {"adam:rate=0.003", "sgd:rate=0.1,momentum=0.9"}) {
    const Trained trained = train(pruned(quant::fraction(0.9)), options, optimizer);
    EXPECT_LT(trained.losses.back(), 0.85 * trained.losses.front()) << optimizer;
  }
}

class SparseRun : public test::TemporaryFolder {};

TEST_F(SparseRun, ResumesBetweenRefreshesToTheSameBits) {
  const quant::Precision precision = pruned(quant::fraction(0.9));
  const auto run = [&](const std::string& name, std::vector<int> parts) {
    bool first = true;
    for (const int steps : parts) {
      FitOptions options = fit_of(4);
      options.out = (folder() / name).string();
      options.resume = !first;
      first = false;
      int left = steps;
      options.stop = [&left] { return --left == 0; };
      Trainer trainer(test::test_device(), net_of(precision), optim::adam());
      trainer.fit(digits(), options);
    }
    return io::latest_checkpoint((folder() / name).string())->checkpoint.tensors;
  };
  EXPECT_EQ(run("parts", {3, 3, 100}), run("whole", {100}));
}

TEST(SparsePathTrainer, RefusesWhatItCannotDo) {
  FitOptions options = fit_of(1);
  options.simulate = true;
  EXPECT_THROW(train(pruned(quant::fraction(0.9)), options), InvalidArgument);
  options = fit_of(1);
  options.refresh_every = 0;
  EXPECT_THROW(train(pruned(quant::fraction(0.9)), options), InvalidArgument);
  // Rows of unequal lengths have no steps between.
  EXPECT_THROW(train(pruned(quant::fraction(0.9, quant::Sparsity::Scope::tensor)), fit_of(2)),
               Unsupported);
  const auto net = net_of(pruned(quant::fraction(0.9)));
  const auto optimizer = optim::adam();
  nn::PatternStore patterns;
  EXPECT_THROW((void)build_step(net, *optimizer, 784, 8, 0, {SparseStep::kept, &patterns}),
               InvalidArgument)
      << "no full step was built";
}

}  // namespace
}  // namespace ridgeback::train
