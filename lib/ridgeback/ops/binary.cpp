// SPDX-License-Identifier: Apache-2.0
#include "elementwise/binary.h"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/as_add.hpp"
#include "ridgeback/ops/as_gate.hpp"
#include "ridgeback/ops/chain.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/fuse_elementwise.hpp"
#include "ridgeback/ops/fuse_products.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "elementwise/chain.h"

namespace ridgeback {
namespace {

using namespace shaders;  // NOLINT: the BINARY_ codes

// In the order of the codes in shaders/elementwise/binary.h.
constexpr std::array<std::string_view, 14> names{
    "add",     "sub",  "mul",   "div",   "maximum",   "minimum",       "pow",
    "greater", "less", "equal", "equal", "half_step", "gate_positive", "gate_within"};
static_assert(names.size() == BINARY_GATE_WITHIN + 1);

struct Binary final : OperationOf<Binary> {
  std::uint32_t code = BINARY_ADD;
  float alpha = 0;
  float beta = 0;

  bool operator==(const Binary&) const = default;
  [[nodiscard]] std::string_view name() const override { return names[code]; }
  [[nodiscard]] std::string attributes() const override {
    return code == BINARY_GATE_WITHIN ? fmt::format("low={} high={}", alpha, beta) : "";
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const DType expected = code == BINARY_EQUAL_BITS ? in[0].dtype : DType::f32;
    require(in[0].dtype == expected && in[1].dtype == expected &&
                (expected == DType::f32 || bits_of(expected) == 32),
            fmt::format("{}: operands must be f32 (got {} and {})", name(), in[0].text(),
                        in[1].text()));
    return {{broadcast(in[0].shape, in[1].shape, name()), DType::f32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;

  [[nodiscard]] std::vector<const Pass*> required_passes() const override {
    return {&fuse_products(), &fuse_elementwise()};
  }

  // The kernel reads before it writes, and each element once if the shapes agree.
  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}, {0, 1}}; }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    std::vector<Tensor> grads(2);
    for (int i = 0; i < 2; ++i) {
      if (!g.needs(i)) continue;
      const Tensor full = derivative(g, i);
      if (full) grads[static_cast<std::size_t>(i)] = sum_to_shape(full, g.inputs[i].shape());
    }
    return grads;
  }

 private:
  // dL/d operand, before it is summed over the axes that were broadcast.
  [[nodiscard]] Tensor derivative(const GradientContext& g, int operand) const;
};

// `x` without a repetition that the kernel makes by itself, because the other operand has the full
// shape.
Tensor unrepeated(const Tensor& x, const Tensor& other) {
  const std::optional<Tensor> source = broadcast_source(x);
  return source && x.shape() == other.shape() ? *source : x;
}

Tensor binary(std::uint32_t code, const Tensor& a, const Tensor& b, float alpha = 0,
              float beta = 0) {
  Binary operation;
  operation.code = code;
  operation.alpha = alpha;
  operation.beta = beta;
  const Tensor left = unrepeated(a, b);
  return apply(operation, {left, unrepeated(b, left)});
}

std::vector<Dispatch> Binary::lower(const LowerContext& c) const {
  const Shape& shape = c.out[0].shape;
  if (shape.count() == 0) return {};
  const ops::Walk walk = ops::collapse(shape, {ops::broadcast_strides(c.in[0].shape, shape),
                                               ops::broadcast_strides(c.in[1].shape, shape)});
  const bool vector = walk.outer == 1 || walk.inner % 4 == 0;
  const std::int64_t columns = ceil_div(walk.inner, vector ? 4 : 1);
  const std::uint32_t local = ops::local_size(c.target);
  const std::uint32_t items =
      walk.outer == 1 ? 1 : ops::items_per_invocation(c.target, walk.outer * columns, 8);
  const auto fixed = [&](std::size_t operand) {
    return std::ranges::all_of(walk.strides[operand], [](std::int64_t s) { return s == 0; }) ? 1
                                                                                             : 0;
  };
  BinaryParams params{};
  params.outer = static_cast<std::uint32_t>(walk.outer);
  params.inner = static_cast<std::uint32_t>(walk.inner);
  params.alpha = alpha;
  params.beta = beta;
  ops::store(walk.extents, params.extents);
  ops::store(walk.strides[0], params.a_strides);
  ops::store(walk.strides[1], params.b_strides);
  const double moved =
      4.0 * static_cast<double>(shape.count() + c.in[0].shape.count() + c.in[1].shape.count());
  return {dispatch("binary", c, ops::quad_candidates(c.target, vector && walk.inner % 4 == 0))
              .read(0)
              .read(1)
              .write(0)
              .specialize(local, code, items, walk.extents.size(), walk.inner_strides[0],
                          walk.inner_strides[1], vector ? 1 : 0, fixed(0), fixed(1))
              .push(params)
              .linear_groups(ceil_div(ceil_div(walk.outer, items) * columns, local))
              .cost(static_cast<double>(shape.count()), moved)};
}

Tensor Binary::derivative(const GradientContext& g, int operand) const {
  const Tensor &a = g.inputs[0], &b = g.inputs[1], &y = g.outputs[0], &dy = g.grads[0];
  const bool first = operand == 0;
  switch (code) {
    case BINARY_ADD:
      return dy;
    case BINARY_SUB:
      return first ? dy : -dy;
    case BINARY_MUL:
      return dy * (first ? b : a);
    case BINARY_DIV:
      return first ? dy / b : -(dy * (y / b));
    case BINARY_MAXIMUM:
      return dy * (first ? binary(BINARY_HALF_STEP, a, b) : binary(BINARY_HALF_STEP, b, a));
    case BINARY_MINIMUM:
      return dy * (first ? binary(BINARY_HALF_STEP, b, a) : binary(BINARY_HALF_STEP, a, b));
    case BINARY_POW:
      return first ? dy * (b * pow(a, b - 1.0F)) : dy * (y * log(a));
    case BINARY_GATE_POSITIVE:
      return first ? gate_positive(dy, b) : Tensor{};
    case BINARY_GATE_WITHIN:
      return first ? gate_within(dy, b, alpha, beta) : Tensor{};
    default:  // comparisons are flat
      return {};
  }
}

// The one value that `scalar` holds, if an operation with it can be done on `x` alone.
std::optional<float> as_scalar(const Tensor& x, const Tensor& scalar) {
  const std::optional<float> value = fill_value(scalar);
  if (!value || x.dtype() != DType::f32) return std::nullopt;
  const bool keeps_shape = broadcast(x.shape(), scalar.shape(), "broadcast") == x.shape();
  return keeps_shape ? value : std::nullopt;
}

}  // namespace

