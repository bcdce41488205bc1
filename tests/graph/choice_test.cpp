// SPDX-License-Identifier: Apache-2.0
// What is taken where several ways are open, and why.
#include "ridgeback/graph/choice.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dispatch.hpp"

#include <gtest/gtest.h>

namespace ridgeback {
namespace {

using Why = Choice::Why;

class Choices : public ::testing::Test {
 protected:
  Choices() { target_.kernels = {{"product", {"baseline", "dot8", "int64"}}, {"none", {}}}; }

  [[nodiscard]] LowerContext context(std::string operation = "product{a}") const {
    return {specs_, specs_, target_, std::move(operation)};
  }

  Target target_;
  std::vector<TensorSpec> specs_{{{1000, 3}, DType::f32}};
};

TEST_F(Choices, TheFirstUsableCandidateIsTheDefault) {
  const Choice choice = choose_variant(context(), "product", {"coopmat", "int64", "baseline"});
  EXPECT_EQ(choice.options, (std::vector<std::string>{"int64", "baseline"}));
  EXPECT_EQ(choice.taken, "int64");
  EXPECT_EQ(choice.why, Why::standard);
  EXPECT_EQ(dispatch("product", context(), {"dot8"}).variant, "dot8");
}

TEST_F(Choices, WithoutCandidatesEveryUsableVariantIsOffered) {
  EXPECT_EQ(choose_variant(context(), "product", {}).options, target_.kernels["product"]);
}

TEST_F(Choices, WhereNothingElseIsUsableThereIsNoChoice) {
  const Choice one = choose_variant(context(), "product", {"dot8"});
  EXPECT_EQ(one.why, Why::only);
  EXPECT_EQ(one.point, "");
  EXPECT_EQ(choose_variant(context(), "product", {"coopmat"}).taken, "baseline");
  EXPECT_THROW((void)choose_variant(context(), "none", {}), Unsupported);
  EXPECT_THROW((void)choose_variant(context(), "unknown", {}), Unsupported);
  EXPECT_THROW((void)choose(context(), "product", "tile", {}), InvalidArgument);
}

TEST_F(Choices, WhatWasTunedIsTakenWhereItIsOffered) {
  const std::string point = choice_point(context(), "product", "variant");
  target_.tuned[point] = "dot8";
  const Choice choice = choose_variant(context(), "product", {});
  EXPECT_EQ(choice.taken, "dot8");
  EXPECT_EQ(choice.why, Why::tuned);
  EXPECT_EQ(choice.point, point);
  EXPECT_EQ(choose_variant(context(), "product", {"baseline", "int64"}).why, Why::standard);
  EXPECT_EQ(choose_variant(context("product{b}"), "product", {}).why, Why::standard);
}

TEST_F(Choices, WhatIsForcedComesBeforeWhatWasTuned) {
  target_.tuned[choice_point(context(), "product", "variant")] = "dot8";
  target_.tuned[choice_point(context(), "product", "tile")] = "8x4";
  target_.forced["product"] = "int64";
  target_.forced["product/tile"] = "4x4";
  EXPECT_EQ(choose_variant(context(), "product", {}).taken, "int64");
  EXPECT_EQ(choose_variant(context(), "product", {}).why, Why::forced);
  EXPECT_EQ(choose(context(), "product", "tile", {"8x8", "8x4", "4x4"}).taken, "4x4");
  EXPECT_EQ(choose(context(), "product", "tile", {"8x8", "8x4"}).taken, "8x4");
  EXPECT_EQ(choose_variant(context(), "product", {"dot8", "baseline"}).taken, "dot8");
}

TEST_F(Choices, WhatIsForcedInVainIsSaid) {
  target_.forced["product"] = "coopmat";
  target_.forced["product/tile"] = "4x4";
  EXPECT_EQ(text(choose(context(), "product", "tile", {"8x8", "8x4"})),
            "tile 8x8 rule, forced 4x4 is not offered");
  EXPECT_EQ(text(choose(context(), "product", "tile", {"8x8"})),
            "tile 8x8 only, forced 4x4 is not offered");
  EXPECT_EQ(choose(context(), "product", "tile", {"8x8", "4x4"}).not_offered, "");
  EXPECT_EQ(choose(context(), "other", "tile", {"8x8", "8x4"}).not_offered, "");
  EXPECT_EQ(choose_variant(context(), "product", {}).not_offered, "coopmat");
  EXPECT_EQ(choose_variant(context(), "product", {}).why, Why::standard);
}

TEST_F(Choices, VariantsThatAreSwitchedOffAreNamedWhereTheyAreCandidates) {
  target_.disabled["product"] = {"coopmat", "texel"};
  EXPECT_EQ(choose_variant(context(), "product", {}).disabled,
            (std::vector<std::string>{"coopmat", "texel"}));
  const Choice one = choose_variant(context(), "product", {"texel", "dot8"});
  EXPECT_EQ(one.disabled, std::vector<std::string>{"texel"});
  EXPECT_EQ(text(one), "variant dot8 only, texel disabled");
  EXPECT_TRUE(choose_variant(context(), "product", {"dot8"}).disabled.empty());
}

TEST_F(Choices, TheirTextTellsWhatWasTakenAndWhy) {
  EXPECT_EQ(text(choose_variant(context(), "product", {})), "variant baseline rule");
  target_.tuned[choice_point(context(), "product", "tile")] = "8x4";
  EXPECT_EQ(text(choose(context(), "product", "tile", {"4x4", "8x4"})), "tile 8x4 tuned");
  target_.forced["product"] = "dot8";
  EXPECT_EQ(text(choose_variant(context(), "product", {})), "variant dot8 forced");
}

TEST_F(Choices, ShapesOfOneClassShareAPoint) {
  const auto point = [&](const Shape& shape, DType type) {
    specs_ = {{shape, type}};
    return choice_point(context(), "product", "variant");
  };
  EXPECT_EQ(point({1000, 3}, DType::f32), point({1024, 4}, DType::f32));
  EXPECT_NE(point({1000, 3}, DType::f32), point({1025, 3}, DType::f32));
  EXPECT_NE(point({1000, 1}, DType::f32), point({1000, 2}, DType::f32));
  EXPECT_NE(point({1000, 3}, DType::f32), point({1000, 3}, DType::i8));
  EXPECT_NE(point({1000, 3}, DType::f32), point({1000}, DType::f32));
  EXPECT_NE(point({0}, DType::f32), "");
}

}  // namespace
}  // namespace ridgeback
