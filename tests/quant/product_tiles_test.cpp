// SPDX-License-Identifier: Apache-2.0
// What a forced variant and a tuned tile make of each other, on devices that are described only.
#include "ridgeback/quant/product_tiles.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace ridgeback::test {
namespace {

const Choice& choice_of(const Dispatch& launch, std::string_view what) {
  const auto found = std::ranges::find(launch.choices, what, &Choice::what);
  if (found == launch.choices.end()) throw Error("no such choice");
  return *found;
}

// The launch that makes the product, or parts of it.
Dispatch product_of(const Target& target, const Tensor& y) {
  const Program program = plan(target, {y});
  const auto has_tile = [](const Launch& launch) {
    return std::ranges::count(launch.dispatch.choices, "tile", &Choice::what) > 0;
  };
  const auto found = std::ranges::find_if(program.launches, has_tile);
  if (found == program.launches.end()) throw Error("no such launch");
  return found->dispatch;
}

std::vector<Tensor> products() {
  const auto coded = [](DType type, std::int64_t rows, std::int64_t cols) {
    return quant::CodedMatrix{input({rows, cols}, type), input({rows, 1, 2}), 0};
  };
  return {
      matmul(input({300, 200}), transpose(input({250, 200}))),
      quant::matmul_codes(coded(DType::b1, 300, 512), coded(DType::b1, 250, 512)),
      quant::matmul_codes(coded(DType::i4, 300, 512), coded(DType::b1, 250, 512)),
      quant::matmul_codes(coded(DType::i8, 300, 512), coded(DType::i4, 250, 512)),
      quant::matmul_dense_codes(input({300, 250}), coded(DType::b1, 250, 512)),
      quant::matmul_dense_codes_rows(input({6, 512}), coded(DType::i4, 250, 512)),
      quant::matmul_dense_codes_rows(input({300, 512}, DType::f16), coded(DType::i4, 250, 512))};
}

std::vector<Target> targets() {
  Target gpu = null_target();
  gpu.forced["matrix_unit/int8"] = "16x16x32";
  gpu.forced["matrix_unit/half"] = "16x16x16";
  Target cpu = null_target();
  cpu.device_class = DeviceClass::cpu;
  cpu.limits.subgroup_size = 8;
  return {gpu, cpu};
}

TEST(ProductTiles, AForcedVariantIsStrongerThanATunedTile) {
  for (const Target& target : targets()) {
    for (const Tensor& y : products()) {
      const Dispatch by_rule = product_of(target, y);
      const Choice tile = choice_of(by_rule, "tile");
      EXPECT_GT(tile.options.size(), 1U) << by_rule.kernel;
      for (const std::string& option : tile.options) {
        for (const std::string& variant : choice_of(by_rule, "variant").options) {
          Target tuned = target;
          tuned.tuned[tile.point] = option;
          tuned.forced[by_rule.kernel] = variant;
          const Dispatch got = product_of(tuned, y);
          // A tile may have a kernel of its own, of which nothing is forced.
          if (got.kernel != by_rule.kernel) continue;
          EXPECT_EQ(got.variant, variant) << by_rule.kernel << " with tile " << option;
        }
      }
    }
  }
}

TEST(ProductTiles, ATunedTileStaysWithAForcedVariantThatItHas) {
  for (const Target& target : targets()) {
    for (const Tensor& y : products()) {
      const Choice tile = choice_of(product_of(target, y), "tile");
      for (const std::string& option : tile.options) {
        Target tuned = target;
        tuned.tuned[tile.point] = option;
        const Dispatch free = product_of(tuned, y);
        tuned.forced[free.kernel] = "baseline";
        const Dispatch got = product_of(tuned, y);
        EXPECT_EQ(choice_of(got, "tile").taken, option) << free.kernel;
        EXPECT_EQ(got.variant, "baseline") << free.kernel;
      }
    }
  }
}

// Parts of its sums that a product is made in.
std::string parts_of(const Target& target, DType type, std::int64_t rows, std::int64_t cols,
                     std::int64_t depth) {
  const auto coded = [&](std::int64_t of) {
    return quant::CodedMatrix{input({of, depth}, type), input({of, 1, 2}), 0};
  };
  return choice_of(product_of(target, quant::matmul_codes(coded(rows), coded(cols))), "parts")
      .taken;
}

TEST(ProductTiles, LongSumsOfFewResultsAreMadeInParts) {
  const Target gpu = null_target(), cpu = targets()[1];
  for (const DType type : {DType::b1, DType::i4}) {
    SCOPED_TRACE(name(type));
    EXPECT_EQ(parts_of(gpu, type, 64, 64, 65536), "8");
    EXPECT_EQ(parts_of(gpu, type, 1024, 4096, 65536), "1");
    EXPECT_EQ(parts_of(gpu, type, 64, 64, 1024), "1");
    EXPECT_EQ(parts_of(cpu, type, 4, 16, 262144), "4");
    EXPECT_EQ(parts_of(cpu, type, 4, 16, 16384), "1");
    EXPECT_EQ(parts_of(cpu, type, 64, 64, 65536), "1");
    EXPECT_EQ(parts_of(cpu, type, 512, 512, 262144), "4") << "more than a driver makes at once";
  }
}

}  // namespace
}  // namespace ridgeback::test
