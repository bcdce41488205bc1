// SPDX-License-Identifier: Apache-2.0
// How elementwise and copying launches are cut into work groups. For sources of ops only.
#pragma once

#include "ridgeback/core/shape.hpp"
#include "ridgeback/core/tensor_spec.hpp"
#include "ridgeback/graph/target.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::ops {

/// Invocations of a work group for work without shared memory.
[[nodiscard]] std::uint32_t local_size(const Target& target);

/// Candidates for kernels that have a variant without cooperation of lanes: CPU drivers prefer it.
[[nodiscard]] std::vector<std::string> serial_or_baseline(const Target& target);

/// Whether a launch of `kernel` that offers these variants can be of the one that is forced for it;
/// true where none is.
[[nodiscard]] bool offers_forced(const Target& target, const std::string& kernel,
                                 const std::vector<std::string>& variants);

/// A forced variant comes before a tuned tile: where the first of `tiles`, the rule's, has the
/// variant that is forced for its kernel, leaves those that have it too. Tiles have a `kernel` and
/// its `variants`.
template <class Tiles>
void keep_forced(const Target& target, std::vector<Tiles>& tiles) {
  const auto loses = [&](const Tiles& t) { return !offers_forced(target, t.kernel, t.variants); };
  if (!loses(tiles.front())) std::erase_if(tiles, loses);
}

/// Units of work for one invocation: as many as keep the device filled, at most `most`.
[[nodiscard]] std::uint32_t items_per_invocation(const Target& target, std::int64_t units,
                                                 std::uint32_t most);

/// Index of the last texel (16 bytes) that holds a part of a tensor, which must not be empty.
[[nodiscard]] std::uint32_t last_texel(const TensorSpec& tensor);

/// An iteration over the elements of a shape by several operands, with as few axes as possible.
struct Walk {
  std::int64_t inner = 1;             ///< innermost extent
  std::int64_t outer = 1;             ///< product of the others
  std::vector<std::int64_t> extents;  ///< of the others, innermost of them first
  /// Per operand: distance of neighbours along the innermost axis, and along each of `extents`.
  std::vector<std::int64_t> inner_strides;
  std::vector<std::vector<std::int64_t>> strides;
};

/// Merges neighbouring axes that every operand walks through evenly and drops those of extent 1.
/// `strides[k]` holds one stride per axis of `shape` for operand k; a shape without elements is not
/// allowed.
[[nodiscard]] Walk collapse(const Shape& shape,
                            const std::vector<std::vector<std::int64_t>>& strides);

/// Distances, in elements, of neighbours along each axis of a row-major tensor.
[[nodiscard]] std::vector<std::int64_t> row_major_strides(const Shape& shape);

/// Strides over `shape` of a row-major tensor of shape `from` that broadcasts to it.
[[nodiscard]] std::vector<std::int64_t> broadcast_strides(const Shape& from, const Shape& shape);

/// Copies the strides of operand k into a parameter struct's array and zeroes the rest.
template <std::size_t N>
void store(const std::vector<std::int64_t>& from, std::uint32_t (&to)[N]) {
  for (std::size_t i = 0; i < N; ++i) {
    to[i] = i < from.size() ? static_cast<std::uint32_t>(from[i]) : 0;
  }
}

}  // namespace ridgeback::ops
