// SPDX-License-Identifier: Apache-2.0
// Every kernel in every usable variant compiles for the chip that RADV_FORCE_FAMILY names, with the
// specializations that operations use. That device runs nothing: submitting to it crashes. Started
// by tests/vendors/compile.sh.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/isa.hpp"

#include <exception>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/device.hpp"
#include "vendors/launched_pipelines.hpp"

namespace ridgeback::test {
namespace {

std::string text(const gpu::PipelineKey& key) {
  return fmt::format("{}.{} <{}>", key.kernel, key.variant, fmt::join(key.constants, ","));
}

TEST(Pipelines, CompileForThisVendorsChip) {
  const auto device = gpu::Device::open();
  ASSERT_NE(device->snapshot().name.find("RADV"), std::string::npos) << device->snapshot().name;
  const Target& target = test_device().target();

  PipelineKeys keys;
  add_cases(keys, target);
  add_steps(keys, target);
  add_products(keys, target);
  // What no operation launches (measurements, references) is compiled as it is declared.
  std::set<std::pair<std::string, std::string>> launched;
  for (const gpu::PipelineKey& key : keys) launched.emplace(key.kernel, key.variant);
  std::size_t usable = 0;
  std::vector<std::string> others;
  for (const auto& [kernel, variants] : target.kernels) {
    for (const std::string& variant : variants) {
      ++usable;
      if (launched.contains({kernel, variant})) continue;
      keys.insert({kernel, variant, {}});
      others.push_back(fmt::format("{}.{}", kernel, variant));
    }
  }
  ASSERT_GT(usable, 50U);
  ASSERT_GT(launched.size(), usable / 2);

  for (const gpu::PipelineKey& key : keys) {
    try {
      static_cast<void>(device->pipeline(key));
    } catch (const std::exception& error) {
      ADD_FAILURE() << text(key) << ": " << error.what();
    }
  }
  fmt::print("{}: {} pipelines of {} variants; launched by no operation: {}\n",
             device->snapshot().name, keys.size(), usable, fmt::join(others, ", "));
}

// The driver's own words, as `ridgeback bench --isa` reads them.
TEST(Pipelines, TellRegistersAndInnerLoop) {
  const auto device = gpu::Device::open();
  const gpu::PipelineKey key{"matmul_f32_shared", "baseline", {128, 0, 1}};
  double registers = 0;
  for (const gpu::PipelineStatistic& statistic : device->statistics(key)) {
    if (statistic.name == "VGPRs") registers = statistic.value;
  }
  EXPECT_GE(registers, 16);
  EXPECT_LE(registers, 256);
  std::optional<gpu::IsaLoop> loop;
  for (const gpu::PipelineText& form : device->texts(key)) {
    if (form.name == "Assembly") loop = gpu::busiest_loop(form.text, gpu::UsefulWork::multiply_add);
  }
  ASSERT_TRUE(loop.has_value());
  EXPECT_GT(loop->share(), 0.5);
  EXPECT_GT(loop->shared, 0);
  EXPECT_EQ(loop->scratch, 0);
}

}  // namespace
}  // namespace ridgeback::test
