// SPDX-License-Identifier: Apache-2.0
// Runs a graph with and without a pass, in every variant of its products, and compares bits.
#pragma once

#include "ridgeback/core/bits.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "harness/device.hpp"

namespace ridgeback::test {

/// An input and the whole numbers or values that are drawn for it, both ends included.
struct Drawn {
  Tensor tensor;
  float low = -2;
  float high = 2;
};

struct BitsRan {
  std::vector<float> result;
  std::size_t launches = 0;
  /// Kernels that start with "matmul" and the variants that they could have run in.
  std::map<std::string, std::vector<std::string>> variants;
};

inline BitsRan run_for_bits(const Tensor& output, const std::vector<Drawn>& inputs,
                            const CompileOptions& options) {
  Executable executable = compile(test_device(), {output}, {}, options);
  std::mt19937 random(29);
  for (const Drawn& in : inputs) {
    const auto count = static_cast<std::size_t>(in.tensor.shape().count());
    if (in.tensor.dtype() == DType::i32) {
      std::uniform_int_distribution<std::int32_t> draw(static_cast<std::int32_t>(in.low),
                                                       static_cast<std::int32_t>(in.high));
      std::vector<std::int32_t> data(count);
      for (std::int32_t& value : data) value = draw(random);
      executable.set<std::int32_t>(in.tensor, data);
    } else {
      std::uniform_real_distribution<float> draw(in.low, in.high);
      std::vector<float> data(count);
      for (float& value : data) value = draw(random);
      executable.set<float>(in.tensor, data);
    }
  }
  executable.run();
  executable.check_guards();
  BitsRan ran{executable.get<float>(output), executable.program().launches.size(), {}};
  for (const Launch& launch : executable.program().launches) {
    if (!launch.dispatch.kernel.starts_with("matmul")) continue;
    for (const Choice& choice : launch.dispatch.choices) {
      if (choice.what == "variant") ran.variants[choice.kernel] = choice.options;
    }
  }
  return ran;
}

/// `output` has the same bits with the pass as without, in every variant that its products offer,
/// and `saved` launches fewer.
inline void expect_same_bits(const Tensor& output, const std::vector<Drawn>& inputs,
                             std::string_view pass, std::size_t saved) {
  CompileOptions options;
  options.guards = true;
  const auto compare = [&] {
    CompileOptions without = options;
    without.disabled_passes.push_back(pass);
    const BitsRan alone = run_for_bits(output, inputs, without);
    const BitsRan together = run_for_bits(output, inputs, options);
    EXPECT_EQ(together.launches + saved, alone.launches);
    const auto differ =
        std::mismatch(alone.result.begin(), alone.result.end(), together.result.begin(),
                      together.result.end(), [](float a, float b) {
                        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
                      });
    const bool equal = differ.first == alone.result.end();
    EXPECT_TRUE(equal) << "at " << differ.first - alone.result.begin() << ": "
                       << (equal ? 0.0F : *differ.second) << " and "
                       << (equal ? 0.0F : *differ.first);
    return together;
  };
  const BitsRan standard = compare();
  ASSERT_FALSE(standard.variants.empty());
  for (const auto& [kernel, variants] : standard.variants) {
    for (std::size_t i = 1; i < variants.size(); ++i) {
      SCOPED_TRACE(kernel + "." + variants[i]);
      options.forced = {{kernel, variants[i]}};
      compare();
    }
  }
}

}  // namespace ridgeback::test
