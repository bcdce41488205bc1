// SPDX-License-Identifier: Apache-2.0
// How a tensor divides into rows and blocks, and how teams of invocations are laid over them.
#pragma once

#include "ridgeback/core/shape.hpp"
#include "ridgeback/graph/dispatch.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <cstdint>

namespace ridgeback::quant {

/// Rows are all axes but the last. A group that is the whole tensor has one block per row here; its
/// statistics are joined over the rows.
struct BlockShape {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t block = 0;   ///< length, at most cols
  std::int64_t blocks = 0;  ///< in a row; 0 where cols is 0

  [[nodiscard]] std::int64_t count() const { return rows * cols; }
  [[nodiscard]] std::int64_t total_blocks() const { return rows * blocks; }
  /// Every block begins at a multiple of four values in memory.
  [[nodiscard]] bool aligned() const { return cols % 4 == 0 && (blocks <= 1 || block % 4 == 0); }
  /// Every block begins at a word of codes and masks; others are simulated with f32 codes.
  [[nodiscard]] bool at_words() const { return blocks <= 1 || block % 32 == 0; }
};

/// `group` must not be automatic.
[[nodiscard]] BlockShape block_shape(const Shape& shape, Group group);

/// Gives a launch of a kernel that includes shaders/quant/team.glsl its first two specialization
/// constants and its work groups: `blocks` teams, each for up to `block` values.
void lay_out_teams(Dispatch& launch, const Target& target, std::int64_t blocks, std::int64_t block);

/// The usable variants of such a kernel, best first: one invocation per block where loads are what
/// costs and nothing is gained by neighbours (CPU drivers), teams elsewhere. `holds`: the kernel
/// has a variant that keeps blocks of 64 values in registers.
[[nodiscard]] std::vector<std::string> team_candidates(const Target& target,
                                                       const BlockShape& shape, bool holds);

/// Invocations per work group for elementwise kernels over `count` items.
[[nodiscard]] std::uint32_t plain_local_size(const Target& target, std::int64_t count);

/// A launch with one invocation per item, the local size as its first specialization constant.
[[nodiscard]] Dispatch plain_dispatch(std::string_view kernel, const LowerContext& context,
                                      std::int64_t items,
                                      const std::vector<std::string>& candidates = {});

}  // namespace ridgeback::quant
