// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/spirv_module.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/spirv_words.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>

namespace ridgeback::gpu {
namespace {

constexpr std::size_t header_words = 5;

// The literal string that starts at operand `first`; empty where it is not "main".
bool is_main(const Instruction& instruction, std::size_t first) {
  static_assert(sizeof "main" == 5);
  return instruction.operand(first) == 0x6e69616d && (instruction.operand(first + 1) & 0xff) == 0;
}

// Where the result id of an instruction stands, for those whose result is looked up later.
std::optional<std::size_t> result_operand(std::uint16_t opcode) {
  if (opcode >= 19 && opcode <= 38) return 0;  // OpTypeVoid to OpTypePipe
  if (opcode >= spv::op_constant_true && opcode <= spv::op_spec_constant_op) return 1;
  if (opcode == spv::op_variable) return 1;
  return {};
}

}  // namespace

void throw_spirv(std::uint32_t position, std::string_view what) {
  throw FormatError("spir-v", std::uint64_t{position} * 4, what);
}

std::uint32_t Instruction::operand(std::size_t i) const {
  if (i >= operands.size())
    throw_spirv(position, fmt::format("instruction {} is too short", opcode));
  return operands[i];
}

SpirvModule::SpirvModule(std::span<const std::uint32_t> words,
                         std::span<const std::uint32_t> constants)
    : constants_(constants), end_(static_cast<std::uint32_t>(words.size())) {
  if (words.size() < header_words) throw_spirv(0, "the header is cut off");
  if (words[0] != spv::magic)
    throw_spirv(0, fmt::format("no SPIR-V (starts with {:08x})", words[0]));
  if (words.size() > std::size_t{1} << 28) throw_spirv(0, "the module is too large");
  version_ = words[1];
  std::size_t position = header_words;
  while (position < words.size()) {
    const std::size_t length = words[position] >> 16;
    const auto at = static_cast<std::uint32_t>(position);
    if (length == 0 || length > words.size() - position) {
      throw_spirv(at, fmt::format("an instruction of {} words does not fit", length));
    }
    read({.opcode = static_cast<std::uint16_t>(words[position] & 0xffff),
          .position = at,
          .operands = words.subspan(position + 1, length - 1)});
    position += length;
  }
  finish();
}

void SpirvModule::read(const Instruction& instruction) {
  switch (instruction.opcode) {
    case spv::op_capability:
      capabilities_.push_back(instruction.operand(0));
      break;
    case spv::op_entry_point:
      read_entry_point(instruction);
      break;
    case spv::op_execution_mode:
    case spv::op_execution_mode_id:
      modes_.push_back(instruction);
      break;
    case spv::op_decorate:
      decorations_[instruction.operand(0)][instruction.operand(1)] =
          instruction.operands.size() > 2 ? instruction.operand(2) : 0;
      break;
    case spv::op_member_decorate:
      member_decorations_[{instruction.operand(0), instruction.operand(1)}]
                         [instruction.operand(2)] =
                             instruction.operands.size() > 3 ? instruction.operand(3) : 0;
      break;
    case spv::op_function:
    case spv::op_function_end:
    case spv::op_function_call:
      read_function(instruction);
      break;
    default:
      break;
  }
  const std::optional<std::size_t> result = result_operand(instruction.opcode);
  if (!result) return;
  const std::uint32_t id = instruction.operand(*result);
  if (!definitions_.emplace(id, instruction).second) {
    throw_spirv(instruction.position, fmt::format("id {} is defined twice", id));
  }
  if (instruction.opcode == spv::op_variable && !in_function_) variables_.push_back(instruction);
}

void SpirvModule::read_entry_point(const Instruction& instruction) {
  if (instruction.operand(0) != spv::model_gl_compute) {
    throw_spirv(instruction.position, "an entry point is not a compute shader");
  }
  if (entry_point_ != 0) throw_spirv(instruction.position, "more than one entry point");
  if (!is_main(instruction, 2)) {
    throw_spirv(instruction.position, "the entry point is not called main");
  }
  entry_point_ = instruction.operand(1);
}

void SpirvModule::read_function(const Instruction& instruction) {
  if (instruction.opcode == spv::op_function_call) {
    called_.insert(instruction.operand(2));
    return;
  }
  const bool starts = instruction.opcode == spv::op_function;
  if (starts == in_function_) throw_spirv(instruction.position, "functions overlap");
  in_function_ = starts;
  if (starts) functions_.insert(instruction.operand(1));
}

void SpirvModule::finish() const {
  if (entry_point_ == 0) throw_spirv(end_, "no compute entry point");
  if (in_function_) throw_spirv(end_, "the last function has no end");
  if (functions_.count(entry_point_) == 0) throw_spirv(end_, "the entry point is not defined");
  for (const std::uint32_t id : called_) {
    if (functions_.count(id) == 0) {
      throw_spirv(end_, fmt::format("function {} is called but not defined", id));
    }
  }
}

const Instruction& SpirvModule::definition(std::uint32_t id) const {
  const auto found = definitions_.find(id);
  if (found == definitions_.end()) throw_spirv(end_, fmt::format("id {} is not defined", id));
  return found->second;
}

std::optional<std::uint32_t> SpirvModule::decoration(std::uint32_t id, std::uint32_t kind) const {
  const auto of_id = decorations_.find(id);
  if (of_id == decorations_.end()) return {};
  const auto found = of_id->second.find(kind);
  if (found == of_id->second.end()) return {};
  return found->second;
}

std::optional<std::uint32_t> SpirvModule::member_decoration(std::uint32_t id, std::uint32_t member,
                                                            std::uint32_t kind) const {
  const auto of_member = member_decorations_.find({id, member});
  if (of_member == member_decorations_.end()) return {};
  const auto found = of_member->second.find(kind);
  if (found == of_member->second.end()) return {};
  return found->second;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> SpirvModule::decorated(
    std::uint32_t kind) const {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ids;
  for (const auto& [id, kinds] : decorations_) {
    const auto found = kinds.find(kind);
    if (found != kinds.end()) ids.emplace_back(id, found->second);
  }
  return ids;
}

}  // namespace ridgeback::gpu
