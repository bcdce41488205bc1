// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/diagnosis.hpp"

#include "ridgeback/core/random.hpp"
#include "ridgeback/data/drawn.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/nn/activation.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/nn/sequential.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"
#include "reference/quant_reference.hpp"

namespace ridgeback::train {
namespace {

using quant::Codebook;
using quant::Group;
using test::test_device;
namespace reference = test::reference;

constexpr std::int64_t inputs = 70;
constexpr std::int64_t rows = 6;

data::Batch some_batch(std::uint64_t seed) {
  data::Batch batch;
  Random random(seed);
  for (std::int64_t i = 0; i < rows * inputs; ++i) batch.images.push_back(random.normal());
  for (std::int64_t i = 0; i < rows; ++i) batch.labels.push_back(static_cast<std::uint32_t>(i % 3));
  return batch;
}

const OperandDiagnosis& operand(const Diagnosis& d, const std::string& name) {
  return *std::ranges::find_if(d.operands, [&](const auto& o) { return o.name == name; });
}

// Every figure of an operand in double precision.
OperandDiagnosis expected_of(const std::vector<float>& values, std::int64_t count,
                             const quant::Perturbation& options) {
  reference::QuantInput in{{values.begin(), values.end()}, count, inputs, options.resolved()};
  const reference::Coded coded = reference::code(in);
  std::vector<double> slopes;
  const std::vector<double> denoised = reference::dequantized(in, coded, &slopes);
  const int top = quant::largest_code(in.options);
  const int lowest = in.options.codebook == Codebook::minmax ? 0 : -top;
  double signal = 0, noise = 0, plain = 0, beyond = 0, rho = 0, dead = 0, pruned = 0;
  OperandDiagnosis d;
  d.rho_min = 1e9;
  for (std::size_t b = 0; b < coded.blocks.size(); ++b) {
    const reference::QuantBlock& block = coded.blocks[b];
    double mean = 0;
    for (const std::int64_t i : block.members) mean += in.x[static_cast<std::size_t>(i)];
    mean = quant::is_affine(in.options.codebook) ? mean / static_cast<double>(block.members.size())
                                                 : 0;
    for (const std::int64_t member : block.members) {
      const auto i = static_cast<std::size_t>(member);
      signal += std::pow(in.x[i] - mean, 2);
      noise += std::pow(denoised[i] - in.x[i], 2);
      plain += std::pow(block.s_f * coded.codes[i] + block.b_f - in.x[i], 2);
      const double f = (in.x[i] - block.b_f) / block.s_f;
      beyond += top > 0 && coded.kept[i] && (f > top + 1e-3 || f < lowest - 1e-3) ? 1 : 0;
      pruned += coded.kept[i] ? 0 : 1;
    }
    const double block_rho = slopes[b] / block.s_f;
    rho += block_rho;
    d.rho_min = std::min(d.rho_min, block_rho);
    dead += slopes[b] == 0 ? 1 : 0;
  }
  d.snr_db = 10 * std::log10(signal / noise);
  d.snr_plain_db = 10 * std::log10(signal / plain);
  d.rho = rho / static_cast<double>(coded.blocks.size());
  d.dead = dead / static_cast<double>(coded.blocks.size());
  d.saturated = beyond / static_cast<double>(values.size());
  d.zeros = pruned / static_cast<double>(values.size());
  return d;
}

void expect_near(const OperandDiagnosis& got, const OperandDiagnosis& want) {
  EXPECT_NEAR(got.snr_db, want.snr_db, 2e-3);
  EXPECT_NEAR(got.snr_plain_db, want.snr_plain_db, 2e-3);
  EXPECT_NEAR(got.rho, want.rho, 1e-4);
  EXPECT_NEAR(got.rho_min, want.rho_min, 1e-4);
  EXPECT_NEAR(got.dead, want.dead, 1e-6);
  EXPECT_NEAR(got.saturated, want.saturated, 1e-6);
  EXPECT_NEAR(got.zeros, want.zeros, 1e-6);
}

Diagnoser diagnoser_of(const nn::Module& net) {
  return {test_device(), net, inputs, rows, {}, Diagnoser::states(net, inputs, rows)};
}

class OneLayer {
 public:
  explicit OneLayer(const quant::Precision& precision)
      : precision_(precision), net_{nn::Linear(inputs, 3, precision)} {
    initialize(test_device(), net_, 3);
  }
  [[nodiscard]] Tensor weight() const { return nn::named_tensors(net_)[0].tensor; }
  [[nodiscard]] Diagnoser diagnoser() const { return diagnoser_of(net_); }
  void expect_figures() const {
    const data::Batch batch = some_batch(1);
    const Diagnosis d = diagnoser().run(batch, {.step = 1}, true);
    EXPECT_TRUE(std::isnan(operand(d, "0.weight").flipped)) << "nothing to compare with yet";
    expect_near(operand(d, "0.weight"),
                expected_of(test_device().read<float>(weight()), 3, precision_.weight()));
    if (d.operands.size() > 1) {
      expect_near(operand(d, "0.activation"),
                  expected_of(batch.images, rows, precision_.activation()));
    }
  }

