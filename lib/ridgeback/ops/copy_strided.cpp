// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/copy_strided.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "layout/copy_strided.h"

namespace ridgeback::ops {
namespace {

bool all_multiples_of_4(const std::vector<std::int64_t>& values) {
  return std::ranges::all_of(values, [](std::int64_t value) { return value % 4 == 0; });
}

}  // namespace

Dispatch copy_strided(const LowerContext& context, const Shape& shape, const View& from,
                      const View& to) {
  const Walk walk = collapse(shape, {from.strides, to.strides});
  const bool single = walk.inner == 1;
  const std::int64_t from_inner = single ? 1 : walk.inner_strides[0];
  const std::int64_t to_inner = single ? 1 : walk.inner_strides[1];
  const bool spread = from_inner == 0;
  const bool from_fits =
      spread || (from_inner == 1 && from.offset % 4 == 0 && all_multiples_of_4(walk.strides[0]));
  const bool to_fits = to_inner == 1 && to.offset % 4 == 0 && all_multiples_of_4(walk.strides[1]);
  const bool vector = walk.inner % 4 == 0 && from_fits && to_fits;

  shaders::CopyStridedParams params{};
  params.outer = static_cast<std::uint32_t>(walk.outer);
  params.inner = static_cast<std::uint32_t>(walk.inner);
  params.from_offset = static_cast<std::uint32_t>(from.offset);
  params.to_offset = static_cast<std::uint32_t>(to.offset);
  params.from_inner = static_cast<std::uint32_t>(from_inner);
  params.to_inner = static_cast<std::uint32_t>(to_inner);
  store(walk.extents, params.extents);
  store(walk.strides[0], params.from_strides);
  store(walk.strides[1], params.to_strides);

  const std::int64_t units = walk.inner / (vector ? 4 : 1);
  const std::uint32_t local = local_size(context.target);
  const std::uint32_t items =
      items_per_invocation(context.target, walk.outer * units,
                           static_cast<std::uint32_t>(std::min<std::int64_t>(walk.outer, 4)));
  return dispatch("copy_strided", context, quad_candidates(context.target, vector))
      .specialize(local, items, walk.extents.size(), vector ? 1 : 0, spread ? 1 : 0)
      .push(params)
      .linear_groups(ceil_div(ceil_div(walk.outer, items) * units, local))
      .cost(0, 8.0 * static_cast<double>(shape.count()));
}

void require_words(const TensorSpec& spec, std::string_view operation) {
  require(!is_packed(spec.dtype) && bits_of(spec.dtype) == 32,
          fmt::format("{}: elements must be f32, i32 or u32 (got {})", operation, spec.text()));
}

}  // namespace ridgeback::ops
