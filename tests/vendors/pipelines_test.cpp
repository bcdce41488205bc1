// SPDX-License-Identifier: Apache-2.0
// Every kernel in every usable variant compiles for the chip that RADV_FORCE_FAMILY names, with the
// specializations that operations use. That device runs nothing: submitting to it crashes. Started
// by tests/vendors/compile.sh.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/isa.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/runtime/executable.hpp"

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
  const std::string& chip = device->snapshot().name;
  ASSERT_TRUE(chip.find("RADV") != std::string::npos || chip.find("NVK") != std::string::npos)
      << chip;
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

// Mesa 22.3 spills nothing on RDNA 1 and 2. Vega has fewer scalar registers, which go to lanes of
// vector registers, and an epilogue's three buffers take four each; GFX1100 spills one register of
// an 8-bit product that is followed by gelu and a residual. Newer Mesa (26.2) spills 5 to
// 39 scalar registers into lanes of vector registers, of which the inner loops below see nothing,
// and no vector registers.
int allowed_spills(const gpu::DeviceSnapshot& device, const std::string& statistic) {
  constexpr std::uint32_t mesa_25 = 25U << 22;  // as VK_MAKE_API_VERSION packs it
  const bool scalar = statistic == "Spilled SGPRs";
  if (scalar && device.driver_version >= mesa_25) return 40;
  if (scalar && device.name.find("VEGA10") != std::string::npos) return 6;
  if (device.name.find("GFX1100") != std::string::npos && statistic == "Spilled VGPRs") return 1;
  return 0;
}

// What the driver says of a pipeline that `output` launches, in the words that `ridgeback bench
// --isa` reads.
struct Compiled {
  gpu::PipelineKey key;
  double registers = 0;
  double spilled = 0;  // more than allowed
  double waves = 0;
  std::optional<gpu::IsaLoop> loop;
};

Compiled compiled(gpu::Device& device, const Tensor& output, gpu::UsefulWork work) {
  const Program program = plan(test_device().target(), {output});
  const Dispatch& launch = program.launches.at(0).dispatch;
  Compiled result{.key = {launch.kernel, launch.variant, launch.constants}, .loop = {}};
  for (const gpu::PipelineStatistic& statistic : device.statistics(result.key)) {
    if (statistic.name == "VGPRs") result.registers = statistic.value;
    if (statistic.name == "Subgroups per SIMD") result.waves = statistic.value;
    if (statistic.name.starts_with("Spilled") &&
        statistic.value > allowed_spills(device.snapshot(), statistic.name)) {
      result.spilled += statistic.value;
    }
  }
  for (const gpu::PipelineText& form : device.texts(result.key)) {
    if (form.name == "Assembly") result.loop = gpu::busiest_loop(form.text, work);
  }
  return result;
}

// Of the inner loops of the f32 and the binary product at least 85 % of the vector instructions
// multiply and add or count bits, nothing spills, and RDNA chips keep eight waves.
TEST(Pipelines, InnerLoopsDoLittleElse) {
  const auto device = gpu::Device::open();
  const std::string& chip = device->snapshot().name;
  if (chip.find("RADV") == std::string::npos)
    GTEST_SKIP() << chip << ": the listing is of another form";
  const Tensor a = input({1024, 1024}), b = input({1024, 1024});
  const auto rows = [](DType type) {
    return quant::CodedMatrix{input({1024, 4096}, type), input({1024, 1, 2}), 0};
  };
  const auto binary = [&](DType type) { return quant::matmul_codes(rows(type), rows(type)); };
  const std::pair<Tensor, gpu::UsefulWork> products[] = {
      {matmul(a, b), gpu::UsefulWork::multiply_add},
      {matmul(a, transpose(b)), gpu::UsefulWork::multiply_add},
      {matmul(transpose(a), b), gpu::UsefulWork::multiply_add},
      {binary(DType::b1), gpu::UsefulWork::bits},
      {binary(DType::s1), gpu::UsefulWork::bits},
      // What follows a product takes no registers from its loop.
      {gelu(matmul(a, b) + input({1024})) + a, gpu::UsefulWork::multiply_add},
      {gelu(binary(DType::b1) + input({1024})) + a, gpu::UsefulWork::bits}};
  for (const auto& [product, work] : products) {
    const Compiled c = compiled(*device, product, work);
    SCOPED_TRACE(text(c.key));
    ASSERT_TRUE(c.loop.has_value());
    EXPECT_GE(c.loop->share(), 0.85);
    EXPECT_EQ(c.spilled, 0);
    EXPECT_EQ(c.loop->scratch, 0);
    EXPECT_GE(c.registers, 16);
    if (chip.find("NAVI") != std::string::npos) {
      EXPECT_GE(c.waves, 8);
    }
    fmt::print("{}: {} <{}>: {:.1f} % useful, {} registers, {} waves\n", chip, c.key.kernel,
               c.key.variant, 100 * c.loop->share(), c.registers, c.waves);
  }
}

// The matrix families do not spill, whatever they are launched with by default.
TEST(Pipelines, DefaultProductsSpillNothing) {
  const auto device = gpu::Device::open();
  if (!device->plan().capabilities.has(Capability::pipeline_statistics)) GTEST_SKIP();
  PipelineKeys keys;
  add_default_products(keys, test_device().target());
  ASSERT_GT(keys.size(), 40U);
  for (const gpu::PipelineKey& key : keys) {
    for (const gpu::PipelineStatistic& statistic : device->statistics(key)) {
      const bool spills = statistic.name.starts_with("Spilled") ||
                          statistic.name == "Spills to mem" || statistic.name == "Spill count";
      if (!spills) continue;
      EXPECT_LE(statistic.value, allowed_spills(device->snapshot(), statistic.name))
          << text(key) << ": " << statistic.name;
    }
  }
}

}  // namespace
}  // namespace ridgeback::test
