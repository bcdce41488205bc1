// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/bits.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

struct Concat final : OperationOf<Concat> {
  int axis = 0;

  bool operator==(const Concat&) const = default;
  [[nodiscard]] std::string_view name() const override { return "concat"; }
  [[nodiscard]] std::string attributes() const override { return fmt::format("axis={}", axis); }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    std::int64_t extent = 0;
    for (const TensorSpec& part : in) {
      if (!is_packed(part.dtype) || axis + 1 == part.shape.rank())
        ops::require_words(part, "concat");
      require(part.dtype == in[0].dtype && part.shape.rank() == in[0].shape.rank() &&
                  part.shape.without(axis) == in[0].shape.without(axis),
              fmt::format("concat: parts do not fit along axis {} (got {} and {})", axis,
                          in[0].text(), part.text()));
      extent += part.shape[axis];
    }
    return {{in[0].shape.with(axis, extent), in[0].dtype}};
  }

  // Rows of packed values are whole words, which are copied as they lie.
  static Shape in_words(const TensorSpec& spec) {
    if (!is_packed(spec.dtype)) return spec.shape;
    return spec.shape.with(-1, words_per_row(spec.dtype, spec.shape[-1]));
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::vector<std::int64_t> strides = ops::row_major_strides(in_words(c.out[0]));
    std::vector<Dispatch> launches;
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < c.in.size(); ++i) {
      const Shape part = in_words(c.in[i]);
      const std::int64_t offset = begin * strides[static_cast<std::size_t>(axis)];
      begin += part[axis];
      if (part.count() == 0) continue;
      launches.push_back(
          ops::copy_strided(c, part, {0, ops::row_major_strides(part)}, {offset, strides})
              .read(static_cast<int>(i))
              .write(0));
    }
    return launches;
  }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    std::vector<Tensor> grads;
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < g.inputs.size(); ++i) {
      const std::int64_t end = begin + g.inputs[i].shape()[axis];
      grads.push_back(g.needs(static_cast<int>(i)) ? slice(g.grads[0], axis, begin, end)
                                                   : Tensor{});
      begin = end;
    }
    return grads;
  }
};

}  // namespace

Tensor concat(const std::vector<Tensor>& parts, int axis) {
  require(!parts.empty(), "concat: needs a part");
  Concat operation;
  operation.axis = parts[0].shape().normalize(axis);
  return parts.size() == 1 ? parts[0] : apply(operation, parts);
}

}  // namespace ridgeback
