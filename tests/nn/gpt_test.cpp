// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/gpt.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/attention.hpp"
#include "ridgeback/nn/description_json.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"

namespace ridgeback::nn {
namespace {

struct Setting {
  const char* name;
  GptOptions options;
};

std::ostream& operator<<(std::ostream& out, const Setting& setting) {
  return out << setting.name;
}

GptOptions small(const quant::Precision& precision = {}, bool tie = false, bool all = false,
                 int attention_bits = 32) {
  GptOptions o;
  o.vocabulary = 11;
  o.context = 9;
  o.width = 12;
  o.layers = 2;
  o.heads = 3;
  o.precision = precision;
  o.tie = tie;
  o.quantize_all = all;
  o.attention.activations = attention_bits;
  return o;
}

const quant::Precision one_bit{.weights = 1, .activations = 1};

class GptTest : public testing::TestWithParam<Setting> {};

std::vector<std::uint32_t> some_tokens(std::size_t count, std::uint32_t vocabulary) {
  std::vector<std::uint32_t> tokens;
  for (std::size_t i = 0; i < count; ++i)
    tokens.push_back(static_cast<std::uint32_t>(i * 7 + i / 3) % vocabulary);
  return tokens;
}

std::vector<float> logits_of(const Module& model, const std::vector<std::uint32_t>& tokens,
                             const Shape& shape) {
  Context context(Context::Mode::evaluation);
  const Tensor x = input(shape, DType::u32);
  const Tensor y = model.forward(x, context);
  Executable run = compile(test::test_device(), {y});
  run.set(x, tokens);
  run.run();
  return run.get<float>(y);
}

TEST_P(GptTest, LogitsDoNotDependOnLaterTokens) {
  const Gpt model = gpt(GetParam().options);
  train::initialize(test::test_device(), model, 3);
  auto tokens = some_tokens(18, 11);
  const auto before = logits_of(model, tokens, {2, 9});
  ASSERT_EQ(before.size(), 2U * 9 * 11);
  const std::size_t changed = 5;  // of the first window
  tokens[changed] = (tokens[changed] + 3) % 11;
  const auto after = logits_of(model, tokens, {2, 9});
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::size_t place = i / 11;
    if (place < changed || place >= 9) {
      ASSERT_EQ(before[i], after[i]) << "place " << place;
    }
  }
  for (std::size_t place = changed; place < 9; ++place) {
    const auto row = static_cast<std::ptrdiff_t>(place * 11);
    EXPECT_FALSE(std::equal(before.begin() + row, before.begin() + row + 11, after.begin() + row))
        << "place " << place << " sees the token";
  }
}

TEST_P(GptTest, IsMadeAgainFromItsDescription) {
  const Gpt model = gpt(GetParam().options);
  const auto again = build(description_from_json(to_json(model.describe())));
  EXPECT_EQ(again->describe(), model.describe());
  train::initialize(test::test_device(), model, 3);
  train::initialize(test::test_device(), *again, 3);
  const auto ours = named_tensors(model), theirs = named_tensors(*again);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i].name, theirs[i].name);
  const auto tokens = some_tokens(9, 11);
  EXPECT_EQ(logits_of(model, tokens, {1, 9}), logits_of(*again, tokens, {1, 9}));
}

INSTANTIATE_TEST_SUITE_P(
    Settings, GptTest,
    testing::Values(Setting{"fp32", small()}, Setting{"a1w1", small(one_bit)},
                    Setting{"tied", small({}, true)},
                    Setting{"all_a4w4", small({.weights = 4, .activations = 4}, false, true)},
                    Setting{"tied_all_a1w1", small(one_bit, true, true)},
                    Setting{"attention_4_bits", small(one_bit, false, false, 4)},
                    Setting{"attention_1_bit", small({}, false, false, 1)}),
    [](const testing::TestParamInfo<Setting>& tested) { return std::string(tested.param.name); });

TEST(Gpt, ShorterWindowsGiveTheSameLogits) {
  const Gpt model = gpt(small());
  train::initialize(test::test_device(), model, 3);
  const auto tokens = some_tokens(9, 11);
  const auto whole = logits_of(model, tokens, {1, 9});
  const auto part = logits_of(model, {tokens.begin(), tokens.begin() + 4}, {1, 4});
  for (std::size_t i = 0; i < part.size(); ++i) EXPECT_NEAR(part[i], whole[i], 1e-5) << i;
}

