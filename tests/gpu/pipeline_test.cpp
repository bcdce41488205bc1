// SPDX-License-Identifier: Apache-2.0
// Pipelines: constants, limits, refusals, statistics.
#include "ridgeback/core/error.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <string>

#include "gpu/device_fixture.hpp"

namespace ridgeback::gpu {
namespace {

class PipelineTest : public gpu::testing::DeviceFixture {};

template <class Wanted>
std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Wanted& error) {
    return error.what();
  }
  ADD_FAILURE() << "not refused";
  return {};
}

TEST_F(PipelineTest, EqualKeysShareAPipeline) {
  const Pipeline& one = fill(64);
  EXPECT_EQ(&one, &fill(64));
  EXPECT_NE(&one, &fill(32));
  EXPECT_NE(&one, &device().pipeline({"fill", "baseline", {}}));
}

TEST_F(PipelineTest, UnknownKernelsAreNamed) {
  const std::string text = message_of<InvalidArgument>([] {
    static_cast<void>(device().pipeline({"fill", "quantum", {64}}));
  });
  EXPECT_NE(text.find("fill.quantum"), std::string::npos) << text;
}

TEST_F(PipelineTest, MoreConstantsThanTheModuleDeclaresAreRefused) {
  const std::string text = message_of<InvalidArgument>([] {
    static_cast<void>(device().pipeline({"fill", "baseline", {64, 2}}));
  });
  EXPECT_NE(text.find("got 2, expected at most 1"), std::string::npos) << text;
}

TEST_F(PipelineTest, WorkgroupsThatTheDeviceCannotRunAreRefused) {
  const std::uint32_t most = device().limits().max_workgroup_invocations;
  EXPECT_NO_THROW(static_cast<void>(fill(most)));
  const std::string text = message_of<Unsupported>([most] { static_cast<void>(fill(most * 2)); });
  EXPECT_NE(text.find("fill.baseline"), std::string::npos) << text;
  EXPECT_NE(text.find(std::to_string(most)), std::string::npos) << text;
  EXPECT_THROW(static_cast<void>(fill(0)), InvalidArgument);
}

TEST_F(PipelineTest, VariantsAreRunExactlyWhereTheirNeedsAreMet) {
  for (const Shader& shader : shader_table()) {
    const PipelineKey key{std::string(shader.kernel), std::string(shader.variant), {}};
    const std::string missing = missing_for(reflect(shader.words), device().plan());
    if (missing.empty()) continue;
    const std::string text =
        message_of<Unsupported>([&] { static_cast<void>(device().pipeline(key)); });
    EXPECT_NE(text.find(missing), std::string::npos) << text;
    EXPECT_NE(text.find(key.kernel + "." + key.variant), std::string::npos) << text;
  }
}

TEST_F(PipelineTest, StatisticsAreReadOrRefused) {
  if (!device().plan().capabilities.has(Capability::pipeline_statistics)) {
    EXPECT_THROW(static_cast<void>(device().statistics({"fill", "baseline", {64}})), Unsupported);
    EXPECT_THROW(static_cast<void>(device().texts({"fill", "baseline", {64}})), Unsupported);
    return;
  }
  for (const PipelineText& text : device().texts({"fill", "baseline", {64}})) {
    EXPECT_FALSE(text.name.empty());
    EXPECT_FALSE(text.text.empty()) << text.name;
  }
  for (const PipelineStatistic& statistic : device().statistics({"fill", "baseline", {64}})) {
    EXPECT_FALSE(statistic.name.empty());
    EXPECT_GE(statistic.value, 0) << statistic.name;
  }
}

}  // namespace
}  // namespace ridgeback::gpu
