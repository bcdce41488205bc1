// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/packed_model.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/drawn.hpp"
#include "ridgeback/io/file.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/train/evaluate.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::deploy {
namespace {

struct Setting {
  const char* name;
  const char* norm;
  quant::Precision precision;
  int recurrent_steps = 0;
};

// Names the parameter of a failing test.
std::ostream& operator<<(std::ostream& out, const Setting& setting) {
  return out << setting.name;
}

class PackedFile : public test::TemporaryFolder {
 protected:
  [[nodiscard]] std::string saved_model() const;
};

class PackedModelTest : public PackedFile, public testing::WithParamInterface<Setting> {};

const data::Dataset& digits() {
  static const data::Dataset drawn = data::drawn_digits({.train = 256, .test = 120, .seed = 2});
  return drawn;
}

io::ModelInfo info() {
  return {digits().sample_shape, digits().normalization.mean, digits().normalization.stddev,
          digits().class_names};
}

TEST_P(PackedModelTest, GivesTheLogitBitsOfEvaluation) {
  nn::MlpOptions options;
  options.hidden = {48, 33};
  options.norm = GetParam().norm;
  options.precision = GetParam().precision;
  options.recurrent_steps = GetParam().recurrent_steps;
  const auto net = std::make_shared<const nn::Sequential>(nn::mlp(options));
  train::Trainer trainer(test::test_device(), net, optim::adam({.rate = 3e-3F}));
  train::FitOptions fit;
  fit.steps = 6;
  fit.batch = 32;
  trainer.fit(digits(), fit);

  nn::Context evaluation(nn::Context::Mode::evaluation);
  train::Evaluator evaluator(
      test::test_device(),
      [&](const Tensor& x, nn::Context& context) { return net->forward(x, context); }, evaluation,
      784, 50);
  const std::vector<float> expected = evaluator.logits(digits(), digits().test);

  const std::string path = (folder() / "model.safetensors").string();
  const ExportReport report = save_packed(test::test_device(), *net, info(), path);
  EXPECT_EQ(report.file_bytes, std::filesystem::file_size(path));
  const PackedModel model = PackedModel::load(path);
  EXPECT_EQ(model.info(), info());
  nn::Context deployed(nn::Context::Mode::evaluation);
  train::Evaluator packed(
      test::test_device(),
      [&](const Tensor& x, nn::Context& context) { return model.forward(x, context); }, deployed,
      784, 50);
  EXPECT_EQ(packed.logits(digits(), digits().test), expected);
  for (const Storage& storage : packed.executable().program().storages) {
    EXPECT_NE(storage.kind, Storage::Kind::persistent) << "a deployed model has no parameters";
  }
}

using quant::Codebook;
using quant::Group;

INSTANTIATE_TEST_SUITE_P(
    Settings, PackedModelTest,
    testing::Values(
        Setting{"fp32", "batch", {}}, Setting{"a1w1", "batch", {.weights = 1, .activations = 1}},
        Setting{"a1w1_rows_no_norm",
                "none",
                {.weights = 1,
                 .activations = 1,
                 .codebook = Codebook::sign_mean,
                 .group = Group::channel()}},
        Setting{"a4w2_layer_norm", "layer", {.weights = 2, .activations = 4}},
        Setting{"a8w8_rms", "rms", {.weights = 8, .activations = 8}},
        Setting{
            "sparse", "batch", {.weights = 1, .activations = 1, .sparsity = quant::fraction(0.9)}},
        Setting{"two_of_four",
                "batch",
                {.weights = 4, .activations = 1, .sparsity = quant::n_of_m(2, 4)}},
        Setting{"weights_only", "batch", {.weights = 1}},
        Setting{"train_of_three",
                "none",
                {.weights = 1,
                 .activations = 1,
                 .codebook = Codebook::sign_mean,
                 .group = Group::channel(),
                 .timesteps = 3}},
        Setting{"recurrent", "batch", {.weights = 1, .activations = 1}, 3},
        Setting{"ternary", "batch", {.weights = quant::ternary_bits, .activations = 3}},
        Setting{"straight_through",
                "batch",
                {.weights = 1, .activations = 1, .estimator = quant::Estimator::straight_through}},
        Setting{"hindsight",
                "batch",
                {.weights = 4,
                 .activations = 4,
                 .rounding = quant::Rounding::stochastic,
                 .weight_range = quant::ValueRange::running(0.9F),
                 .activation_range = quant::ValueRange::hindsight()}},
        Setting{"learned_steps",
                "batch",
                {.weights = 2, .activations = 4, .estimator = quant::Estimator::lsq}},
        Setting{"powers_of_two",
                "batch",
                {.weights = 5,
                 .activations = 4,
                 .codebook = Codebook::power_of_two,
                 .sparsity = quant::pruned_blocks(0.5, 4, 8)}}),
    [](const testing::TestParamInfo<Setting>& tested) { return std::string(tested.param.name); });

std::string PackedFile::saved_model() const {
  nn::MlpOptions options;
  options.hidden = {32};
  options.precision = {.weights = 1, .activations = 1};
  const nn::Sequential net = nn::mlp(options);
  train::initialize(test::test_device(), net, 1);
  const std::string path = (folder() / "model.safetensors").string();
  (void)save_packed(test::test_device(), net, info(), path);
  return path;
}

TEST_F(PackedFile, RefusesWhatIsNone) {
  EXPECT_THROW((void)PackedModel::load((folder() / "missing").string()), Error);
  const std::string path = saved_model();
  io::SafetensorsFile file = io::read_safetensors(path);

  const auto refused = [&](const io::SafetensorsFile& changed) {
    const std::string other = (folder() / "changed.safetensors").string();
    io::write_safetensors(other, changed.metadata, changed.tensors);
    try {
      const PackedModel model = PackedModel::load(other);
      nn::Context context(nn::Context::Mode::evaluation);
      (void)model.forward(input({1, 784}), context);
    } catch (const FormatError& error) {
      return std::string(error.what()).find(other) != std::string::npos;
    }
    return false;
  };
  EXPECT_FALSE(refused(file)) << "unchanged, it is fine";
  for (const char* key : {"format", "model", "sample_shape", "mean", "stddev", "class_names"}) {
    io::SafetensorsFile changed = file;
    changed.metadata.erase(key);
    EXPECT_TRUE(refused(changed)) << key;
    changed.metadata[key] = "[[[";
    EXPECT_TRUE(refused(changed)) << key;
  }
  for (std::size_t i = 0; i < file.tensors.size(); ++i) {
    io::SafetensorsFile changed = file;
    changed.tensors.erase(changed.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_TRUE(refused(changed)) << file.tensors[i].name;
    changed = file;
    changed.tensors[i].shape.insert(changed.tensors[i].shape.begin(), 1);
    EXPECT_TRUE(refused(changed)) << file.tensors[i].name;
  }
  io::SafetensorsFile changed = file;
  for (io::StoredTensor& tensor : changed.tensors) {
    if (tensor.dtype == "F32") std::fill_n(tensor.bytes.begin(), 4, std::byte{0xff});
  }
  EXPECT_TRUE(refused(changed)) << "NaN";
}

TEST_F(PackedFile, TheMnistMlpIsSmall) {
  nn::MlpOptions options;
  options.precision = {.weights = 1, .activations = 1};
  const nn::Sequential net = nn::mlp(options);
  train::initialize(test::test_device(), net, 1);
  const ExportReport report =
      save_packed(test::test_device(), net, info(), (folder() / "model.safetensors").string());
  EXPECT_LT(report.file_bytes, 200'000U);
  EXPECT_LT(report.bits_per_weight, 1.2);
}

// Below one bit a weight: 99 of 100 are not there.
TEST_F(PackedFile, FewWeightsMakeASmallFile) {
  nn::MlpOptions options;
  options.hidden = {256};
  options.precision = {.weights = 1, .activations = 1, .sparsity = quant::fraction(0.99)};
  const nn::Sequential net = nn::mlp(options);
  train::initialize(test::test_device(), net, 1);
  const ExportReport report =
      save_packed(test::test_device(), net, info(), (folder() / "model.safetensors").string());
  EXPECT_LT(report.bits_per_weight, 0.11);
  EXPECT_LT(report.bits_per_weight_factors, 0.3);
}

TEST_F(PackedFile, ABrokenModelIsNotWritten) {
  nn::MlpOptions options;
  options.hidden = {32};
  const nn::Sequential net = nn::mlp(options);
  train::initialize(test::test_device(), net, 1);
  const nn::NamedTensor bias = nn::named_tensors(net)[1];
  test::test_device().write<float>(bias.tensor,
                                   std::vector<float>(32, std::numeric_limits<float>::quiet_NaN()));
  const auto path = folder() / "model.safetensors";
  EXPECT_THROW((void)save_packed(test::test_device(), net, info(), path.string()), Error);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace ridgeback::deploy
