// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/description_json.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/nn/module.hpp"

#include <gtest/gtest.h>

namespace ridgeback::nn {
namespace {

MlpOptions small() {
  MlpOptions options;
  options.inputs = 12;
  options.hidden = {8, 6};
  options.outputs = 3;
  return options;
}

TEST(Description, SurvivesTheWayThroughJsonAndBuild) {
  for (const char* norm : {"none", "batch", "layer", "rms"}) {
    MlpOptions options = small();
    options.norm = norm;
    options.dropout = 0.25F;
    options.precision = {
        .weights = 1, .activations = 4, .sparsity = quant::n_of_m(2, 4), .lambda = 0.125F};
    const Description description = mlp(options).describe();
    EXPECT_EQ(description_from_json(to_json(description)), description);
    EXPECT_EQ(build(description)->describe(), description) << norm;
  }
}

TEST(Description, NamesParametersWithDots) {
  std::vector<std::string> names;
  for (const NamedTensor& named : named_tensors(mlp(small()))) names.push_back(named.name);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "1.gamma", "1.beta",
                                             "1.running_mean", "1.running_variance", "3.weight",
                                             "3.bias", "4.gamma", "4.beta", "4.running_mean",
                                             "4.running_variance", "6.weight", "6.bias"}));
}

TEST(Description, RefusesHostileText) {
  EXPECT_THROW((void)description_from_json(""), InvalidArgument);
  EXPECT_THROW((void)description_from_json("[]"), InvalidArgument);
  EXPECT_THROW((void)description_from_json("{\"kind\": 3}"), InvalidArgument);
  EXPECT_THROW((void)description_from_json("{\"kind\": \"linear\", \"inputs\": 3}"),
               InvalidArgument);
  EXPECT_THROW((void)description_from_json(std::string(1'000'000, '[')), InvalidArgument);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{\"kind\": \"sequential\", \"children\": [";
  EXPECT_THROW((void)description_from_json(deep), InvalidArgument);
  std::string wide = "{\"kind\": \"sequential\", \"children\": [";
  for (int i = 0; i < 20'000; ++i) wide += "{\"kind\": \"flatten\"},";
  EXPECT_THROW((void)description_from_json(wide + "{\"kind\": \"flatten\"}]}"), InvalidArgument);
}

TEST(Build, RefusesUnknownKindsAndBadSettings) {
  EXPECT_THROW((void)build({"conv9", {}, {}}), InvalidArgument);
  EXPECT_THROW((void)build({"linear", {}, {}}), InvalidArgument);
  const auto linear = [](const char* inputs, const char* outputs, const char* bias) {
    return Description{"linear",
                       {{"inputs", inputs},
                        {"outputs", outputs},
                        {"bias", bias},
                        {"weights", "bits=32"},
                        {"activations", "bits=32"}},
                       {}};
  };
  EXPECT_NO_THROW((void)build(linear("3", "4", "true")));
  for (const char* bad : {"0", "-1", "x", "", "99999999999999999999", "3x", "2097152"}) {
    EXPECT_THROW((void)build(linear(bad, "4", "true")), InvalidArgument) << bad;
  }
  EXPECT_THROW((void)build(linear("1048576", "1048576", "true")), InvalidArgument);
  EXPECT_THROW((void)build(linear("3", "4", "yes")), InvalidArgument);
  EXPECT_THROW((void)build({"dropout", {{"rate", "nan"}}, {}}), InvalidArgument);
  EXPECT_THROW((void)build({"dropout", {{"rate", "1.5"}}, {}}), InvalidArgument);
  EXPECT_THROW((void)build({"activation", {{"function", "sine"}}, {}}), InvalidArgument);
}

TEST(Mlp, InputMayHaveAGroupOfItsOwn) {
  MlpOptions options = small();
  options.precision = {.weights = 1, .activations = 1, .group = quant::Group::blocks(32)};
  const auto settings_of = [](const MlpOptions& o) {
    std::vector<std::string> activations;
    for (const Description& layer : mlp(o).describe().children) {
      for (const auto& [name, value] : layer.settings) {
        if (name == "activations") activations.push_back(value);
      }
    }
    return activations;
  };
  const std::vector<std::string> alike = settings_of(options);
  options.input_group = quant::Group::channel();
  const std::vector<std::string> own = settings_of(options);
  ASSERT_EQ(own.size(), 3U);
  EXPECT_NE(own[0], alike[0]);
  EXPECT_EQ(own[1], alike[1]);
  EXPECT_EQ(own[2], alike[2]);
  options.precision.group = quant::Group::channel();
  EXPECT_EQ(settings_of(options)[0], own[0]);
  options.quantize_all = false;
  EXPECT_THROW((void)mlp(options), InvalidArgument);
  options.quantize_all = true;
  options.precision.activations = quant::unquantized_bits;
  EXPECT_THROW((void)mlp(options), InvalidArgument);
}

TEST(Mlp, RefusesAnUnknownNorm) {
  MlpOptions options = small();
  options.norm = "group";
  EXPECT_THROW((void)mlp(options), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::nn