// dL/dw of a few values of every parameter against central differences of the loss.
TEST(Gpt, GradientsAgreeWithFiniteDifferences) {
  for (const char* norm : {"layer", "rms"}) {
    GptOptions options = small();
    options.layers = 1;
    options.norm = norm;
    options.tie = norm[0] == 'r';
    const Gpt model = gpt(options);
    const Device& device = test::test_device();
    train::initialize(device, model, 3);
    Context context(Context::Mode::training);
    const Tensor x = input({2, 9}, DType::u32), labels = input({18}, DType::u32);
    const Tensor loss =
        mean(softmax_cross_entropy(reshape(model.forward(x, context), {18, 11}), labels));
    const auto named = named_tensors(model);
    std::vector<Tensor> outputs{loss}, parameters;
    for (const NamedTensor& n : named) parameters.push_back(n.tensor);
    for (const Tensor& g : gradient(loss, parameters)) outputs.push_back(g);
    Executable run = compile(device, outputs);
    run.set(x, some_tokens(18, 11));
    run.set(labels, some_tokens(18, 7));
    run.run();
    std::vector<std::vector<float>> gradients;
    for (std::size_t p = 0; p < named.size(); ++p)
      gradients.push_back(run.get<float>(outputs[p + 1]));
    for (std::size_t p = 0; p < named.size(); ++p) {
      std::vector<float> values = device.read<float>(parameters[p]);
      for (const std::size_t i : {std::size_t{0}, values.size() / 2}) {
        const float kept = values[i], h = 1e-2F;
        const auto loss_at = [&](float value) {
          values[i] = value;
          device.write<float>(parameters[p], values);
          run.run();
          return static_cast<double>(run.get<float>(loss)[0]);
        };
        const double difference = (loss_at(kept + h) - loss_at(kept - h)) / (2.0 * h);
        values[i] = kept;
        device.write<float>(parameters[p], values);
        EXPECT_NEAR(gradients[p][i], difference, 2e-4 + 0.03 * std::abs(difference))
            << named[p].name << " " << i;
      }
    }
  }
}

TEST(Gpt, RefusesWhatDoesNotFit) {
  GptOptions o = small();
  o.heads = 5;
  EXPECT_THROW((void)gpt(o), InvalidArgument) << "heads must divide the width";
  o = small();
  o.norm = "batch";
  EXPECT_THROW((void)gpt(o), InvalidArgument);
  o = small();
  o.layers = 0;
  EXPECT_THROW((void)gpt(o), InvalidArgument);
  const Gpt model = gpt(small());
  Context context(Context::Mode::evaluation);
  EXPECT_THROW((void)model.forward(input({1, 10}, DType::u32), context), InvalidArgument);
  EXPECT_THROW((void)model.forward(input({1, 9}), context), InvalidArgument);
  EXPECT_THROW((void)model.forward(input({9}, DType::u32), context), InvalidArgument);
}

TEST(Gpt, HostileDescriptionsAreRefused) {
  const Description good = gpt(small()).describe();
  Description bad = good;
  bad.children.resize(2);
  EXPECT_THROW((void)build(bad), InvalidArgument);
  bad = good;
  std::swap(bad.children[0], bad.children[2]);
  EXPECT_THROW((void)build(bad), InvalidArgument);
  bad = good;
  bad.children[1].settings[1].second = "13";
  EXPECT_THROW((void)build(bad), InvalidArgument) << "positions of another width";
  bad = good;
  bad.children[2].children.pop_back();
  EXPECT_THROW((void)build(bad), InvalidArgument);
  bad = good;
  bad.children[0].settings[0].second = "1000000000";
  EXPECT_THROW((void)build(bad), InvalidArgument) << "too large";
}

