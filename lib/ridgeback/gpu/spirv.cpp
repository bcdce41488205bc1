// SPDX-License-Identifier: Apache-2.0
// From a module to ShaderFacts.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/shader_table.hpp"
#include "ridgeback/gpu/spirv_module.hpp"
#include "ridgeback/gpu/spirv_words.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <utility>

namespace ridgeback::gpu {
namespace {

// SPIR-V capabilities of the baseline: Matrix, Shader.
constexpr std::array<std::uint32_t, 2> baseline{0, 1};

constexpr std::array<std::pair<std::uint32_t, Capability>, 20> known{{
    {9, Capability::float16},
    {10, Capability::float64},
    {11, Capability::int64},
    {22, Capability::int16},
    {39, Capability::int8},
    {46, Capability::texel_buffer},  // SampledBuffer
    {61, Capability::subgroup_basic},
    {62, Capability::subgroup_vote},
    {63, Capability::subgroup_arithmetic},
    {64, Capability::subgroup_ballot},
    {65, Capability::subgroup_shuffle},
    {66, Capability::subgroup_shuffle},
    {4433, Capability::storage_16bit},
    {4448, Capability::storage_8bit},
    {5345, Capability::coopmat},  // VulkanMemoryModel, enabled with cooperative matrices only
    {6016, Capability::dot8},
    {6017, Capability::dot8},
    {6018, Capability::dot8},
    {6019, Capability::dot8},
    {6022, Capability::coopmat},
}};

void read_capabilities(const SpirvModule& module, ShaderFacts& facts) {
  for (const std::uint32_t number : module.capabilities()) {
    if (std::find(baseline.begin(), baseline.end(), number) != baseline.end()) continue;
    const auto found = std::find_if(known.begin(), known.end(),
                                    [number](const auto& row) { return row.first == number; });
    if (found != known.end()) {
      facts.needs.add(found->second);
    } else {
      facts.unknown_capabilities.push_back(number);
    }
  }
}

// A block is readonly where the variable or every one of its members says so.
bool all_members(const SpirvModule& module, std::uint32_t variable, const Instruction& type,
                 std::uint32_t kind) {
  if (module.decoration(variable, kind)) return true;
  const auto members = static_cast<std::uint32_t>(type.operands.size() - 1);
  for (std::uint32_t i = 0; i < members; ++i) {
    if (!module.member_decoration(type.operand(0), i, kind)) return false;
  }
  return members > 0;
}

std::uint32_t binding_number(const SpirvModule& module, const Instruction& variable) {
  const std::uint32_t id = variable.operand(1);
  const auto number = module.decoration(id, spv::decoration_binding);
  if (!number) throw_spirv(variable.position, "a buffer has no binding");
  if (module.decoration(id, spv::decoration_descriptor_set).value_or(0) != 0) {
    throw_spirv(variable.position, "a buffer is not in set 0");
  }
  return *number;
}

void add_binding(const SpirvModule& module, const Instruction& variable, const Instruction& type,
                 ShaderFacts& facts) {
  const std::uint32_t id = variable.operand(1);
  const std::uint32_t number = binding_number(module, variable);
  if (type.opcode != spv::op_type_struct) {
    throw_spirv(variable.position, "arrays of buffers are not supported");
  }
  const bool readonly = all_members(module, id, type, spv::decoration_non_writable);
  const bool writeonly = all_members(module, id, type, spv::decoration_non_readable);
  // Two views of one buffer (words and vectors, say) share a binding.
  for (ShaderFacts::Binding& other : facts.bindings) {
    if (other.number != number) continue;
    if (other.kind != BindingKind::storage)
      throw_spirv(variable.position, "a binding is a storage and a texel buffer");
    other.readonly = other.readonly && readonly;
    other.writeonly = other.writeonly && writeonly;
    return;
  }
  facts.bindings.push_back({.number = number, .readonly = readonly, .writeonly = writeonly});
}

void add_texels(const SpirvModule& module, const Instruction& variable, const Instruction& type,
                ShaderFacts& facts) {
  const Instruction* image =
      type.opcode == spv::op_type_sampled_image ? &module.definition(type.operand(1)) : nullptr;
  if (image == nullptr || image->opcode != spv::op_type_image ||
      image->operand(2) != spv::dim_buffer) {
    throw_spirv(variable.position, "a resource is no storage buffer and no texel buffer");
  }
  const Instruction& texel = module.definition(image->operand(1));
  const bool is_float = texel.opcode == spv::op_type_float && texel.operand(1) == 32;
  const bool is_uint =
      texel.opcode == spv::op_type_int && texel.operand(1) == 32 && texel.operand(2) == 0;
  if (!is_float && !is_uint)
    throw_spirv(variable.position, "a texel buffer is neither of float nor of uint");
  const std::uint32_t number = binding_number(module, variable);
  for (const ShaderFacts::Binding& other : facts.bindings) {
    if (other.number == number) throw_spirv(variable.position, "a texel buffer shares its binding");
  }
  facts.bindings.push_back(
      {.number = number,
       .readonly = true,
       .kind = is_float ? BindingKind::float_texels : BindingKind::uint_texels});
}

void read_variables(const SpirvModule& module, ShaderFacts& facts) {
  std::uint64_t shared = 0;
  for (const Instruction& variable : module.variables()) {
    const Instruction& pointer = module.definition(variable.operand(0));
    if (pointer.opcode != spv::op_type_pointer) {
      throw_spirv(variable.position, "a variable's type is no pointer");
    }
    const std::uint32_t type = pointer.operand(2);
    switch (variable.operand(2)) {
      case spv::storage_buffer:
        add_binding(module, variable, module.definition(type), facts);
        break;
      case spv::storage_push_constant:
        facts.push_bytes = static_cast<std::uint32_t>(
            std::max<std::uint64_t>(facts.push_bytes, module.bytes(type)));
        break;
      case spv::storage_workgroup:
        shared = (shared + 15) / 16 * 16 + module.bytes(type);
        break;
      case spv::storage_uniform_constant:
        add_texels(module, variable, module.definition(type), facts);
        break;
      case spv::storage_uniform:
        throw_spirv(variable.position, "a resource is not a storage buffer");
      default:
        break;
    }
  }
  facts.shared_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(shared, 0xffffffffU));
  std::sort(facts.bindings.begin(), facts.bindings.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
}

void set_local_size(const SpirvModule& module, std::size_t axis, std::uint32_t id,
                    ShaderFacts& facts) {
  facts.default_local_size[axis] = module.value(id);
  const auto spec_id = module.decoration(id, spv::decoration_spec_id);
  facts.local_size_ids[axis] = spec_id ? static_cast<int>(*spec_id) : -1;
}

// By the builtin WorkgroupSize where there is one, else by the execution mode.
void read_local_size(const SpirvModule& module, ShaderFacts& facts) {
  for (const Instruction& mode : module.execution_modes()) {
    if (mode.operand(0) != module.entry_point()) continue;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if (mode.operand(1) == spv::mode_local_size) {
        facts.default_local_size[axis] = mode.operand(2 + axis);
      } else if (mode.operand(1) == spv::mode_local_size_id) {
        set_local_size(module, axis, mode.operand(2 + axis), facts);
      }
    }
  }
  for (const auto& [id, built_in] : module.decorated(spv::decoration_built_in)) {
    if (built_in != spv::built_in_workgroup_size) continue;
    const Instruction& composite = module.definition(id);
    if (composite.opcode != spv::op_constant_composite &&
        composite.opcode != spv::op_spec_constant_composite) {
      throw_spirv(composite.position, "the workgroup size is no constant");
    }
    for (std::size_t axis = 0; axis < 3; ++axis) {
      set_local_size(module, axis, composite.operand(2 + axis), facts);
    }
  }
}

std::string version_text(std::uint32_t version) {
  return fmt::format("{}.{}", version >> 16 & 0xff, version >> 8 & 0xff);
}

}  // namespace