 private:
  quant::Precision precision_;
  nn::Sequential net_;
};

TEST(Diagnosis, FiguresOfOperandsAreThoseOfTheirDefinitions) {
  OneLayer({.weights = 1, .activations = 1}).expect_figures();
  OneLayer({.weights = quant::ternary_bits,
            .activations = 1,
            .activation_codebook = Codebook::sign_mean,
            .weight_group = Group::tensor(),
            .activation_group = Group::channel()})
      .expect_figures();
  OneLayer({.weights = 2, .activations = 4, .group = Group::blocks(32)}).expect_figures();
  OneLayer({.weights = 1, .activations = 1, .sparsity = quant::fraction(0.8)}).expect_figures();
  OneLayer({.sparsity = quant::n_of_m(2, 4)}).expect_figures();
}

// The straight-through estimator's figures: what the regression that it leaves out would give.
TEST(Diagnosis, StraightThroughHasRhoButNoDenoising) {
  const OneLayer layer(
      {.weights = 1, .activations = 1, .estimator = quant::Estimator::straight_through});
  const Diagnosis d = layer.diagnoser().run(some_batch(1), {.step = 1}, true);
  const OperandDiagnosis& w = operand(d, "0.weight");
  EXPECT_FLOAT_EQ(static_cast<float>(w.snr_db), static_cast<float>(w.snr_plain_db));
  EXPECT_LT(w.snr_db, 0) << "min-max codes of one bit inflate the block";
  EXPECT_GT(w.rho, 0);
  EXPECT_LT(w.rho, 0.6);
}

TEST(Diagnosis, CountsChangedCodesAndDeadBlocks) {
  const OneLayer layer(
      {.weights = 1, .weight_codebook = Codebook::sign_linear, .weight_group = Group::blocks(32)});
  Diagnoser diagnoser = layer.diagnoser();
  (void)diagnoser.run(some_batch(1), {.step = 1}, true);
  std::vector<float> w = test_device().read<float>(layer.weight());
  for (const std::size_t i : {0U, 5U, 69U, 100U}) w[i] = -w[i];
  test_device().write<float>(layer.weight(), w);
  Diagnosis d = diagnoser.run(some_batch(2), {.step = 11}, false);
  EXPECT_NEAR(operand(d, "0.weight").flipped, 4.0 / (3 * inputs), 1e-6);
  d = diagnoser.run(some_batch(2), {.step = 21}, false);
  EXPECT_EQ(operand(d, "0.weight").flipped, 0) << "compared with the last report";
  // The last block of a row: six values.
  std::fill(w.begin() + 64, w.begin() + 70, 0.0F);
  test_device().write<float>(layer.weight(), w);
  d = diagnoser.run(some_batch(2), {.step = 31}, false);
  EXPECT_NEAR(operand(d, "0.weight").dead, 1.0 / 9, 1e-6);
  EXPECT_EQ(operand(d, "0.weight").rho_min, 0);
}

TEST(Diagnosis, TheGradientPointsTheBetterWayTheMoreBitsThereAre) {
  double before = 1.001;
  for (const int bits : {32, 4, 1}) {
    const nn::Sequential net{nn::Linear(inputs, 32, {.weights = bits, .activations = bits}),
                             nn::Relu(), nn::Linear(32, 3, {.weights = bits, .activations = bits})};
    initialize(test_device(), net, 3);
    Diagnoser diagnoser = diagnoser_of(net);
    const Diagnosis d = diagnoser.run(some_batch(1), {.step = 1}, true);
    EXPECT_LT(d.cosine, before) << bits;
    EXPECT_GT(d.cosine, 0.2) << bits;
    EXPECT_EQ(d.operands.size(), bits == 32 ? 0U : 4U);
    ASSERT_EQ(d.parameters.size(), 4U);
    double squares = 0;
    for (const ParameterDiagnosis& p : d.parameters) squares += p.gradient_norm * p.gradient_norm;
    EXPECT_NEAR(d.gradient_norm, std::sqrt(squares), 1e-5);
    if (bits == 32) {
      EXPECT_NEAR(d.cosine, 1, 1e-5);
      EXPECT_EQ(d.loss, d.fp32_loss);
    }
    before = d.cosine;
  }
}

class DiagnosedRun : public test::TemporaryFolder {};

nn::Sequential small_net() {
  nn::MlpOptions options;
  options.hidden = {32};
  options.precision = {.weights = 1, .activations = 1};
  options.dropout = 0.1F;
  return nn::mlp(options);
}

TEST_F(DiagnosedRun, ChangesNothingAndResumesExactly) {
  const data::Dataset digits = data::drawn_digits({.train = 160, .test = 50, .seed = 1});
  FitOptions options;
  options.epochs = 3;
  options.batch = 32;
  options.out = (folder() / "plain").string();
  Trainer(test_device(), small_net(), optim::adam()).fit(digits, options);

  options.diagnose_every = 4;
  options.out = (folder() / "whole").string();
  Trainer(test_device(), small_net(), optim::adam()).fit(digits, options);
  const auto plain = io::latest_checkpoint(folder() / "plain")->checkpoint;
  const auto whole = io::latest_checkpoint(folder() / "whole")->checkpoint;
  for (const io::StoredTensor& tensor : plain.tensors)
    EXPECT_EQ(*io::find_tensor(whole.tensors, tensor.name), tensor) << tensor.name;

  options.out = (folder() / "parts").string();
  for (const int steps : {6, 3, 100}) {
    int left = steps;
    options.stop = [&left] { return --left == 0; };
    Trainer(test_device(), small_net(), optim::adam()).fit(digits, options);
    options.resume = true;
  }
  const auto reports = [&](const char* name) {
    std::vector<io::Record> records = io::read_metrics(folder() / name / "metrics.jsonl");
    std::erase_if(records, [](const io::Record& r) { return r.find("diagnosis") == nullptr; });
    std::vector<std::string> texts;
    for (const io::Record& record : records) texts.push_back(io::to_json(record));
    return texts;
  };
  EXPECT_EQ(reports("plain").size(), 0U);
  EXPECT_EQ(reports("whole").size(), 4U) << "steps 1, 5, 9 and 13 of 15";
  EXPECT_EQ(reports("parts"), reports("whole"));
  EXPECT_EQ(io::latest_checkpoint(folder() / "parts")->checkpoint.tensors, whole.tensors);
  EXPECT_TRUE(std::filesystem::exists(folder() / "parts" / "diagnostics.svg"));
  EXPECT_FALSE(std::filesystem::exists(folder() / "plain" / "diagnostics.svg"));
}

TEST(DiagnosisPlots, HaveAPanelForEachFigureAndALineForEachOperand) {
  std::vector<io::Record> records;
  EXPECT_EQ(diagnosis_plots(records, "t"), "");
  for (int step = 1; step < 40; step += 10) {
    Diagnosis d;
    d.step = step;
    d.operands = {{.name = "0.weight", .snr_db = 3.0 + step}, {.name = "0.activation"}};
    d.parameters = {{"0.weight", 0.5, 0.9}};
    records.push_back(to_record(d));
    io::Record epoch;
    epoch.set("step", step).set("train_loss", 1.0);
    records.push_back(epoch);
  }
  const std::string svg = diagnosis_plots(records, "digits");
  for (const char* text : {"digits", "0.weight", "0.activation", "Signal to noise, denoised",
                           "Cosine to the fp32 gradient", "Dead blocks"}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace ridgeback::train
