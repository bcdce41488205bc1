// SPDX-License-Identifier: Apache-2.0
// Constants and type sizes of a module: what array lengths and workgroup sizes come to.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/spirv_module.hpp"
#include "ridgeback/gpu/spirv_words.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback::gpu {
namespace {

// Nesting of types and constant expressions in real shaders stays below ten.
constexpr int max_depth = 48;
constexpr std::uint64_t max_bytes = std::uint64_t{1} << 32;

std::uint64_t multiply(const Instruction& at, std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > max_bytes / b) throw_spirv(at.position, "a type is too large");
  return a * b;
}

std::uint64_t scalar_alignment(std::uint64_t bytes) {
  return bytes % 8 == 0 ? 8 : bytes % 4 == 0 ? 4 : bytes % 2 == 0 ? 2 : 1;
}

}  // namespace

std::uint32_t SpirvModule::value(std::uint32_t id) const {
  return value_at(id, 0);
}

std::uint32_t SpirvModule::value_at(std::uint32_t id, int depth) const {
  const auto known = values_.find(id);
  if (known != values_.end()) return known->second;
  const Instruction& constant = definition(id);
  if (depth > max_depth) throw_spirv(constant.position, "constants are nested too deeply");
  const std::optional<std::uint32_t> spec_id = decoration(id, spv::decoration_spec_id);
  const bool given = spec_id && *spec_id < constants_.size();
  std::uint32_t result = 0;
  switch (constant.opcode) {
    case spv::op_constant_true:
      result = 1;
      break;
    case spv::op_constant_false:
    case spv::op_constant_null:
      break;
    case spv::op_constant:
      result = constant.operand(2);
      break;
    case spv::op_spec_constant_true:
    case spv::op_spec_constant_false:
      result = given ? constants_[*spec_id] != 0 : constant.opcode == spv::op_spec_constant_true;
      break;
    case spv::op_spec_constant:
      result = given ? constants_[*spec_id] : constant.operand(2);
      break;
    case spv::op_spec_constant_op:
      result = compute(constant, depth);
      break;
    default:
      throw_spirv(constant.position, fmt::format("id {} is no scalar constant", id));
  }
  values_.emplace(id, result);
  return result;
}

std::uint32_t SpirvModule::compute(const Instruction& operation, int depth) const {
  const auto arg = [&](std::size_t i) { return value_at(operation.operand(3 + i), depth + 1); };
  const std::uint32_t opcode = operation.operand(2);
  if (opcode == spv::compute_composite_extract) {
    // One component of a constant vector: what gl_WorkGroupSize.x comes to.
    const Instruction& composite = definition(operation.operand(3));
    if (composite.opcode != spv::op_constant_composite &&
        composite.opcode != spv::op_spec_constant_composite)
      throw_spirv(operation.position, "a component is taken of what is no constant vector");
    return value_at(composite.operand(2 + std::size_t{operation.operand(4)}), depth + 1);
  }
  const std::uint32_t a = arg(0);
  if (opcode == spv::compute_select) return a != 0 ? arg(1) : arg(2);
  switch (opcode) {
    case spv::compute_uconvert:
    case spv::compute_sconvert:
      return a;
    case spv::compute_snegate:
      return 0U - a;
    case spv::compute_not:
      return ~a;
    case spv::compute_logical_not:
      return a == 0;
    default:
      break;
  }
  const std::uint32_t b = arg(1);
  const auto sa = static_cast<std::int64_t>(static_cast<std::int32_t>(a));
  const auto sb = static_cast<std::int64_t>(static_cast<std::int32_t>(b));
  const auto wrap = [](std::int64_t v) { return static_cast<std::uint32_t>(v); };
  switch (opcode) {
    case spv::compute_iadd:
      return a + b;
    case spv::compute_isub:
      return a - b;
    case spv::compute_imul:
      return a * b;
    // Division by zero is undefined in SPIR-V; 0 keeps a size finite.
    case spv::compute_udiv:
      return b == 0 ? 0 : a / b;
    case spv::compute_sdiv:
      return b == 0 ? 0 : wrap(sa / sb);
    case spv::compute_umod:
      return b == 0 ? 0 : a % b;
    case spv::compute_srem:
      return b == 0 ? 0 : wrap(sa % sb);
    case spv::compute_smod:
      return b == 0 ? 0 : wrap((sa % sb + sb) % sb);
    case spv::compute_logical_equal:
      return (a != 0) == (b != 0);
    case spv::compute_logical_not_equal:
      return (a != 0) != (b != 0);
    case spv::compute_logical_or:
      return a != 0 || b != 0;
    case spv::compute_logical_and:
      return a != 0 && b != 0;
    case spv::compute_iequal:
      return a == b;
    case spv::compute_inot_equal:
      return a != b;
    case spv::compute_ugreater:
      return a > b;
    case spv::compute_sgreater:
      return sa > sb;
    case spv::compute_ugreater_equal:
      return a >= b;
    case spv::compute_sgreater_equal:
      return sa >= sb;
    case spv::compute_uless:
      return a < b;
    case spv::compute_sless:
      return sa < sb;
    case spv::compute_uless_equal:
      return a <= b;
    case spv::compute_sless_equal:
      return sa <= sb;
    case spv::compute_shift_right:
      return b < 32 ? a >> b : 0;
    case spv::compute_shift_right_signed:
      return wrap(sa >> std::min(b, 31U));
    case spv::compute_shift_left:
      return b < 32 ? a << b : 0;
    case spv::compute_or:
      return a | b;
    case spv::compute_xor:
      return a ^ b;
    case spv::compute_and:
      return a & b;
    default:
      throw_spirv(operation.position, fmt::format("constant operation {} is not known", opcode));
  }
}