ShaderFacts reflect(std::span<const std::uint32_t> words) {
  return reflect(words, {});
}

ShaderFacts reflect(std::span<const std::uint32_t> words,
                    std::span<const std::uint32_t> constants) {
  const SpirvModule module(words, constants);
  ShaderFacts facts;
  facts.spirv_version = module.version();
  read_capabilities(module, facts);
  read_variables(module, facts);
  read_local_size(module, facts);
  for (const auto& [id, spec_id] : module.decorated(spv::decoration_spec_id)) {
    facts.constant_ids.push_back(spec_id);
  }
  std::sort(facts.constant_ids.begin(), facts.constant_ids.end());
  return facts;
}

std::string missing_for(const ShaderFacts& facts, const DevicePlan& plan) {
  const Capabilities missing = facts.needs.without(plan.capabilities);
  if (!missing.empty()) return missing.text();
  if (!facts.unknown_capabilities.empty()) {
    return fmt::format("SPIR-V capability {}", fmt::join(facts.unknown_capabilities, ", "));
  }
  const std::uint32_t minor = plan.api_version >> 12 & 0x3ff;
  const std::uint32_t newest = minor >= 3 ? 0x00010600 : minor == 2 ? 0x00010500 : 0x00010300;
  if (facts.spirv_version > newest) return "SPIR-V " + version_text(facts.spirv_version);
  if (facts.bindings.size() > plan.limits.max_storage_buffers) {
    return fmt::format("{} storage buffers", facts.bindings.size());
  }
  if (facts.push_bytes > plan.limits.push_constant_bytes) {
    return fmt::format("{} bytes of push constants", facts.push_bytes);
  }
  return {};
}

}  // namespace ridgeback::gpu
