// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/fill_launch.hpp"

#include "ridgeback/ops/launch.hpp"

#include "memory/fill.h"

namespace ridgeback::ops {

Dispatch fill_launch(const LowerContext& context, int output, std::uint32_t word) {
  const std::int64_t bytes = context.out[static_cast<std::size_t>(output)].bytes();
  const std::uint32_t local = local_size(context.target);
  return dispatch("fill", context)
      .write(output)
      .specialize(local)
      .push(shaders::FillParams{static_cast<std::uint32_t>(bytes / 4), word})
      .linear_groups(ceil_div(bytes / 4, local))
      .cost(0, static_cast<double>(bytes));
}

}  // namespace ridgeback::ops
