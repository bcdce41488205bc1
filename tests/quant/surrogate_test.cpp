// SPDX-License-Identifier: Apache-2.0
// The gradient of every perturbation against finite differences of its surrogate, in which the
// noise is held constant: codebooks x groups x what is pruned x scale detached or live.
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cmath>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/quant_case.hpp"

namespace ridgeback::test {
namespace {

using quant::Backward;
using quant::Codebook;
using quant::Group;
using quant::Perturbation;
using quant::Sparsity;

// 32 and 20 do not divide it; blocks of 20 begin anywhere in a word of codes.
const Shape shape{3, 70};

// No two magnitudes are equal and of each pair of neighbours one is negative and nearly as large,
// so that what is kept of a block has both signs: a pruned zero is never an extreme.
std::vector<double> values() {
  Random random(5);
  std::vector<double> x(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i + 1 < x.size(); i += 2) {
    const double size = 0.05 + std::abs(static_cast<double>(random.normal()));
    x[i] = size;
    x[i + 1] = -size * (0.95 + 0.04 * static_cast<double>(random.uniform(0, 1)));
  }
  for (double& v : x) v = static_cast<double>(static_cast<float>(v));
  return x;
}

std::vector<Perturbation> codebooks(bool sparse) {
  const Perturbation other = sparse ? Perturbation{.codebook = Codebook::none}
                                    : Perturbation{.bits = 1, .codebook = Codebook::sign_mean};
  return {{.bits = 1, .codebook = Codebook::minmax},
          {.bits = 4, .codebook = Codebook::minmax},
          {.bits = 1, .codebook = Codebook::sign_linear},
          {.bits = 3, .codebook = Codebook::absmax},
          {.bits = 3, .codebook = Codebook::meanabs},
          other,
          {.bits = quant::ternary_bits, .codebook = Codebook::ternary},
          {.bits = 4, .codebook = Codebook::power_of_two},
          {.bits = 5, .codebook = Codebook::power_of_two}};
}

struct Checked {
  Perturbation options;
  std::size_t turn;
  Tensor codes;
  Tensor dx;
};

class Surrogate : public testing::TestWithParam<Group> {
 protected:
  // Each combination runs in one of the kernels' variants, as many as share one in one executable.
  // Codebooks in this order meet them as they do in perturb_test.cpp, so that few pipelines are
  // made for this test alone.
  void check(const Sparsity& sparsity) const {
    const Tensor x = input(shape), dy = input(shape);
    const bool sparse = sparsity.kind != Sparsity::Kind::none;
    std::size_t turn = GetParam() == Group::channel() ? 1 : 0;
    std::vector<Checked> all;
    std::vector<Tensor> outputs;
    for (Perturbation p : codebooks(sparse)) {
      p.group = GetParam();
      p.sparsity = sparsity;
      ++turn;
      for (const Backward backward : {Backward::full, Backward::live}) {
        p.backward = backward;
        const quant::Perturbed perturbed = quant::perturb(x, p);
        const Tensor x_hat = quant::dequantize(perturbed.codes, perturbed.factors, p.group);
        all.push_back({p.resolved(), turn, perturbed.codes, gradient(x_hat * dy, {x})[0]});
        outputs.insert(outputs.end(), {all.back().codes, all.back().dx});
      }
    }
    const auto rounds = variant_rounds(outputs);
    for (std::size_t round = 0; round < rounds.size(); ++round) {
      std::vector<Checked> own;
      for (const Checked& c : all) {
        if (c.turn % rounds.size() == round) own.push_back(c);
      }
      check(x, dy, own, rounds[round]);
    }
  }

 private:
  static void check(const Tensor& x, const Tensor& dy, const std::vector<Checked>& all,
                    const std::map<std::string, std::string>& forced) {
    std::vector<Tensor> outputs;
    for (const Checked& c : all) outputs.insert(outputs.end(), {c.codes, c.dx});
    Executable e = compile(test_device(), outputs, {}, {.forced = forced});
    const std::vector<double> given = values(), weights = draw(shape.count(), 6);
    e.set_bytes(x, encode({shape, given}, DType::f32));
    e.set_bytes(dy, encode({shape, weights}, DType::f32));
    e.run();
    for (const Checked& c : all) {
      SCOPED_TRACE(fmt::format("{} {}", quant::text(c.options), fmt::join(forced, " ")));
      const reference::QuantInput in{given, shape[0], shape[1], c.options};
      reference::Coded coded = reference::code(in);
      if (c.options.codebook != Codebook::none) {
        coded.codes = decode(c.codes.spec(), e.get_bytes(c.codes)).values;
        for (double& code : coded.codes) code += quant::code_shift(c.options);
      }
      EXPECT_TRUE(near_largest(decode(c.dx.spec(), e.get_bytes(c.dx)).values,
                               reference::surrogate_gradient(in, coded, weights), 5e-5));
    }
  }
};

TEST_P(Surrogate, OfDenseValues) {
  check({});
}
TEST_P(Surrogate, OfNOfM) {
  check(quant::n_of_m(2, 4));
}
TEST_P(Surrogate, OfAFraction) {
  check(quant::fraction(0.6));
  check(quant::fraction(0.6, Sparsity::Scope::tensor));
}
TEST_P(Surrogate, OfPrunedBlocks) {
  check(quant::pruned_blocks(0.5, 1, 10));
}

INSTANTIATE_TEST_SUITE_P(Groups, Surrogate,
                         testing::Values(Group::tensor(), Group::channel(), Group::blocks(32),
                                         Group::blocks(20)),
                         [](const testing::TestParamInfo<Group>& given) {
                           return given.param.kind == Group::Kind::blocks
                                      ? fmt::format("Blocks{}", given.param.size)
                                      : quant::text(given.param);
                         });

}  // namespace
}  // namespace ridgeback::test
