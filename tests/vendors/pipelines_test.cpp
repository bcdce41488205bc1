// SPDX-License-Identifier: Apache-2.0
// Every kernel in every usable variant compiles for the chip that RADV_FORCE_FAMILY names, with the
// specializations that operations use. That device runs nothing: submitting to it crashes. Started
// by tests/vendors/compile.sh.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/device.hpp"

#include <exception>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
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

}  // namespace
}  // namespace ridgeback::test
