// SPDX-License-Identifier: Apache-2.0
// The transform by itself, with three operations that are evaluated on the host.
#include "ridgeback/graph/gradient.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <map>

namespace ridgeback {
namespace {

// f32 scalars; `split` has two outputs, x and 2x, and `flat` no gradient.
struct Math final : OperationOf<Math> {
  enum class Kind { add, mul, split, flat, wrong };
  Kind kind = Kind::add;
  mutable std::vector<bool>* asked = nullptr;

  bool operator==(const Math& other) const { return kind == other.kind; }
  [[nodiscard]] std::string_view name() const override { return "math"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    if (kind == Kind::split) return {in[0], in[0]};
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext&) const override { return {}; }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override;
};

Tensor math(Math::Kind kind, std::vector<Tensor> in, std::vector<bool>* asked = nullptr) {
  Math operation;
  operation.kind = kind;
  operation.asked = asked;
  return apply(operation, std::move(in));
}

Tensor plus(const Tensor& a, const Tensor& b) {
  return math(Math::Kind::add, {a, b});
}
Tensor times(const Tensor& a, const Tensor& b) {
  return math(Math::Kind::mul, {a, b});
}

std::vector<Tensor> Math::gradient(const GradientContext& g) const {
  if (asked != nullptr) *asked = g.needed;
  switch (kind) {
    case Kind::add:
      return {g.grads[0], g.grads[0]};
    case Kind::mul:
      return {times(g.grads[0], g.inputs[1]), times(g.grads[0], g.inputs[0])};
    case Kind::split: {
      const Tensor two = g.grads[1] ? times(constant(2), g.grads[1]) : Tensor{};
      if (!g.grads[0] || !two) return {g.grads[0] ? g.grads[0] : two};
      return {plus(g.grads[0], two)};
    }
    case Kind::flat:
      return {Tensor{}};
    case Kind::wrong:
      return {input({7})};
  }
  return {};
}

const GradientAlgebra algebra{plus, [](const Shape&) { return constant(1); }};

std::vector<Tensor> grad(const Tensor& loss, std::vector<Tensor> wrt) {
  return gradient(loss, wrt, algebra);
}

using Values = std::map<const Node*, float>;

float evaluate(const Tensor& tensor, const Values& inputs) {
  const Node& node = tensor.node();
  if (const Source* source = as_source(tensor)) {
    if (source->kind == Source::Kind::input) return inputs.at(&node);
    float value = 0;
    std::memcpy(&value, source->bytes.data(), sizeof(value));
    return value;
  }
  const float a = evaluate(node.inputs[0], inputs);
  switch (dynamic_cast<const Math&>(tensor.operation()).kind) {
    case Math::Kind::add:
      return a + evaluate(node.inputs[1], inputs);
    case Math::Kind::mul:
      return a * evaluate(node.inputs[1], inputs);
    case Math::Kind::split:
      return tensor.output() == 0 ? a : 2 * a;
    default:
      return a;
  }
}

TEST(GradientTransform, DifferentiatesProductsAndSums) {
  const Tensor x = input({});
  const Tensor y = input({});
  const Tensor loss = plus(times(x, times(x, y)), y);  // x^2 y + y
  const auto grads = grad(loss, {x, y});
  const Values at{{&x.node(), 3}, {&y.node(), 5}};
  EXPECT_EQ(evaluate(grads[0], at), 30);
  EXPECT_EQ(evaluate(grads[1], at), 10);
}

TEST(GradientTransform, DifferentiatesItsOwnResults) {
  const Tensor x = input({});
  const Tensor y = input({});
  const Tensor cube = times(x, times(x, x));
  const Values at{{&x.node(), 3}, {&y.node(), 5}};
  const Tensor first = grad(times(cube, y), {x})[0];
  const Tensor second = grad(first, {x})[0];
  const Tensor third = grad(second, {x})[0];
  EXPECT_EQ(evaluate(first, at), 135);
  EXPECT_EQ(evaluate(second, at), 90);
  EXPECT_EQ(evaluate(third, at), 30);
  EXPECT_EQ(evaluate(grad(first, {y})[0], at), 27);
}

TEST(GradientTransform, AddsUpSeveralUses) {
  const Tensor x = input({});
  Tensor sum = x;
  for (int i = 0; i < 4; ++i) sum = plus(sum, x);
  EXPECT_EQ(evaluate(grad(sum, {x})[0], {{&x.node(), 1}}), 5);
}

TEST(GradientTransform, IsNullWithoutInfluence) {
  const Tensor x = input({});
  const Tensor y = input({});
  const auto grads = grad(times(x, x), {y, x, Tensor{}});
  EXPECT_FALSE(grads[0]);
  EXPECT_TRUE(grads[1]);
  EXPECT_FALSE(grads[2]);
  EXPECT_FALSE(grad(math(Math::Kind::flat, {x}), {x})[0]);
}

TEST(GradientTransform, OfTheLossItselfIsOne) {
  const Tensor x = input({});
  EXPECT_EQ(evaluate(grad(x, {x})[0], {{&x.node(), 9}}), 1);
}

TEST(GradientTransform, StopsAtWhatItIsAskedFor) {
  const Tensor x = input({});
  const Tensor h = times(x, x);
  const Tensor loss = times(h, h);
  EXPECT_EQ(evaluate(grad(loss, {h})[0], {{&x.node(), 3}}), 18);
  const auto both = grad(loss, {h, x});
  EXPECT_EQ(evaluate(both[1], {{&x.node(), 3}}), 108);
}

TEST(GradientTransform, PassesTheOutputsThatCount) {
  const Tensor x = input({});
  const auto split = [&] {
    Math operation;
    operation.kind = Math::Kind::split;
    return apply_all(std::make_shared<const Math>(operation), {x});
  }();
  const Values at{{&x.node(), 3}};
  EXPECT_EQ(evaluate(grad(split[0], {x})[0], at), 1);
  EXPECT_EQ(evaluate(grad(split[1], {x})[0], at), 2);
  EXPECT_EQ(evaluate(grad(times(split[0], split[1]), {x})[0], at), 12);
  EXPECT_EQ(evaluate(grad(times(split[0], split[1]), {split[1]})[0], at), 3);
  EXPECT_FALSE(grad(split[0], {split[1]})[0]);
}

TEST(GradientTransform, TellsWhichInputsNeedOne) {
  const Tensor x = input({});
  const Tensor y = input({});
  std::vector<bool> asked;
  (void)grad(math(Math::Kind::mul, {y, x}, &asked), {x});
  EXPECT_EQ(asked, (std::vector<bool>{false, true}));
  asked.clear();
  (void)grad(math(Math::Kind::mul, {y, y}, &asked), {x});
  EXPECT_TRUE(asked.empty()) << "no rule is asked where nothing depends on it";
}

TEST(GradientTransform, RefusesBadRulesAndLosses) {
  const Tensor x = input({});
  EXPECT_THROW((void)grad(math(Math::Kind::wrong, {x}), {x}), InvalidArgument);
  EXPECT_THROW((void)grad(input({}, DType::u32), {x}), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback
