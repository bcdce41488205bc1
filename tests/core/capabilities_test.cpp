// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/capabilities.hpp"

#include "ridgeback/core/error.hpp"

#include <gtest/gtest.h>
#include <set>

namespace ridgeback {
namespace {

TEST(Capabilities, AreASet) {
  Capabilities set{Capability::dot8, Capability::float16};
  EXPECT_TRUE(set.has(Capability::dot8));
  EXPECT_FALSE(set.has(Capability::coopmat));
  EXPECT_TRUE(set.covers({Capability::dot8}));
  EXPECT_TRUE(set.covers({}));
  EXPECT_FALSE(set.covers({Capability::dot8, Capability::coopmat}));
  EXPECT_EQ(set.without({Capability::dot8}), Capabilities{Capability::float16});
  set.remove(Capability::dot8);
  set.remove(Capability::float16);
  EXPECT_TRUE(set.empty());
}

TEST(Capabilities, NamesComeBack) {
  std::set<std::string_view> seen;
  for (int i = 0; i < capability_count; ++i) {
    const auto capability = static_cast<Capability>(i);
    EXPECT_TRUE(seen.insert(name(capability)).second);
    EXPECT_EQ(capabilities_from_names(name(capability)), Capabilities{capability});
  }
  const Capabilities pair = capabilities_from_names("coopmat,dot8");
  EXPECT_EQ(pair, (Capabilities{Capability::dot8, Capability::coopmat}));
  EXPECT_EQ(pair.text(), "dot8, coopmat");
  EXPECT_EQ(Capabilities{}.text(), "none");
}

TEST(Capabilities, EmptyItemsAreSkippedAndUnknownOnesNamed) {
  EXPECT_TRUE(capabilities_from_names("").empty());
  EXPECT_EQ(capabilities_from_names(",dot8,,"), Capabilities{Capability::dot8});
  try {
    static_cast<void>(capabilities_from_names("dot8,warp"));
    FAIL();
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find("warp"), std::string::npos);
  }
}

TEST(Capabilities, DeviceClassesHaveNames) {
  std::set<std::string_view> seen;
  for (const DeviceClass c : {DeviceClass::discrete, DeviceClass::integrated,
                              DeviceClass::virtual_gpu, DeviceClass::cpu, DeviceClass::other}) {
    EXPECT_TRUE(seen.insert(name(c)).second);
  }
}

}  // namespace
}  // namespace ridgeback