bool is_add(const Node& node) {
  const auto* binary = dynamic_cast<const Binary*>(node.operation.get());
  return binary != nullptr && binary->code == BINARY_ADD;
}

bool is_gate_positive(const Node& node) {
  const auto* binary = dynamic_cast<const Binary*>(node.operation.get());
  return binary != nullptr && binary->code == BINARY_GATE_POSITIVE &&
         node.inputs[0].shape() == node.inputs[1].shape();
}

std::optional<ops::ElementwiseCode> ops::binary_code(const Operation& operation) {
  const auto* made = dynamic_cast<const Binary*>(&operation);
  if (made == nullptr || made->code == BINARY_EQUAL_BITS) return std::nullopt;
  return ElementwiseCode{CHAIN_BINARY + made->code, made->alpha, made->beta};
}

Tensor add(const Tensor& a, const Tensor& b) {
  if (const auto value = as_scalar(a, b)) return add(a, *value);
  if (const auto value = as_scalar(b, a)) return add(b, *value);
  return binary(BINARY_ADD, a, b);
}

Tensor sub(const Tensor& a, const Tensor& b) {
  if (const auto value = as_scalar(a, b)) return add(a, -*value);
  if (const auto value = as_scalar(b, a)) return sub_from(*value, b);
  return binary(BINARY_SUB, a, b);
}

Tensor mul(const Tensor& a, const Tensor& b) {
  if (const auto value = as_scalar(a, b)) return mul(a, *value);
  if (const auto value = as_scalar(b, a)) return mul(b, *value);
  return binary(BINARY_MUL, a, b);
}

Tensor div(const Tensor& a, const Tensor& b) {
  if (const auto value = as_scalar(a, b)) return div(a, *value);
  if (const auto value = as_scalar(b, a)) return div_into(*value, b);
  return binary(BINARY_DIV, a, b);
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return binary(BINARY_MAXIMUM, a, b);
}

Tensor minimum(const Tensor& a, const Tensor& b) {
  return binary(BINARY_MINIMUM, a, b);
}

Tensor pow(const Tensor& a, const Tensor& b) {
  return binary(BINARY_POW, a, b);
}

Tensor greater(const Tensor& a, const Tensor& b) {
  return binary(BINARY_GREATER, a, b);
}

Tensor less(const Tensor& a, const Tensor& b) {
  return binary(BINARY_LESS, a, b);
}

Tensor equal(const Tensor& a, const Tensor& b) {
  const bool integers = a.dtype() == DType::i32 || a.dtype() == DType::u32;
  return binary(integers ? BINARY_EQUAL_BITS : BINARY_EQUAL, a, b);
}

Tensor gate_positive(const Tensor& g, const Tensor& x) {
  return binary(BINARY_GATE_POSITIVE, g, x);
}

Tensor gate_within(const Tensor& g, const Tensor& x, float low, float high) {
  return binary(BINARY_GATE_WITHIN, g, x, low, high);
}

}  // namespace ridgeback