// Against the formula in double precision, one head after the other.
TEST(CausalSelfAttention, ComputesItsFormula) {
  const std::int64_t batch = 2, tokens = 5, width = 8, heads = 2, d = width / heads;
  const auto qkv = std::make_shared<const Linear>(width, 3 * width);
  const auto projection = std::make_shared<const Linear>(width, width);
  const CausalSelfAttention attention(heads, qkv, projection);
  const Device& device = test::test_device();
  train::initialize(device, attention, 4);
  std::vector<float> x(static_cast<std::size_t>(batch * tokens * width));
  Random random(1);
  for (float& value : x) value = 2 * random.normal();
  Context context(Context::Mode::evaluation);
  const Tensor in = input({batch, tokens, width});
  const Tensor out = attention.forward(in, context);
  Executable run = compile(device, {out});
  run.set(in, x);
  run.run();
  const auto got = run.get<float>(out);

  const auto named = named_tensors(attention);
  ASSERT_EQ(named[0].name, "qkv.weight");
  ASSERT_EQ(named[3].name, "projection.bias");
  std::vector<std::vector<float>> w;
  for (const NamedTensor& n : named) w.push_back(device.read<float>(n.tensor));
  const auto linear = [](const std::vector<float>& weight, const std::vector<float>& bias,
                         const std::vector<double>& v) {
    std::vector<double> y(bias.begin(), bias.end());
    for (std::size_t j = 0; j < y.size(); ++j)
      for (std::size_t k = 0; k < v.size(); ++k)
        y[j] += static_cast<double>(weight[j * v.size() + k]) * v[k];
    return y;
  };
  for (std::int64_t b = 0; b < batch; ++b) {
    std::vector<std::vector<double>> all;
    for (std::int64_t t = 0; t < tokens; ++t) {
      const auto row = x.begin() + (b * tokens + t) * width;
      all.push_back(linear(w[0], w[1], std::vector<double>(row, row + width)));
    }
    const auto at = [&](std::int64_t t, std::int64_t which, std::int64_t h, std::int64_t i) {
      return all[static_cast<std::size_t>(t)][static_cast<std::size_t>(which * width + h * d + i)];
    };
    for (std::int64_t t = 0; t < tokens; ++t) {
      std::vector<double> seen(static_cast<std::size_t>(width));
      for (std::int64_t h = 0; h < heads; ++h) {
        std::vector<double> p;
        double sum = 0;
        for (std::int64_t s = 0; s <= t; ++s) {
          double score = 0;
          for (std::int64_t i = 0; i < d; ++i) score += at(t, 0, h, i) * at(s, 1, h, i);
          p.push_back(std::exp(score / std::sqrt(static_cast<double>(d))));
          sum += p.back();
        }
        for (std::int64_t s = 0; s <= t; ++s)
          for (std::int64_t i = 0; i < d; ++i)
            seen[static_cast<std::size_t>(h * d + i)] +=
                p[static_cast<std::size_t>(s)] / sum * at(s, 2, h, i);
      }
      const auto want = linear(w[2], w[3], seen);
      for (std::int64_t i = 0; i < width; ++i) {
        EXPECT_NEAR(got[static_cast<std::size_t>((b * tokens + t) * width + i)],
                    want[static_cast<std::size_t>(i)], 1e-5);
      }
    }
  }
}

std::size_t launches_of(const Program& program, std::string_view kernel) {
  return static_cast<std::size_t>(std::ranges::count_if(
      program.launches, [&](const Launch& l) { return l.dispatch.kernel == kernel; }));
}

// Everything else of this model is of floats.
TEST(Gpt, ProductsOfQuantizedAttentionReadCodes) {
  for (const int bits : {32, 4}) {
    const GptOptions options = small({}, false, false, bits);
    const Gpt model = gpt(options);
    Context context(Context::Mode::training);
    const Tensor y = model.forward(input({2, 9}, DType::u32), context);
    std::vector<Tensor> outputs{y}, parameters;
    for (const NamedTensor& named : named_tensors(model)) parameters.push_back(named.tensor);
    const Program forward = plan(test::test_device().target(), outputs);
    for (const Tensor& grad : gradient(square(y), parameters)) outputs.push_back(grad);
    const Program step = plan(test::test_device().target(), outputs);
    const std::size_t layers = bits == 4 ? 2 : 0;
    EXPECT_EQ(launches_of(forward, "matmul_ints"), layers);         // q k^T
    EXPECT_EQ(launches_of(forward, "matmul_dense_codes"), layers);  // p v
    EXPECT_EQ(launches_of(step, "matmul_ints"), layers);
    EXPECT_EQ(launches_of(step, "matmul_dense_codes"), 4 * layers);  // and dp, dq, dk
  }
}

}  // namespace
}  // namespace ridgeback::nn
