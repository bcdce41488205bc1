// SPDX-License-Identifier: Apache-2.0
#include "layout/transpose.h"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>

namespace ridgeback {
namespace {

using Axes = std::vector<int>;

struct Transpose final : OperationOf<Transpose> {
  Axes axes;  // of the input, one for each axis of the output

  bool operator==(const Transpose&) const = default;
  [[nodiscard]] std::string_view name() const override { return "transpose"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("axes={}", fmt::join(axes, ","));
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    // Products read transposes of halves as they lie; others are not made.
    if (in[0].dtype != DType::f16) ops::require_words(in[0], "transpose");
    std::vector<std::int64_t> extents;
    for (const int axis : axes) extents.push_back(in[0].shape[axis]);
    return {{Shape(std::span<const std::int64_t>(extents)), in[0].dtype}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    Axes inverse(axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      inverse[static_cast<std::size_t>(axes[i])] = static_cast<int>(i);
    }
    return {transpose(g.grads[0], inverse)};
  }
};

// [batch, rows, cols] -> [batch, cols, rows] is what it amounts to, if it does: leading axes stay,
// then the input's axes are cut in two runs that change places.
struct Blocks {
  std::int64_t batch;
  std::int64_t rows;
  std::int64_t cols;
};
std::optional<Blocks> as_blocks(const Shape& in, const Axes& axes) {
  const int rank = in.rank();
  int kept = 0;
  while (kept < rank && axes[static_cast<std::size_t>(kept)] == kept) ++kept;
  if (kept == rank) return std::nullopt;
  const int cut = axes[static_cast<std::size_t>(kept)];
  for (int i = kept; i < rank; ++i) {
    const int expected =
        cut + (i - kept) < rank ? cut + (i - kept) : kept + (i - kept) - (rank - cut);
    if (axes[static_cast<std::size_t>(i)] != expected) return std::nullopt;
  }
  return Blocks{in.count(0, kept), in.count(kept, cut), in.count(cut, rank)};
}

std::vector<Dispatch> Transpose::lower(const LowerContext& c) const {
  const Shape& in = c.in[0].shape;
  if (in.count() == 0) return {};
  if (c.in[0].dtype == DType::f16)
    throw Unsupported(fmt::format(
        "transpose: f16 is transposed only where a product reads it; cast to f32 (got {})",
        c.in[0].text()));
  if (const auto found = as_blocks(in, axes)) {
    const auto& [batch, rows, cols] = *found;
    const std::int64_t blocks = batch * ceil_div(rows, 4) * ceil_div(cols, 4);
    const std::uint32_t local = ops::local_size(c.target);
    return {dispatch("transpose", c, ops::quad_candidates(c.target, rows % 4 == 0 && cols % 4 == 0))
                .read(0)
                .write(0)
                .specialize(local, cols % 4 == 0 ? 1 : 0, rows % 4 == 0 ? 1 : 0, batch > 1 ? 1 : 0)
                .push(shaders::TransposeParams{static_cast<std::uint32_t>(rows),
                                               static_cast<std::uint32_t>(cols),
                                               static_cast<std::uint32_t>(blocks)})
                .linear_groups(ceil_div(blocks, local))
                .cost(0, 8.0 * static_cast<double>(in.count()))};
  }
  const std::vector<std::int64_t> strides = ops::row_major_strides(in);
  std::vector<std::int64_t> from;
  for (const int axis : axes) from.push_back(strides[static_cast<std::size_t>(axis)]);
  return {
      ops::copy_strided(c, c.out[0].shape, {0, from}, {0, ops::row_major_strides(c.out[0].shape)})
          .read(0)
          .write(0)};
}

bool is_identity(const Axes& axes) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] != static_cast<int>(i)) return false;
  }
  return true;
}

Axes swap_of_last_two(int rank) {
  Axes axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return axes;
}

}  // namespace

Tensor transpose(const Tensor& x) {
  require(x.shape().rank() >= 2,
          fmt::format("transpose: needs two axes (got {})", x.spec().text()));
  return transpose(x, swap_of_last_two(x.shape().rank()));
}

Tensor transpose(const Tensor& x, const std::vector<int>& axes) {
  Axes sorted;
  for (const int axis : axes) sorted.push_back(x.shape().normalize(axis));
  Transpose operation;
  operation.axes = sorted;
  std::ranges::sort(sorted);
  require(static_cast<int>(axes.size()) == x.shape().rank() && is_identity(sorted),
          fmt::format("transpose: axes must be a permutation (got {} for {})", fmt::join(axes, ","),
                      x.spec().text()));
  // A transpose of a transpose is one.
  if (const auto* inner = dynamic_cast<const Transpose*>(&x.operation())) {
    for (int& axis : operation.axes) axis = inner->axes[static_cast<std::size_t>(axis)];
    const Tensor& source = x.node().inputs[0];
    return is_identity(operation.axes) ? source : apply(operation, {source});
  }
  return is_identity(operation.axes) ? x : apply(operation, {x});
}

std::optional<Tensor> is_transpose_of_last_two(const Tensor& x) {
  const auto* made = dynamic_cast<const Transpose*>(&x.operation());
  if (made == nullptr || made->axes.size() < 2) return std::nullopt;
  if (made->axes != swap_of_last_two(static_cast<int>(made->axes.size()))) return std::nullopt;
  return x.node().inputs[0];
}

}  // namespace ridgeback
