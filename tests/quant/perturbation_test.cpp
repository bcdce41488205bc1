// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/quant/precision.hpp"

#include <gtest/gtest.h>

namespace ridgeback::test {
namespace {

using namespace quant;

TEST(Perturbation, DefaultsAreThoseOfTheMethod) {
  EXPECT_TRUE(Perturbation{}.is_identity());
  const Perturbation one = Perturbation{.bits = 1}.resolved();
  EXPECT_EQ(one.codebook, Codebook::minmax);
  EXPECT_EQ(one.group, Group::blocks(64));
  EXPECT_EQ(one.backward, Backward::full);
  const Perturbation sparse = Perturbation{.bits = 1, .sparsity = n_of_m(2, 4)}.resolved();
  EXPECT_EQ(sparse.codebook, Codebook::sign_linear);
  EXPECT_EQ(sparse.group, Group::channel());
  const Perturbation more = Perturbation{.bits = 4, .sparsity = fraction(0.9)}.resolved();
  EXPECT_EQ(more.codebook, Codebook::absmax);
  EXPECT_EQ(Perturbation{.sparsity = fraction(0.9)}.resolved().codebook, Codebook::none);
  EXPECT_EQ(Perturbation{.bits = ternary_bits}.resolved().codebook, Codebook::ternary);
  // Nothing pruned is dense.
  EXPECT_EQ((Perturbation{.bits = 1, .sparsity = fraction(0)}.resolved().codebook),
            Codebook::minmax);
}

TEST(Perturbation, ResolvingTwiceChangesNothing) {
  for (const int bits : {1, 2, 5, 8, ternary_bits, unquantized_bits}) {
    for (const Sparsity& s : {Sparsity{}, n_of_m(1, 8), fraction(0.99, Sparsity::Scope::tensor)}) {
      const Perturbation p = Perturbation{.bits = bits, .sparsity = s}.resolved();
      EXPECT_EQ(p, p.resolved()) << text(p);
      EXPECT_EQ(p, perturbation_from_text(text(p))) << text(p);
    }
  }
}

TEST(Perturbation, StoredTypes) {
  const auto type = [](const Perturbation& p) { return code_type(p.resolved()); };
  EXPECT_EQ(type({.bits = 1}), DType::b1);
  EXPECT_EQ(type({.bits = 1, .codebook = Codebook::sign_mean}), DType::s1);
  EXPECT_EQ(type({.bits = 1, .codebook = Codebook::sign_linear}), DType::s1);
  EXPECT_EQ(type({.bits = 1, .sparsity = n_of_m(2, 4)}), DType::ternary);
  EXPECT_EQ(type({.bits = ternary_bits}), DType::ternary);
  EXPECT_EQ(type({.bits = 2}), DType::i2);
  EXPECT_EQ(type({.bits = 3}), DType::i4);
  EXPECT_EQ(type({.bits = 5}), DType::i8);
  EXPECT_EQ(type({.sparsity = n_of_m(2, 4)}), DType::f32);
  EXPECT_EQ(code_shift(Perturbation{.bits = 4}.resolved()), 8);
  EXPECT_EQ(code_shift(Perturbation{.bits = 1}.resolved()), 0);
  EXPECT_EQ(code_shift((Perturbation{.bits = 4, .codebook = Codebook::absmax}.resolved())), 0);
}

TEST(Perturbation, RefusesCombinationsWithoutSense) {
  const auto refuses = [](const Perturbation& p, std::string_view part) {
    try {
      (void)p.resolved();
    } catch (const InvalidArgument& error) {
      EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos) << error.what();
      return true;
    }
    return false;
  };
  EXPECT_TRUE(refuses({.bits = 9}, "expected 1 to 8"));
  EXPECT_TRUE(refuses({.bits = -1}, "expected 1 to 8"));
  EXPECT_TRUE(refuses({.bits = 1, .codebook = Codebook::absmax}, "use sign_linear"));
  EXPECT_TRUE(refuses({.bits = 2, .codebook = Codebook::sign_mean}, "got 2 bits"));
  EXPECT_TRUE(refuses({.bits = 4, .codebook = Codebook::ternary}, "expected t"));
  EXPECT_TRUE(refuses({.bits = 4, .codebook = Codebook::none}, "expected 32"));
  EXPECT_TRUE(refuses({.bits = 1, .codebook = Codebook::sign_mean, .sparsity = n_of_m(2, 4)},
                      "sign_linear"));
  EXPECT_TRUE(refuses(
      {.bits = 1, .group = Group::blocks(48), .sparsity = fraction(0.5, Sparsity::Scope::block)},
      "multiple of 32"));
  EXPECT_TRUE(refuses({.bits = 1, .group = Group::blocks(0)}, "length"));
  EXPECT_TRUE(refuses({.bits = 1, .lambda = -0.5F}, "lambda"));
  EXPECT_TRUE(refuses({.bits = 1, .clipped = true}, "straight-through"));
  EXPECT_TRUE(refuses({.bits = 4, .estimator = Estimator::pokebnn}, "got 4 bits"));
  EXPECT_TRUE(refuses({.bits = 4, .group = Group::blocks(64), .estimator = Estimator::lsq}, "lsq"));
  EXPECT_TRUE(
      refuses({.bits = 4, .estimator = Estimator::lsq, .range = ValueRange::fixed(1)}, "learns"));
  EXPECT_TRUE(refuses({.bits = 4, .estimator = Estimator::cge_cosine, .shape = 1.0F}, "shape"));
  EXPECT_TRUE(refuses({.bits = 4, .shape = 0.5F}, "shape"));
  EXPECT_TRUE(
      refuses({.bits = 1, .codebook = Codebook::sign_mean, .estimator = Estimator::cge_cosine},
              "equal steps"));
  EXPECT_TRUE(
      refuses({.bits = 4, .codebook = Codebook::absmax, .range = {ValueRange::Kind::minmax}},
              "does not fit"));
  EXPECT_TRUE(refuses({.bits = ternary_bits, .range = ValueRange::hindsight()}, "of their own"));
  EXPECT_TRUE(refuses({.bits = 4, .backward = Backward::live, .range = ValueRange::percentile(99)},
                      "live"));
  EXPECT_TRUE(refuses({.bits = 4, .sparsity = {.kind = Sparsity::Kind::blocks, .zeros = 0.5}},
                      "no such blocks"));
  EXPECT_TRUE(refuses(
      {.bits = 1, .codebook = Codebook::sign_mean, .rounding = Rounding::stochastic}, "rounded"));
  EXPECT_TRUE(
      refuses({.bits = 1, .estimator = Estimator::straight_through, .backward = Backward::live},
              "one gradient"));
}

TEST(Perturbation, TextsComeBackAndOthersAreRefused) {
  Perturbation p{.bits = 3,
                 .codebook = Codebook::absmax,
                 .group = Group::blocks(128),
                 .sparsity = fraction(0.995, Sparsity::Scope::block),
                 .lambda = 0.0125F,
                 .backward = Backward::live};
  EXPECT_EQ(perturbation_from_text(text(p)), p);
  p.sparsity = n_of_m(2, 4);
  p.group = Group::tensor();
  EXPECT_EQ(perturbation_from_text(text(p)), p);
  p = {.bits = 4, .lambda = Lambda(0.01F, true), .rounding = Rounding::stochastic};
  EXPECT_EQ(perturbation_from_text(text(p)), p);
  EXPECT_NE(text(p).find("lambda=0.01r"), std::string::npos);
  p = {.bits = 5,
       .codebook = Codebook::power_of_two,
       .sparsity = pruned_blocks(0.75, 4, 16, Sparsity::Scope::tensor),
       .range = ValueRange::percentile(99.5F)};
  EXPECT_EQ(perturbation_from_text(text(p)), p);
  for (const Estimator estimator :
       {Estimator::lsq, Estimator::cge_cosine, Estimator::cge_tanh, Estimator::cge_piecewise}) {
    for (const ValueRange range : {ValueRange{}, ValueRange::fixed(3), ValueRange::running(0.9F),
                                   ValueRange::hindsight(), ValueRange::hindsight(0.5F)}) {
      p = {.bits = 4, .estimator = estimator, .range = range, .shape = 0.5F};
      EXPECT_EQ(perturbation_from_text(text(p)), p) << text(p);
    }
  }
  EXPECT_EQ(group_from_text("token"), Group::channel());
  EXPECT_EQ(perturbation_from_text(""), Perturbation{});
  EXPECT_EQ(perturbation_from_text("scope=tensor sparsity=0.5"),
            perturbation_from_text("sparsity=0.5 scope=tensor"));
  for (const char* bad :
       {"bits=0",          "bits=33",        "bits=x",        "codebook=what",
        "group=0",         "group=-64",      "sparsity=1",    "sparsity=2:",
        "sparsity=4:2",    "lambda=big",     "lambda=r",      "lambda=-1r",
        "rounding=up",     "range=fixed",    "range=fixed:0", "range=percentile:50",
        "range=running:1", "range=minmax:3", "shape=round",   "sparsity=0x4:0.5",
        "sparsity=4x:0.5", "wings=2",        "bits",          "estimator=",
        "clipped=yes"}) {
    EXPECT_THROW((void)perturbation_from_text(bad), InvalidArgument) << bad;
  }
}

TEST(Precision, OptionsHoldForBothOperandsUnlessGivenForOne) {
  const Precision p{.weights = 1,
                    .activations = 4,
                    .group = Group::blocks(128),
                    .lambda = 0.5F,
                    .backward = Backward::live,
                    .weight_group = Group::channel(),
                    .activation_lambda = 0.25F,
                    .weight_backward = Backward::straight};
  EXPECT_EQ(p.weight().group, Group::channel());
  EXPECT_EQ(p.activation().group, Group::blocks(128));
  EXPECT_EQ(p.weight().lambda, 0.5F);
  EXPECT_EQ(p.activation().lambda, 0.25F);
  EXPECT_EQ(p.weight().backward, Backward::straight);
  EXPECT_EQ(p.activation().backward, Backward::live);
  EXPECT_EQ(short_text(p), "A4W1 minmax/128 x minmax/channel live");
}

TEST(Precision, SparseWeightsKeepALinearForm) {
  const Precision p{.weights = 1,
                    .activations = 1,
                    .codebook = Codebook::sign_mean,
                    .group = Group::channel(),
                    .sparsity = n_of_m(2, 4)};
  EXPECT_EQ(p.activation().codebook, Codebook::sign_mean);
  EXPECT_EQ(p.weight().codebook, Codebook::sign_linear);
  Precision chosen = p;
  chosen.weight_codebook = Codebook::minmax;
  EXPECT_EQ(chosen.weight().codebook, Codebook::minmax);
}

TEST(Precision, EstimatorsOfTheirOwn) {
  const Precision custom{.weights = 4, .activations = 4, .estimator = Estimator::cge_tanh};
  EXPECT_EQ(custom.weight().estimator, Estimator::cge_tanh);
  EXPECT_EQ(custom.weight().shape, 6.0F);
  EXPECT_EQ(custom.activation().estimator, Estimator::straight_through);
  Precision wrong = custom;
  wrong.activation_estimator = Estimator::cge_tanh;
  EXPECT_THROW((void)wrong.activation(), InvalidArgument);
  const Precision poke{.weights = 1, .activations = 1, .estimator = Estimator::pokebnn};
  EXPECT_EQ(poke.activation().range, ValueRange::fixed(3));
  EXPECT_EQ(poke.weight().range, ValueRange{});
  EXPECT_EQ(poke.weight().codebook, Codebook::sign_linear);
  EXPECT_EQ(poke.weight().group, Group::channel());
  const Precision lsq{.weights = 1, .activations = 4, .estimator = Estimator::lsq};
  EXPECT_EQ(lsq.weight().codebook, Codebook::sign_linear);
  EXPECT_EQ(lsq.activation().codebook, Codebook::absmax);
  const Precision mixed{.weights = 2,
                        .activations = 8,
                        .range = ValueRange::percentile(99),
                        .activation_estimator = Estimator::straight_through,
                        .activation_range = ValueRange::hindsight()};
  EXPECT_EQ(mixed.weight().range, ValueRange::percentile(99));
  EXPECT_EQ(mixed.weight().estimator, Estimator::denoise);
  EXPECT_EQ(mixed.activation().range, ValueRange::hindsight());
  EXPECT_EQ(mixed.activation().estimator, Estimator::straight_through);
  // A range names its codebook.
  EXPECT_EQ((Perturbation{.bits = 4, .range = {ValueRange::Kind::meanabs}}.resolved().codebook),
            Codebook::meanabs);
}

TEST(Precision, MixesQuantizedAndUntouchedOperands) {
  EXPECT_TRUE(Precision{}.is_identity());
  EXPECT_EQ(short_text({}), "fp32");
  EXPECT_EQ(short_text({.gradients = 8}), "fp32 dY8");
  EXPECT_EQ(short_text({.gradients = 2,
                        .gradient_rounding = Rounding::nearest,
                        .gradient_range = GradientRange::hindsight}),
            "fp32 dY2 nearest hindsight");
  const Precision p{.weights = ternary_bits, .codebook = Codebook::minmax};
  EXPECT_TRUE(p.activation().is_identity());
  EXPECT_EQ(p.weight().codebook, Codebook::ternary);
  const Precision pruned{.sparsity = fraction(0.9)};
  EXPECT_FALSE(pruned.is_identity());
  EXPECT_EQ(pruned.weight().codebook, Codebook::none);
  EXPECT_THROW((void)(Precision{.activations = 1, .group = Group::tensor()}.activation()),
               InvalidArgument);
  // The control is an option of the denoising estimator; the other has one gradient anyway.
  const Precision ste{
      .weights = 1, .estimator = Estimator::straight_through, .backward = Backward::live};
  EXPECT_EQ(ste.weight().backward, Backward::full);
}

}  // namespace
}  // namespace ridgeback::test
