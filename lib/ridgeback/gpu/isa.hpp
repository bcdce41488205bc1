// SPDX-License-Identifier: Apache-2.0
// What the instructions of a compiled kernel say about its inner loop. Pure functions on the text
// that a driver returns (Device::texts); written for AMD's assembly as Mesa prints it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ridgeback::gpu {

/// Which vector instructions do a kernel's own work; all others serve them.
enum class UsefulWork : std::uint8_t {
  multiply_add,  ///< v_fma, v_mac, v_mad, v_dot, v_mul of integers, matrix instructions
  bits,          ///< v_xor, v_xnor, v_and, v_bcnt
};

/// Counts of instructions between a label and the last branch back to it.
struct IsaLoop {
  int instructions = 0;
  int vector = 0;   ///< on the vector unit
  int useful = 0;   ///< of those
  int loads = 0;    ///< from buffers, of any width
  int stores = 0;   ///< to buffers
  int shared = 0;   ///< on shared memory
  int scalar = 0;   ///< on the scalar unit, scalar loads, waits and branches
  int scratch = 0;  ///< loads and stores of spilled registers

  /// Useful of all vector instructions, 0 to 1.
  [[nodiscard]] double share() const { return vector > 0 ? 1.0 * useful / vector : 0; }
};

/// The loop without a loop inside that has the most vector instructions; nothing where the text has
/// no such loop, or is of a form that this does not know.
[[nodiscard]] std::optional<IsaLoop> busiest_loop(std::string_view assembly, UsefulWork work);

}  // namespace ridgeback::gpu
