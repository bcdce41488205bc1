// SPDX-License-Identifier: Apache-2.0
// The launch that most layout operations are made of. For sources of ops only.
#pragma once

#include "ridgeback/graph/dispatch.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace ridgeback::ops {

/// A view on the words of a tensor: element c lies at offset + sum of c[axis] * strides[axis].
struct View {
  std::int64_t offset = 0;
  std::vector<std::int64_t> strides;
};

/// Copies every element of `shape` from one view to the other. The caller adds the bindings: the
/// source, then the destination. `shape` must have an element.
[[nodiscard]] Dispatch copy_strided(const LowerContext& context, const Shape& shape,
                                    const View& from, const View& to);

/// Throws InvalidArgument unless elements have 32 bits.
void require_words(const TensorSpec& spec, std::string_view operation);

}  // namespace ridgeback::ops
