// SPDX-License-Identifier: Apache-2.0
// Reflection of the build's modules and of modules made by hand, whole, cut off and damaged.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/gpu/shader_table.hpp"

#include <gtest/gtest.h>

#include "gpu/made_up_devices.hpp"
#include "gpu/spirv_builder.hpp"
#include "memory/fill.h"

namespace ridgeback::gpu {
namespace {

using testing::SpirvBuilder;

TEST(Spirv, ReadsTheFillKernel) {
  const Shader* shader = find_shader("fill", "baseline");
  ASSERT_NE(shader, nullptr);
  const ShaderFacts facts = reflect(shader->words);
  EXPECT_TRUE(facts.needs.empty());
  ASSERT_EQ(facts.bindings.size(), 1U);
  EXPECT_EQ(facts.bindings[0].number, 0U);
  EXPECT_TRUE(facts.bindings[0].writeonly);
  EXPECT_FALSE(facts.bindings[0].readonly);
  EXPECT_EQ(facts.push_bytes, sizeof(shaders::FillParams));
  EXPECT_EQ(facts.constant_ids, (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(facts.local_size_ids[0], 0);
  EXPECT_EQ(facts.local_size_ids[1], -1);
  EXPECT_EQ(facts.default_local_size[0], 1U);
  EXPECT_EQ(facts.shared_bytes, 0U);
  EXPECT_EQ(facts.spirv_version, 0x00010300U);
  const std::array<std::uint32_t, 1> constants{96};
  EXPECT_EQ(reflect(shader->words, constants).default_local_size[0], 96U);
}

TEST(Spirv, EveryModuleKeepsTheConventions) {
  for (const Shader& shader : shader_table()) {
    const ShaderFacts facts = reflect(shader.words);
    const std::string name = std::string(shader.kernel) + "." + std::string(shader.variant);
    EXPECT_TRUE(facts.unknown_capabilities.empty()) << name;
    EXPECT_EQ(facts.local_size_ids[0], 0) << name << ": local_size_x_id must be 0";
    EXPECT_LE(facts.push_bytes, 128U) << name;
    // What a baseline device can run keeps to what it has; others may bind more, and devices with
    // fewer buffers do not take them (make_target).
    if (facts.needs.empty()) {
      EXPECT_LE(facts.bindings.size(), Limits{}.max_storage_buffers) << name;
    }
    bool outputs = false;
    for (std::size_t i = 0; i < facts.bindings.size(); ++i) {
      EXPECT_EQ(facts.bindings[i].number, i) << name << ": bindings must be 0, 1, 2...";
      EXPECT_FALSE(outputs && facts.bindings[i].readonly) << name << ": inputs come first";
      outputs = outputs || !facts.bindings[i].readonly;
    }
  }
}

TEST(Spirv, AModuleThatIsCutOffAnywhereIsRefused) {
  for (const Shader& shader : shader_table()) {
    // Every length of a small module; of a large one, an odd stride meets all kinds of cuts.
    const std::size_t stride = 1 + shader.words.size() / 600 * 6;
    for (std::size_t length = 0; length < shader.words.size(); length += stride) {
      ASSERT_THROW(static_cast<void>(reflect(shader.words.first(length))), FormatError)
          << shader.kernel << "." << shader.variant << " at " << length;
    }
  }
}

TEST(Spirv, DamagedModulesAreReadOrRefusedButNeverHarm) {
  Random random(11);
  for (const Shader& shader : shader_table()) {
    for (int round = 0; round < 60; ++round) {
      std::vector<std::uint32_t> words(shader.words.begin(), shader.words.end());
      for (int hit = 0; hit < 3; ++hit) {
        std::uint32_t& word = words[random.below(static_cast<std::uint32_t>(words.size()))];
        word = random.below(2) == 0 ? random.word() : word ^ 1U << random.below(32);
      }
      try {
        static_cast<void>(reflect(words));
      } catch (const FormatError&) {
      }
    }
  }
}

// Ids: 2 uint, 10.. constants, 20.. types and variables.
SpirvBuilder with_shared_array() {
  SpirvBuilder b;
  b.entry().decorate(10, spv::decoration_spec_id, 1).decorate(11, spv::decoration_spec_id, 2);
  b.op(spv::op_type_int, {2, 32, 0}).op(spv::op_type_float, {3, 32});
  b.op(spv::op_spec_constant, {2, 10, 8}).op(spv::op_spec_constant, {2, 11, 4});
  b.op(spv::op_constant, {2, 12, 1});
  // float shared[tile * (depth + 1)]
  b.op(spv::op_spec_constant_op, {2, 13, spv::compute_iadd, 11, 12});
  b.op(spv::op_spec_constant_op, {2, 14, spv::compute_imul, 10, 13});
  b.op(spv::op_type_array, {20, 3, 14}).op(spv::op_type_pointer, {21, spv::storage_workgroup, 20});
  b.op(spv::op_variable, {21, 22, spv::storage_workgroup});
  return b;
}

TEST(Spirv, SharedBytesFollowTheConstants) {
  const std::vector<std::uint32_t> words = with_shared_array().words();
  EXPECT_EQ(reflect(words).shared_bytes, 8U * 5 * 4);
  const std::array<std::uint32_t, 3> constants{64, 16, 31};
  EXPECT_EQ(reflect(words, constants).shared_bytes, 16U * 32 * 4);
  const std::array<std::uint32_t, 3> huge{64, 0x40000000, 0xffff};
  EXPECT_NO_THROW(static_cast<void>(reflect(words, huge))) << "32-bit products wrap as in GLSL";
  const std::array<std::uint32_t, 3> too_large{64, 0x7fffffff, 0};
  EXPECT_THROW(static_cast<void>(reflect(words, too_large)), FormatError);
}

TEST(Spirv, LocalSizeByExecutionModeId) {
  SpirvBuilder b(0x00010600);
  b.entry().op(spv::op_execution_mode_id, {1, spv::mode_local_size_id, 10, 11, 11});
  b.decorate(10, spv::decoration_spec_id, 0).op(spv::op_type_int, {2, 32, 0});
  b.op(spv::op_spec_constant, {2, 10, 32}).op(spv::op_constant, {2, 11, 2});
  const ShaderFacts facts = reflect(b.words());
  EXPECT_EQ(facts.default_local_size[0], 32U);
  EXPECT_EQ(facts.default_local_size[1], 2U);
  EXPECT_EQ(facts.local_size_ids[0], 0);
  EXPECT_EQ(facts.local_size_ids[1], -1);
}

TEST(Spirv, TwoViewsOfOneBufferShareABinding) {
  SpirvBuilder b;
  b.entry();
  for (const std::uint32_t variable : {30U, 31U}) {
    b.decorate(variable, spv::decoration_binding, 4);
    b.decorate(variable, spv::decoration_descriptor_set, 0);
  }
  b.op(spv::op_decorate, {30, spv::decoration_non_writable});
  b.op(spv::op_type_int, {2, 32, 0}).op(spv::op_type_runtime_array, {4, 2});
  b.op(spv::op_type_struct, {5, 4}).op(spv::op_type_pointer, {6, spv::storage_buffer, 5});
  b.op(spv::op_variable, {6, 30, spv::storage_buffer});
  b.op(spv::op_variable, {6, 31, spv::storage_buffer});
  const ShaderFacts facts = reflect(b.words());
  ASSERT_EQ(facts.bindings.size(), 1U);
  EXPECT_EQ(facts.bindings[0].number, 4U);
  EXPECT_FALSE(facts.bindings[0].readonly) << "one of the views may write";
}

// A uniform of a sampled image of dimension `dim` over floats or words, at binding 3.
SpirvBuilder image_module(std::uint32_t dim, bool words) {
  SpirvBuilder b;
  b.entry();
  b.decorate(30, spv::decoration_binding, 3).decorate(30, spv::decoration_descriptor_set, 0);
  if (words) {
    b.op(spv::op_type_int, {2, 32, 0});
  } else {
    b.op(spv::op_type_float, {2, 32});
  }
  b.op(spv::op_type_image, {3, 2, dim, 0, 0, 0, 1, 0}).op(spv::op_type_sampled_image, {4, 3});
  b.op(spv::op_type_pointer, {5, spv::storage_uniform_constant, 4});
  b.op(spv::op_variable, {5, 30, spv::storage_uniform_constant});
  return b;
}

TEST(Spirv, TexelBuffersAreReadOnlyBindings) {
  for (const bool words : {false, true}) {
    const ShaderFacts facts = reflect(image_module(spv::dim_buffer, words).words());
    ASSERT_EQ(facts.bindings.size(), 1U);
    EXPECT_EQ(facts.bindings[0].number, 3U);
    EXPECT_TRUE(facts.bindings[0].readonly);
    EXPECT_EQ(facts.bindings[0].kind, words ? BindingKind::uint_texels : BindingKind::float_texels);
  }
  EXPECT_THROW(static_cast<void>(reflect(image_module(1, false).words())), FormatError)
      << "other images are no buffers";
}

TEST(Spirv, CapabilitiesBecomeNeeds) {
  SpirvBuilder b;
  b.entry();
  for (const std::uint32_t number : {9U, 39U, 61U, 63U, 4448U, 6018U, 6019U, 5345U, 6022U, 4467U}) {
    b.op(spv::op_capability, {number});
  }
  const ShaderFacts facts = reflect(b.words());
  EXPECT_EQ(facts.needs,
            (Capabilities{Capability::float16, Capability::int8, Capability::subgroup_basic,
                          Capability::subgroup_arithmetic, Capability::storage_8bit,
                          Capability::dot8, Capability::coopmat}));
  EXPECT_EQ(facts.unknown_capabilities, (std::vector<std::uint32_t>{4467}));
}

TEST(Spirv, MissingThingsAreNamed) {
  const DevicePlan weak = plan_device(testing::weakest_device(), {});
  const DevicePlan strong = plan_device(testing::strongest_device(), {});
  ShaderFacts facts = reflect(SpirvBuilder().entry().words());
  EXPECT_EQ(missing_for(facts, weak), "");
  facts.needs = {Capability::dot8, Capability::int8};
  EXPECT_EQ(missing_for(facts, strong), "");
  EXPECT_EQ(missing_for(facts, weak), "int8, dot8");
  facts = reflect(SpirvBuilder(0x00010600).entry().words());
  EXPECT_EQ(missing_for(facts, weak), "SPIR-V 1.6");
  EXPECT_EQ(missing_for(facts, strong), "");
  facts.unknown_capabilities = {4467};
  EXPECT_EQ(missing_for(facts, strong), "SPIR-V capability 4467");
}

TEST(Spirv, WhatIsNoComputeModuleOfOursIsRefused) {
  const auto refused = [](SpirvBuilder b) {
    EXPECT_THROW(static_cast<void>(reflect(b.words())), FormatError);
  };
  refused(SpirvBuilder());
  refused(SpirvBuilder().entry().entry());
  // A fragment shader; another name; a function that is not there.
  refused(SpirvBuilder().op(spv::op_entry_point, {4, 1, 0x6e69616d, 0}));
  refused(SpirvBuilder().op(spv::op_entry_point, {5, 1, 0x6e69616e, 0}));
  refused(SpirvBuilder().op(spv::op_entry_point, {5, 77, 0x6e69616d, 0}));
  // A uniform buffer, a buffer without binding, one in set 1, an id defined twice.
  refused(SpirvBuilder()
              .entry()
              .op(spv::op_type_struct, {5})
              .op(spv::op_type_pointer, {6, 2, 5})
              .op(spv::op_variable, {6, 7, spv::storage_uniform}));
  const auto buffer = [](SpirvBuilder b) {
    b.op(spv::op_type_struct, {5}).op(spv::op_type_pointer, {6, spv::storage_buffer, 5});
    return b.op(spv::op_variable, {6, 7, spv::storage_buffer});
  };
  refused(buffer(SpirvBuilder().entry()));
  refused(buffer(SpirvBuilder()
                     .entry()
                     .decorate(7, spv::decoration_binding, 0)
                     .decorate(7, spv::decoration_descriptor_set, 1)));
  refused(SpirvBuilder().entry().op(spv::op_type_int, {2, 32, 0}).op(spv::op_type_int, {2, 32, 0}));
}

TEST(Spirv, TypesThatContainThemselvesAreRefused) {
  SpirvBuilder b;
  b.entry().op(spv::op_type_struct, {5, 5});
  b.op(spv::op_type_pointer, {6, spv::storage_workgroup, 5});
  b.op(spv::op_variable, {6, 7, spv::storage_workgroup});
  EXPECT_THROW(static_cast<void>(reflect(b.words())), FormatError);
  SpirvBuilder c;
  c.entry().op(spv::op_type_int, {2, 32, 0});
  c.op(spv::op_spec_constant_op, {2, 10, spv::compute_iadd, 10, 10});
  c.op(spv::op_type_array, {5, 2, 10}).op(spv::op_type_pointer, {6, spv::storage_workgroup, 5});
  c.op(spv::op_variable, {6, 7, spv::storage_workgroup});
  EXPECT_THROW(static_cast<void>(reflect(c.words())), FormatError);
}

}  // namespace
}  // namespace ridgeback::gpu
