// SPDX-License-Identifier: Apache-2.0
// A parsed SPIR-V module: instructions found once, ids resolved on demand. The words are hostile
// until checked: every read is bounded, references only go backwards, depth and sizes are capped.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ridgeback::gpu {

/// One instruction: its words without the first, and where it stands.
struct Instruction {
  std::uint16_t opcode = 0;
  std::uint32_t position = 0;  ///< in words
  std::span<const std::uint32_t> operands;

  /// Throws FormatError where the instruction is too short.
  [[nodiscard]] std::uint32_t operand(std::size_t i) const;
};

[[noreturn]] void throw_spirv(std::uint32_t position, std::string_view what);

class SpirvModule {
 public:
  /// `constants` replace the defaults of specialization ids 0, 1, 2...
  SpirvModule(std::span<const std::uint32_t> words, std::span<const std::uint32_t> constants);

  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] const std::vector<std::uint32_t>& capabilities() const { return capabilities_; }
  [[nodiscard]] const std::vector<Instruction>& variables() const { return variables_; }
  [[nodiscard]] const std::vector<Instruction>& execution_modes() const { return modes_; }
  [[nodiscard]] std::uint32_t entry_point() const { return entry_point_; }

  /// The instruction that defines a type, constant or variable.
  [[nodiscard]] const Instruction& definition(std::uint32_t id) const;
  /// The operand of a decoration of an id (0 for one without operand), or nothing.
  [[nodiscard]] std::optional<std::uint32_t> decoration(std::uint32_t id, std::uint32_t kind) const;
  [[nodiscard]] std::optional<std::uint32_t> member_decoration(std::uint32_t id,
                                                               std::uint32_t member,
                                                               std::uint32_t kind) const;
  /// Ids that carry a decoration of this kind, with its operand.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> decorated(
      std::uint32_t kind) const;

  /// Value of a 32-bit integer or boolean constant, specialization applied.
  [[nodiscard]] std::uint32_t value(std::uint32_t id) const;
  /// Bytes of a type: by its Offset and stride decorations where it has them, else packed by the
  /// alignment of its scalars.
  [[nodiscard]] std::uint64_t bytes(std::uint32_t type) const;

 private:
  using MemberKey = std::pair<std::uint32_t, std::uint32_t>;

  void read(const Instruction& instruction);
  void read_entry_point(const Instruction& instruction);
  void read_function(const Instruction& instruction);
  void finish() const;
  [[nodiscard]] std::uint32_t value_at(std::uint32_t id, int depth) const;
  [[nodiscard]] std::uint32_t compute(const Instruction& operation, int depth) const;
  [[nodiscard]] std::uint64_t bytes_at(std::uint32_t type, int depth) const;
  [[nodiscard]] std::uint64_t struct_bytes(const Instruction& type, int depth) const;

  std::span<const std::uint32_t> constants_;
  std::uint32_t version_ = 0;
  std::uint32_t entry_point_ = 0;
  std::uint32_t end_ = 0;
  bool in_function_ = false;
  std::vector<std::uint32_t> capabilities_;
  std::vector<Instruction> variables_;
  std::vector<Instruction> modes_;
  std::unordered_map<std::uint32_t, Instruction> definitions_;
  std::map<std::uint32_t, std::map<std::uint32_t, std::uint32_t>> decorations_;
  std::map<MemberKey, std::map<std::uint32_t, std::uint32_t>> member_decorations_;
  std::set<std::uint32_t> functions_;
  std::set<std::uint32_t> called_;
  mutable std::unordered_map<std::uint32_t, std::uint32_t> values_;
  mutable std::unordered_map<std::uint32_t, std::uint64_t> sizes_;
};

}  // namespace ridgeback::gpu
