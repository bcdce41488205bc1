// SPDX-License-Identifier: Apache-2.0
// Codes, denoised values and their gradient for every option of a perturbation.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/quant/simulated.hpp"

#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <utility>

#include "harness/quant_case.hpp"

namespace ridgeback::test {
namespace {

using quant::Backward;
using quant::Codebook;
using quant::Group;
using quant::Perturbation;

const std::vector<Group> groups_of_32{Group::blocks(32), Group::channel(), Group::tensor()};
const std::vector<Group> groups_of_64{Group::blocks(64), Group::channel(), Group::tensor()};

// Every codebook with every number of bits that it has.
std::vector<Perturbation> all_codebooks() {
  std::vector<Perturbation> list;
  for (int bits = 1; bits <= 8; ++bits) {
    list.push_back({.bits = bits, .codebook = Codebook::minmax});
    if (bits >= 2) list.push_back({.bits = bits, .codebook = Codebook::absmax});
  }
  list.push_back({.bits = 1, .codebook = Codebook::sign_mean});
  list.push_back({.bits = 1, .codebook = Codebook::sign_linear});
  list.push_back({.bits = quant::ternary_bits, .codebook = Codebook::ternary});
  for (const int bits : {2, 5}) list.push_back({.bits = bits, .codebook = Codebook::meanabs});
  for (const int bits : {2, 3, 4, 5, 8})
    list.push_back({.bits = bits, .codebook = Codebook::power_of_two});
  return list;
}

// Those that few_codebooks() leaves out.
std::vector<Perturbation> more_codebooks() {
  return {{.bits = 3, .codebook = Codebook::meanabs},
          {.bits = 4, .codebook = Codebook::power_of_two},
          {.bits = 5, .codebook = Codebook::power_of_two}};
}

std::vector<Perturbation> sparse_codebooks() {
  return {{.bits = 4, .codebook = Codebook::minmax},
          {.bits = 1, .codebook = Codebook::sign_linear},
          {.bits = 3, .codebook = Codebook::absmax},
          {.bits = quant::ternary_bits, .codebook = Codebook::ternary},
          {.bits = quant::unquantized_bits, .codebook = Codebook::none}};
}

// Numbers of bits that a codebook stores alike differ in a constant: one of them in all variants.
TEST(Perturb, EveryCodebookInBlocksWithATail) {
  std::set<std::pair<Codebook, DType>> seen;
  std::size_t turn = 0;
  for (Perturbation p : all_codebooks()) {
    p.group = Group::blocks(64);
    QuantCase c = normal_case({3, 150}, p);
    if (!seen.emplace(p.codebook, quant::code_type(p.resolved())).second) c.turn = turn++;
    check_quant(c, 1e-5, true);
  }
  // Rows of a multiple of four values are read in another way, whatever the codebook.
  for (Perturbation p : few_codebooks()) {
    p.group = Group::blocks(64);
    check_quant(normal_case({2, 96}, p), 1e-5);
  }
}

// Such blocks may be held in registers.
TEST(Perturb, WholeBlocksOf64) {
  std::vector<Perturbation> dense = few_codebooks();
  dense.push_back({.bits = 8, .codebook = Codebook::minmax});
  for (Perturbation p : dense) {
    p.group = Group::blocks(64);
    check_quant(normal_case({3, 128}, p), 1e-5);
  }
  std::size_t turn = 0;
  for (Perturbation p : sparse_codebooks()) {
    p.sparsity = quant::n_of_m(2, 4);
    p.group = Group::blocks(64);
    check_in_turn(turn++, normal_case({11, 64}, p), 2e-5);
  }
}

// The groups take the variants in turn, so that each codebook meets all of them.
TEST(Perturb, EveryGroup) {
  std::size_t turn = 0;
  for (Perturbation p : few_codebooks()) {
    p.group = Group::tensor();
    check_in_turn(turn, normal_case({5, 96}, p), 1e-5, true);
    p.group = Group::channel();
    check_in_turn(turn + 1, normal_case({5, 100}, p), 1e-5, true);
    p.group = Group::blocks(32);
    check_in_turn(turn + 2, normal_case({5, 100}, p), 1e-5, true);
    ++turn;
  }
}

// Every pair of shape, codebook and group, each codebook and group in every variant.
TEST(Perturb, OddShapes) {
  const std::vector<Shape> shapes{{5, 1}, {1, 3}, {2, 31}, {3, 33}, {1, 65}, {2, 3, 70}, {7}};
  const std::vector<Perturbation> books = few_codebooks();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    for (std::size_t j = 0; j < books.size(); ++j) {
      Perturbation p = books[j];
      p.group = groups_of_32[(i + j) % 3];
      check_in_turn(i / 3 + j, normal_case(shapes[i], p), 2e-5);
    }
  }
}

// Whole runs of eight quads and a rest; more rows than one small work group's. Each with half of
// the codebooks, one in each variant; and all of them where teams are large, in teams.
TEST(Perturb, LongRowsAndManyRows) {
  const std::vector<std::pair<Shape, Group>> kinds{{{2, 300}, Group::channel()},
                                                   {{2, 300}, Group::tensor()},
                                                   {{257, 256}, Group::blocks(128)},
                                                   {{2, 300}, Group::blocks(160)},
                                                   {{300, 40}, Group::tensor()}};
  const std::vector<Perturbation> books = few_codebooks();
  for (std::size_t j = 0; j < books.size(); ++j) {
    Perturbation p = books[j];
    for (std::size_t i = j % 2; i < kinds.size(); i += 2) {
      p.group = kinds[i].second;
      check_in_turn((i + j) / 2, normal_case(kinds[i].first, p), 2e-5);
    }
    p.group = Group::channel();
    check_in_turn(1, normal_case({2, 4097}, p), 2e-5);
    p.group = Group::blocks(160);
    check_in_turn(1, normal_case({2, 301}, p), 2e-5);
  }
}

// Blocks that begin anywhere in a word have f32 codes.
TEST(Perturb, BlocksOfAnyLength) {
  std::size_t turn = 0;
  for (const int length : {1, 7, 20, 33, 200}) {
    for (Perturbation p :
         {Perturbation{.bits = 1}, Perturbation{.bits = 3, .codebook = Codebook::absmax},
          Perturbation{.bits = 1, .codebook = Codebook::sign_mean}}) {
      p.group = Group::blocks(length);
      check_in_turn(turn++,
                    normal_case({2, length == 20    ? 64
                                    : length == 200 ? 230
                                                    : 70},
                                p),
                    2e-5, length > 1);
    }
  }
  Perturbation p{.bits = 4,
                 .codebook = Codebook::absmax,
                 .group = Group::blocks(20),
                 .sparsity = quant::n_of_m(2, 4),
                 .backward = Backward::live};
  check_quant(normal_case({3, 70}, p), 2e-5, true);
  check_quant(normal_case({3, 64}, p), 2e-5, true);
  p = {.bits = 3, .group = Group::blocks(7), .rounding = quant::Rounding::stochastic};
  QuantCase c = normal_case({3, 70}, p);
  c.step = {.step = 2, .seed_low = 8};
  check_quant(c, 2e-5, true);
  EXPECT_EQ(quant::code_type(p.resolved()), DType::f32);
  EXPECT_TRUE(quant::is_simulated(p.resolved()));
}

TEST(Perturb, EmptyTensors) {
  for (const Shape& shape : std::vector<Shape>{{0, 64}, {3, 0}, {0}}) {
    for (const Group group : {Group::blocks(64), Group::channel(), Group::tensor()}) {
      check_quant({shape, {}, {}, {.bits = 2, .group = group}});
      check_quant({shape, {}, {}, {.bits = 2, .group = group, .sparsity = quant::fraction(0.5)}});
    }
  }
}

TEST(Perturb, LiveScale) {
  const std::vector<Perturbation> books = few_codebooks();
  for (std::size_t i = 0; i < groups_of_32.size(); ++i) {
    for (std::size_t j = 0; j < books.size(); ++j) {
      Perturbation p = books[j];
      p.group = groups_of_32[i];
      p.backward = Backward::live;
      check_in_turn(i + j, normal_case({3, 75}, p), 2e-5, true);
    }
  }
}

TEST(Perturb, SparsityOfEveryKind) {
  const std::vector<quant::Sparsity> kinds{
      quant::n_of_m(2, 4),
      quant::n_of_m(1, 16),
      quant::n_of_m(5, 7),
      quant::fraction(0.5),
      quant::pruned_blocks(0.7, 2, 8),
      quant::pruned_blocks(0.7, 3, 5, quant::Sparsity::Scope::tensor),
      quant::fraction(0.9, quant::Sparsity::Scope::tensor),
      quant::fraction(0.75, quant::Sparsity::Scope::block)};
  const std::vector<Perturbation> books = sparse_codebooks();
  for (const quant::Sparsity& sparsity : kinds) {
    for (std::size_t j = 0; j < books.size(); ++j) {
      for (std::size_t i = 0; i < groups_of_64.size(); ++i) {
        Perturbation p = books[j];
        p.sparsity = sparsity;
        p.group = groups_of_64[i];
        check_in_turn(i + j, normal_case({4, 90}, p), 2e-5, true);
      }
    }
  }
}

// Blocks of which nothing is kept have the mean as their value and pass its gradient alone.
TEST(Perturb, BlocksWithoutAKeptValueAreTheirMean) {
  std::size_t turn = 0;
  for (const int bits : {1, 4, 8}) {
    Perturbation p{.bits = bits, .codebook = quant::Codebook::minmax, .group = Group::blocks(32)};
    p.sparsity = quant::pruned_blocks(0.75, 1, 32);
    QuantCase c = normal_case({3, 128}, p);
    c.turn = turn++;
    check_quant(c, 2e-5, true);
    const reference::Coded coded = reference::code(reference_input(c));
    for (const QuantRun& run : run_quant(c)) {
      for (std::size_t block = 0; block < 12; ++block) {
        const std::size_t first = 32 * block;
        if (coded.kept[first]) continue;
        double mean = 0, gradient = 0;
        for (std::size_t i = first; i < first + 32; ++i) {
          mean += c.x[i] / 32;
          gradient += c.dy[i] / 32;
        }
        for (std::size_t i = first; i < first + 32; ++i) {
          ASSERT_NEAR(run.x_hat.values[i], mean, 1e-6) << i;
          ASSERT_NEAR(run.dx.values[i], gradient, 1e-6) << i;
        }
      }
    }
  }
}

TEST(Perturb, SparseLiveScale) {
  std::size_t turn = 0;
  for (Perturbation p : sparse_codebooks()) {
    p.sparsity = quant::n_of_m(2, 4);
    p.backward = Backward::live;
    for (const Group group : {Group::blocks(64), Group::tensor()}) {
      p.group = group;
      // Pruned zeros tie for the lowest value of a block without kept negative values.
      check_in_turn(turn++, normal_case({3, 130}, p), 2e-5, p.codebook != Codebook::minmax);
    }
    ++turn;
  }
}

// Small integers: many equal values, many exactly on a border between two codes.
TEST(Perturb, TiesShareTheLiveScaleEvenly) {
  Random random(7);
  std::vector<double> x(3 * 64);
  for (double& v : x) v = static_cast<double>(random.below(9)) - 4;
  std::size_t turn = 0;
  for (Perturbation p : few_codebooks()) {
    p.group = Group::blocks(64);
    p.backward = Backward::live;
    check_in_turn(turn++, {{3, 64}, x, draw(3 * 64, 8), p}, 2e-5);
    p.group = Group::tensor();
    check_in_turn(turn, {{3, 64}, x, draw(3 * 64, 8), p}, 2e-5);
  }
}

TEST(Perturb, MeanMagnitudesAndPowersOfTwo) {
  std::size_t turn = 1;
  for (Perturbation p : more_codebooks()) {
    for (const Group group : groups_of_64) {
      p.group = group;
      check_in_turn(turn++, normal_case({3, 90}, p), 2e-5, true);
    }
    p.group = Group::blocks(64);
    p.backward = Backward::live;
    check_in_turn(turn, normal_case({3, 90}, p), 2e-5, true);
    p.sparsity = quant::n_of_m(2, 4);
    check_in_turn(turn, normal_case({3, 128}, p), 2e-5, true);
  }
  Perturbation p{
      .bits = 4, .codebook = Codebook::power_of_two, .rounding = quant::Rounding::stochastic};
  QuantCase c = normal_case({2, 128}, p);
  c.step = {.step = 3, .seed_low = 4};
  check_quant(c, 2e-5, true);
}

TEST(Perturb, PowersOfTwoHaveTheirCodes) {
  const Perturbation p{.bits = 3, .codebook = Codebook::power_of_two, .group = Group::channel()};
  // s_f = 1: codes 0, 1, 2, 4; a half goes to the even code of 0 and 1, above to the larger one.
  const std::vector<double> x{4, -4, 0.5, 0.6, 1.4, 1.5, -2.9, 3};
  for (const QuantRun& run : run_quant({{1, 8}, x, x, p})) {
    EXPECT_EQ(run.codes.values, (std::vector<double>{4, -4, 0, 1, 1, 2, -2, 4}));
  }
}

// (low, high) of blocks of 32, one in the last row's range being far from the values.
TEST(Perturb, GivenRangesClip) {
  const quant::ValueRange kinds[] = {quant::ValueRange::hindsight(),
                                     quant::ValueRange::running(0.9F)};
  const std::vector<Perturbation> books{{.bits = 1},
                                        {.bits = 3},
                                        {.bits = 4, .codebook = Codebook::absmax},
                                        {.bits = 4, .codebook = Codebook::power_of_two}};
  std::size_t turn = 0;
  for (Perturbation p : books) {
    p.range = kinds[p.bits % 2];
    p.group = Group::blocks(32);
    QuantCase c = normal_case({3, 70}, p);
    c.turn = turn++;
    c.range_shape = {3, 3, 2};
    c.range = {-1, 1, -0.5, 2, -3, 0.1, -0.2, 0.3, -5, 5, -1, 1.5, -2, 2, -0.1, 0.2, 1, 3};
    check_quant(c, 5e-5, true);
    c.range_shape = {1, 3, 2};
    c.range.resize(6);
    check_quant(c, 5e-5, true);
    c.range = {1, -1, 1, -1, 1, -1};  // none yet
    check_quant(c, 5e-5, true);
    c.range = {-1, 0.75};
    c.range_shape = {1, 1, 2};
    for (const Group group : {Group::channel(), Group::tensor()}) {
      c.options.group = group;
      check_in_turn(*c.turn + 1, c, 5e-5, true);
    }
    c.options.estimator = quant::Estimator::straight_through;
    c.options.clipped = true;
    check_quant(c, 5e-5);
    EXPECT_THROW((void)quant::perturb(input({3, 70}), p), InvalidArgument) << "no range";
    EXPECT_THROW((void)quant::perturb(input({3, 70}), p, {.range = input({3, 2, 2})}),
                 InvalidArgument);
  }
}

TEST(Perturb, FixedAndPercentileRanges) {
  const quant::ValueRange ranges[] = {quant::ValueRange::fixed(1.25F),
                                      quant::ValueRange::percentile(90),
                                      quant::ValueRange::percentile(97.5F)};
  for (std::size_t i = 0; i < std::size(ranges); ++i) {
    for (const bool linear : {false, true}) {
      Perturbation p{.bits = 4, .codebook = linear ? Codebook::absmax : Codebook::minmax};
      p.range = ranges[i];
      for (std::size_t j = 0; j < groups_of_64.size(); ++j) {
        p.group = groups_of_64[j];
        const std::int64_t cols = p.group == Group::channel() ? 150 : 128;
        check_in_turn(i + j + (linear ? 2 : 0), normal_case({3, cols}, p), 2e-5, true);
      }
    }
  }
}

}  // namespace
}  // namespace ridgeback::test
