// SPDX-License-Identifier: Apache-2.0
// Writes SPIR-V word by word, for tests of reflection.
#pragma once

#include "ridgeback/gpu/spirv_words.hpp"

#include <cstdint>
#include <vector>

namespace ridgeback::gpu::testing {

class SpirvBuilder {
 public:
  explicit SpirvBuilder(std::uint32_t version = 0x00010300)
      : words_{spv::magic, version, 0, 1000, 0} {}

  SpirvBuilder& op(std::uint32_t opcode, std::vector<std::uint32_t> operands) {
    words_.push_back(static_cast<std::uint32_t>(operands.size() + 1) << 16 | opcode);
    words_.insert(words_.end(), operands.begin(), operands.end());
    return *this;
  }
  /// Capability Shader and a compute entry point `main` of id 1.
  SpirvBuilder& entry() {
    op(spv::op_capability, {1});
    return op(spv::op_entry_point, {spv::model_gl_compute, 1, 0x6e69616d, 0});
  }
  SpirvBuilder& decorate(std::uint32_t id, std::uint32_t kind, std::uint32_t value) {
    return op(spv::op_decorate, {id, kind, value});
  }
  /// An empty function of id 1, with whatever was added before.
  [[nodiscard]] std::vector<std::uint32_t> words() {
    SpirvBuilder copy = *this;
    copy.op(spv::op_function, {900, 1, 0, 901}).op(248, {902}).op(253, {});
    return copy.op(spv::op_function_end, {}).words_;
  }

 private:
  std::vector<std::uint32_t> words_;
};

}  // namespace ridgeback::gpu::testing
