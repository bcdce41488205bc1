// SPDX-License-Identifier: Apache-2.0
// The copy that assignments fall back to when their value cannot be written in place.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

/// The same bytes in storage of their own, of any element type.
[[nodiscard]] Tensor copy(const Tensor& value);

}  // namespace ridgeback
