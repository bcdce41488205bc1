// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/index.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/copy_strided.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <fmt/core.h>

#include "index/add_rows.h"
#include "index/gather_rows.h"
#include "index/one_hot.h"
#include "index/sort_places.h"

namespace ridgeback {
namespace {

Shape appended(const Shape& shape, std::int64_t extent) {
  std::vector<std::int64_t> extents(shape.extents().begin(), shape.extents().end());
  extents.push_back(extent);
  return Shape(std::span<const std::int64_t>(extents));
}

void require_indices(const TensorSpec& spec, std::string_view operation) {
  require(spec.dtype == DType::u32,
          fmt::format("{}: indices must be u32 (got {})", operation, spec.text()));
}

struct GatherRows final : OperationOf<GatherRows> {
  bool operator==(const GatherRows&) const = default;
  [[nodiscard]] std::string_view name() const override { return "gather_rows"; }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_words(in[0], "gather_rows");
    require_indices(in[1], "gather_rows");
    require(in[0].shape.rank() == 2 && in[0].shape[0] > 0,
            fmt::format("gather_rows: the table must be [rows, width] (got {})", in[0].text()));
    return {{appended(in[1].shape, in[0].shape[1]), in[0].dtype}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.out[0].shape.count();
    if (count == 0) return {};
    const std::int64_t width = c.in[0].shape[1];
    const bool vector = width % 4 == 0;
    const std::uint32_t local = ops::local_size(c.target);
    Dispatch launch = dispatch("gather_rows", c, ops::quad_candidates(c.target, vector));
    const std::int64_t plain_units = vector ? count / 4 : count;
    const std::int64_t units =
        launch.variant == "wide" ? count / width * ceil_div(width, 16) : plain_units;
    return {launch.read(0)
                .read(1)
                .write(0)
                .specialize(local, vector ? 1 : 0)
                .push(shaders::GatherRowsParams{static_cast<std::uint32_t>(c.in[0].shape[0]),
                                                static_cast<std::uint32_t>(width),
                                                static_cast<std::uint32_t>(units)})
                .linear_groups(ceil_div(units, local))
                .cost(0, 8.0 * static_cast<double>(count))};
  }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {add_rows(g.grads[0], g.inputs[1], g.inputs[0].shape()[0]), Tensor{}};
  }
};

// Sorts the places by index first (stable), then adds up each row's places in order.
struct AddRows final : OperationOf<AddRows> {
  std::int64_t rows = 0;

  bool operator==(const AddRows&) const = default;
  [[nodiscard]] std::string_view name() const override { return "add_rows"; }
  [[nodiscard]] std::string attributes() const override { return fmt::format("rows={}", rows); }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_indices(in[1], "add_rows");
    require(in[0].dtype == DType::f32 && in[0].shape.rank() > 0 &&
                in[0].shape.without(-1) == in[1].shape && rows > 0,
            fmt::format("add_rows: rows and indices do not fit (got {} and {} for {} rows)",
                        in[0].text(), in[1].text(), rows));
    return {{{rows, in[0].shape[-1]}, DType::f32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.out[0].shape.count();
    if (count == 0) return {};
    const std::int64_t places = c.in[1].shape.count();
    const std::int64_t start_bytes = 4 * (rows + 1);
    const std::int64_t order_bytes = 4 * std::max<std::int64_t>(places, 1);
    const bool vector = c.out[0].shape[1] % 4 == 0;
    const std::int64_t units = vector ? count / 4 : count;
    const std::uint32_t local = ops::local_size(c.target);
    return {sort_dispatch(c, places)
                .read(1)
                .write_scratch(0, start_bytes)
                .write_scratch(1, order_bytes),
            dispatch("add_rows", c, ops::quad_candidates(c.target, vector))
                .read(0)
                .read_scratch(0, start_bytes)
                .read_scratch(1, order_bytes)
                .write(0)
                .specialize(local, vector ? 1 : 0)
                .push(shaders::AddRowsParams{static_cast<std::uint32_t>(c.out[0].shape[1]),
                                             static_cast<std::uint32_t>(units)})
                .linear_groups(ceil_div(units, local))
                .cost(static_cast<double>(c.in[0].shape.count()),
                      4.0 * static_cast<double>(c.in[0].shape.count() + count))};
  }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {gather_rows(g.grads[0], g.inputs[1]), Tensor{}};
  }

 private:
  // One invocation is the fastest sorter on a CPU driver; elsewhere one invocation per row.
  [[nodiscard]] Dispatch sort_dispatch(const LowerContext& c, std::int64_t places) const {
    const shaders::SortPlacesParams params{static_cast<std::uint32_t>(rows),
                                           static_cast<std::uint32_t>(places)};
    Dispatch launch = dispatch("sort_places", c, ops::serial_or_baseline(c.target));
    launch.push(params).cost(0, static_cast<double>(4 * (rows + 3 * places)));
    if (launch.variant == "serial") return launch.specialize(1).groups(1);
    const std::uint32_t local = ops::local_size(c.target);
    return launch.specialize(local).linear_groups(ceil_div(rows, local));
  }
};

struct OneHot final : OperationOf<OneHot> {
  std::int64_t classes = 0;

  bool operator==(const OneHot&) const = default;
  [[nodiscard]] std::string_view name() const override { return "one_hot"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("classes={}", classes);
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_indices(in[0], "one_hot");
    require(classes > 0, fmt::format("one_hot: needs a class (got {})", classes));
    return {{appended(in[0].shape, classes), DType::f32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.out[0].shape.count();
    if (count == 0) return {};
    const std::uint32_t local = ops::local_size(c.target);
    return {dispatch("one_hot", c)
                .read(0)
                .write(0)
                .specialize(local)
                .push(shaders::OneHotParams{static_cast<std::uint32_t>(classes),
                                            static_cast<std::uint32_t>(count)})
                .linear_groups(ceil_div(count, local))
                .cost(0, 4.0 * static_cast<double>(count))};
  }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

}  // namespace

Tensor gather_rows(const Tensor& table, const Tensor& indices) {
  return apply(GatherRows{}, {table, indices});
}

Tensor add_rows(const Tensor& x, const Tensor& indices, std::int64_t rows) {
  AddRows operation;
  operation.rows = rows;
  return apply(operation, {x, indices});
}

Tensor one_hot(const Tensor& indices, std::int64_t classes) {
  OneHot operation;
  operation.classes = classes;
  return apply(operation, {indices});
}

}  // namespace ridgeback
