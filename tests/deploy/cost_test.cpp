// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/cost.hpp"

#include "ridgeback/graph/source.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/quant/quant.hpp"

#include <gtest/gtest.h>

namespace ridgeback::deploy {
namespace {

constexpr std::int64_t products = 784 * 512 + 512 * 512 + 512 * 10;

ArithmeticCost mlp_cost(const quant::Precision& precision, const char* norm = "batch",
                        bool all = true) {
  nn::MlpOptions options;
  options.inputs = 784;
  options.hidden = {512, 512};
  options.outputs = 10;
  options.norm = norm;
  options.precision = precision;
  options.quantize_all = all;
  const nn::Sequential net = nn::mlp(options);
  return cost_of(net, 784);
}

TEST(Cost, CountsMultiplyAddsTimesBits) {
  const ArithmeticCost dense = mlp_cost({});
  EXPECT_EQ(dense.multiply_adds, products);
  EXPECT_DOUBLE_EQ(dense.ace, products * 1024.0);
  const ArithmeticCost one_bit = mlp_cost({.weights = 1, .activations = 1});
  EXPECT_EQ(one_bit.multiply_adds, products);
  EXPECT_DOUBLE_EQ(one_bit.ace, products * 1.0);
  EXPECT_EQ(one_bit.by_types.at("b1 x b1"), products);
  EXPECT_DOUBLE_EQ(mlp_cost({.weights = 1, .activations = 4}).ace, products * 4.0);
  EXPECT_DOUBLE_EQ(mlp_cost({.weights = 8, .activations = 8}).ace, products * 64.0);
  EXPECT_DOUBLE_EQ(mlp_cost({.weights = 1}).ace, products * 32.0);
}

// 12 samples among three experts: each goes through one of them.
class Experts final : public nn::StatelessModule {
 public:
  explicit Experts(int bits) : bits_(bits) {}
  [[nodiscard]] Tensor forward(const Tensor& x, nn::Context& /*context*/) const override {
    const Tensor rows = reshape(x, {12, 64});
    const Tensor w = input({3, 40, 64}), ends = input({3}, DType::i32);
    if (bits_ == 0) return grouped_matmul(rows, transpose(w), ends);
    const quant::Perturbation p{.bits = bits_};
    return grouped_matmul(quant::denoise(rows, p), transpose(quant::denoise(w, p)), ends);
  }
  [[nodiscard]] nn::Description describe() const override { return {}; }

 private:
  int bits_;
};

TEST(Cost, RowsOfGroupsAreMultipliedOnce) {
  const ArithmeticCost dense = cost_of(Experts(0), 12 * 64), bits = cost_of(Experts(1), 12 * 64);
  EXPECT_EQ(dense.multiply_adds, 12 * 40 * 64);
  EXPECT_EQ(bits.multiply_adds, 12 * 40 * 64);
  EXPECT_EQ(bits.by_types.at("b1 x b1"), 12 * 40 * 64);
}

TEST(Cost, OuterLayersMayStayFloat) {
  const ArithmeticCost inner = mlp_cost({.weights = 1, .activations = 1}, "batch", false);
  EXPECT_EQ(inner.by_types.at("f32 x f32"), 784 * 512 + 512 * 10);
  EXPECT_EQ(inner.by_types.at("b1 x b1"), 512 * 512);
}

// Whole rows: 1034 results with one correction each. Elements that are not products: those that are
// quantized, two nonlinearities, three biases.
TEST(Cost, WorkOutsideOfProductsIsPriced) {
  constexpr double multiply = 1048, add = 304, compare = 32;
  const ArithmeticCost cost =
      mlp_cost({.weights = 1, .activations = 1, .group = quant::Group::channel()}, "none");
  const double results = 512 + 512 + 10, quantized = 784 + 512 + 512, hidden = 2 * 512;
  const double expected = results * (4 * multiply + 3 * add) +
                          quantized * (3 * multiply + 5 * add + 2 * compare) + hidden * compare +
                          results * add;
  EXPECT_DOUBLE_EQ(cost.elementwise, expected);
  EXPECT_DOUBLE_EQ(cost.ace_v2, cost.ace + expected);
}

TEST(Cost, BlocksCostCorrections) {
  const quant::Precision blocks{.weights = 1, .activations = 1};
  const quant::Precision rows{.weights = 1, .activations = 1, .group = quant::Group::channel()};
  // 784 values are 13 blocks of 64, 512 are 8.
  const double more = 512 * (13 - 1) + 512 * (8 - 1) + 10 * (8 - 1);
  EXPECT_DOUBLE_EQ(mlp_cost(blocks).elementwise - mlp_cost(rows).elementwise,
                   more * (4 * 1048 + 3 * 304));
  EXPECT_DOUBLE_EQ(mlp_cost(blocks).ace, mlp_cost(rows).ace);
}

}  // namespace
}  // namespace ridgeback::deploy