std::uint64_t SpirvModule::bytes(std::uint32_t type) const {
  return bytes_at(type, 0);
}

std::uint64_t SpirvModule::bytes_at(std::uint32_t id, int depth) const {
  const auto known = sizes_.find(id);
  if (known != sizes_.end()) return known->second;
  const Instruction& type = definition(id);
  if (depth > max_depth) throw_spirv(type.position, "types are nested too deeply");
  std::uint64_t result = 0;
  switch (type.opcode) {
    case spv::op_type_bool:
      result = 4;
      break;
    case spv::op_type_int:
    case spv::op_type_float:
      result = type.operand(1) / 8;
      break;
    case spv::op_type_vector:
    case spv::op_type_matrix:
      result = multiply(type, bytes_at(type.operand(1), depth + 1), type.operand(2));
      break;
    case spv::op_type_array: {
      const std::uint64_t element = bytes_at(type.operand(1), depth + 1);
      const std::uint64_t stride = decoration(id, spv::decoration_array_stride).value_or(0);
      result = multiply(type, std::max(element, stride), value_at(type.operand(2), depth + 1));
      break;
    }
    case spv::op_type_struct:
      result = struct_bytes(type, depth);
      break;
    default:
      throw_spirv(type.position, fmt::format("type {} has no size", id));
  }
  sizes_.emplace(id, result);
  return result;
}

std::uint64_t SpirvModule::struct_bytes(const Instruction& type, int depth) const {
  const std::uint32_t id = type.operand(0);
  std::uint64_t end = 0;
  for (std::size_t i = 1; i < type.operands.size(); ++i) {
    const auto member = static_cast<std::uint32_t>(i - 1);
    std::uint64_t size = bytes_at(type.operand(i), depth + 1);
    const Instruction& member_type = definition(type.operand(i));
    if (member_type.opcode == spv::op_type_matrix) {
      const auto stride = member_decoration(id, member, spv::decoration_matrix_stride);
      if (stride) size = multiply(type, *stride, member_type.operand(2));
    }
    const std::uint64_t alignment = scalar_alignment(size);
    const std::uint64_t offset = member_decoration(id, member, spv::decoration_offset)
                                     .value_or((end + alignment - 1) / alignment * alignment);
    end = std::max(end, offset + size);
    if (end > max_bytes) throw_spirv(type.position, "a type is too large");
  }
  return end;
}

}  // namespace ridgeback::gpu
