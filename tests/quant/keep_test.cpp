// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/quant/quant.hpp"

#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/run_case.hpp"
#include "reference/quant_reference.hpp"

namespace ridgeback::test {
namespace {

using quant::Group;
using quant::Sparsity;

void check_mask(const Shape& shape, const std::vector<double>& x, const Sparsity& sparsity,
                Group group) {
  SCOPED_TRACE(fmt::format("{} {} of {} in {}", shape.text(), quant::text(sparsity),
                           quant::name(sparsity.scope), quant::text(group)));
  const auto [rows, cols] = as_matrix(shape);
  const quant::Perturbation options{.bits = 4, .group = group, .sparsity = sparsity};
  const reference::Coded want = reference::code({x, rows, cols, options.resolved()});
  const Tensor value = input(shape);
  const Tensor mask = quant::keep_mask(value, sparsity, group);
  ASSERT_EQ(mask.spec(), (TensorSpec{shape, DType::b1}));
  for (const Forced& forced : choices({mask})) {
    const auto got = run_guarded({mask}, {value}, {{shape, x}}, {}, forced);
    if (got.empty()) continue;
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(got[0].values[i] != 0, want.kept[i]) << "element " << i << " of value " << x[i];
    }
  }
}

std::vector<double> distinct_values(std::int64_t count) {
  Random random(3);
  std::vector<double> x(static_cast<std::size_t>(count));
  for (double& v : x) v = static_cast<double>(random.normal());
  return x;
}

std::vector<double> tied_values(std::int64_t count, std::uint32_t levels) {
  Random random(4);
  std::vector<double> x(static_cast<std::size_t>(count));
  for (double& v : x) v = (static_cast<double>(random.below(2 * levels + 1)) - levels) * 0.25;
  return x;
}

const std::vector<Shape> shapes{{1, 1}, {3, 17}, {4, 64}, {2, 3, 70}, {33, 129}, {5, 1}, {9}};

TEST(KeepMask, KeepsBlocks) {
  for (const Shape& shape : shapes) {
    for (const auto& [height, width] :
         std::vector<std::pair<int, int>>{{1, 1}, {1, 32}, {4, 4}, {3, 5}, {64, 200}}) {
      for (const Sparsity::Scope scope : {Sparsity::Scope::channel, Sparsity::Scope::tensor}) {
        check_mask(shape, distinct_values(shape.count()),
                   quant::pruned_blocks(0.6, height, width, scope), Group::channel());
      }
    }
    check_mask(shape, tied_values(shape.count(), 2), quant::pruned_blocks(0.5, 1, 2),
               Group::channel());
  }
}

// More blocks across than one invocation counts; of weights, whose mean squares are small.
TEST(KeepMask, KeepsManyBlocks) {
  for (const Shape& shape : {Shape{64, 784}, Shape{17, 1030}}) {
    std::vector<double> x = distinct_values(shape.count());
    for (double& v : x) v = static_cast<double>(static_cast<float>(v / 45));
    for (const double zeros : {0.5, 0.88}) {
      for (const Sparsity::Scope scope : {Sparsity::Scope::channel, Sparsity::Scope::tensor}) {
        check_mask(shape, x, quant::pruned_blocks(zeros, 8, 8, scope), Group::channel());
      }
    }
  }
}

// Around 2^-11, where the octaves begin that a selection counts first.
TEST(KeepMask, ThresholdsMayBeSmall) {
  std::vector<double> x = distinct_values(700);
  for (double& v : x) v = static_cast<double>(static_cast<float>(v / 2048));
  for (const double zeros : {0.0, 0.1, 0.5, 0.7, 0.9}) {
    check_mask({7, 100}, x, quant::fraction(zeros), Group::channel());
    check_mask({7, 100}, x, quant::fraction(zeros, Sparsity::Scope::tensor), Group::channel());
  }
  for (double& v : x) v = static_cast<double>(static_cast<float>(v * v * v));
  check_mask({7, 100}, x, quant::fraction(0.2), Group::channel());
}

TEST(KeepMask, KeepsNOfM) {
  for (const Shape& shape : shapes) {
    for (const auto& [n, m] : std::vector<std::pair<int, int>>{
             {2, 4}, {1, 4}, {1, 16}, {3, 5}, {7, 12}, {5, 32}, {30, 31}, {4, 4}, {1, 1}}) {
      check_mask(shape, distinct_values(shape.count()), quant::n_of_m(n, m), Group::channel());
      check_mask(shape, tied_values(shape.count(), 2), quant::n_of_m(n, m), Group::channel());
    }
  }
}

TEST(KeepMask, KeepsAFractionOfEveryScope) {
  for (const Shape& shape : shapes) {
    for (const auto scope :
         {Sparsity::Scope::channel, Sparsity::Scope::tensor, Sparsity::Scope::block}) {
      for (const double zeros : {0.1, 0.5, 0.95, 0.999}) {
        const Sparsity sparsity = quant::fraction(zeros, scope);
        check_mask(shape, distinct_values(shape.count()), sparsity, Group::blocks(32));
      }
    }
  }
}

TEST(KeepMask, TiesKeepTheLowerIndex) {
  for (const Shape& shape : shapes) {
    for (const auto scope :
         {Sparsity::Scope::channel, Sparsity::Scope::tensor, Sparsity::Scope::block}) {
      for (const std::uint32_t levels : {0U, 1U, 5U}) {
        const Sparsity sparsity = quant::fraction(0.7, scope);
        check_mask(shape, tied_values(shape.count(), levels), sparsity, Group::blocks(64));
      }
    }
  }
}

TEST(KeepMask, ManyValuesInOneScope) {
  const Shape shape{300, 301};
  check_mask(shape, distinct_values(shape.count()), quant::fraction(0.99, Sparsity::Scope::tensor),
             Group::tensor());
  check_mask(shape, tied_values(shape.count(), 50), quant::fraction(0.995, Sparsity::Scope::tensor),
             Group::tensor());
  check_mask({3, 5000}, tied_values(15000, 1), quant::fraction(0.5), Group::channel());
}

TEST(KeepMask, SmallAndLargeMagnitudesAreOrdered) {
  std::vector<double> x;
  for (int i = 0; i < 120; ++i) {
    x.push_back(static_cast<double>(std::ldexp(1.0F, (i * 37) % 240 - 120)) * (i % 2 ? 1 : -1));
  }
  x.resize(128, 0.0);
  check_mask({1, 128}, x, quant::fraction(0.6), Group::channel());
  check_mask({2, 64}, x, quant::n_of_m(3, 8), Group::channel());
}

TEST(KeepMask, RefusesWhatItCannotPrune) {
  EXPECT_THROW((void)quant::keep_mask(input({2, 4}), {}, Group::channel()), InvalidArgument);
  EXPECT_THROW((void)quant::keep_mask(input({}), quant::n_of_m(1, 2), Group::channel()),
               InvalidArgument);
  EXPECT_THROW((void)quant::n_of_m(3, 2), InvalidArgument);
  EXPECT_THROW((void)quant::n_of_m(1, 33), InvalidArgument);
  EXPECT_THROW((void)quant::fraction(1.0), InvalidArgument);
  EXPECT_THROW((void)quant::fraction(-0.1), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
