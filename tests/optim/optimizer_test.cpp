// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/optimizer.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <functional>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/inputs.hpp"
#include "harness/tolerance.hpp"
#include "reference/optimizers.hpp"

namespace ridgeback::optim {
namespace {

using test::Array;
using test::close;
using test::epsilons;
using test::test_device;

const Shape shape{3, 7};

Init values_of(const Array& array) {
  return [array](std::span<float> values, const Shape&) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(array.values[i]);
  };
}

Array value_of(const Tensor& tensor) {
  return test::decode(tensor.spec(), test_device().read_bytes(tensor));
}

Parameter named(const std::string& name, const Tensor& tensor) {
  return {.name = name, .tensor = tensor};
}

std::vector<Assignment> step_of(Optimizer& optimizer, const std::vector<Parameter>& parameters,
                                const std::vector<Tensor>& gradients) {
  return optimizer.step(parameters, gradients);
}

// L = sum a/2 (w - c)^2: gradient a (w - c).
struct Quadratic {
  Array start = test::uniform(shape, -1, 1, 1).draw(shape);
  Array a = test::uniform(shape, 0.5, 2, 2).draw(shape);
  Array c = test::uniform(shape, -1, 1, 3).draw(shape);
  Tensor w = parameter(shape, values_of(start), "w");

  [[nodiscard]] Tensor gradient_tensor() const {
    const Tensor loss = sum(state_of(a) * square(w - state_of(c)) * 0.5F);
    return gradient(loss, {w})[0];
  }
  [[nodiscard]] Array gradient_at(const Array& at) const {
    Array g = at;
    for (std::int64_t i = 0; i < g.count(); ++i) g[i] = a[i] * (at[i] - c[i]);
    return g;
  }
  static Tensor state_of(const Array& array) {
    return state({array.shape, DType::f32}, {}, values_of(array));
  }
};

constexpr int steps = 7;

float rate_at(int t) {
  return 0.05F / static_cast<float>(t);
}

using Definition =
    std::function<std::vector<Array>(const std::vector<Array>& in, double rate, int t)>;

// Runs some steps on the device and in double precision; parameter and states must agree.
void expect_same_path(Optimizer& optimizer, const Definition& step, std::size_t states) {
  const Quadratic problem;
  Executable e = compile(test_device(), {},
                         step_of(optimizer, {named("w", problem.w)}, {problem.gradient_tensor()}));
  std::vector<Array> want{problem.start};
  for (std::size_t i = 0; i < states; ++i) want.emplace_back(shape);
  for (int t = 1; t <= steps; ++t) {
    e.run({.step = static_cast<std::uint32_t>(t), .learning_rate = rate_at(t)});
    std::vector<Array> in = want;
    in.push_back(problem.gradient_at(want[0]));
    want = step(in, static_cast<double>(rate_at(t)), t);
  }
  EXPECT_TRUE(close(value_of(problem.w), want[0], epsilons(16)));
  const std::vector<State> kept = optimizer.states();
  ASSERT_EQ(kept.size(), states);
  for (std::size_t i = 0; i < states; ++i)
    EXPECT_TRUE(close(value_of(kept[i].tensor), want[i + 1], epsilons(32))) << kept[i].name;
}

TEST(Optimizer, SgdTakesThePathOfItsDefinition) {
  expect_same_path(
      *sgd({.weight_decay = 0.1F}),
      [](const std::vector<Array>& in, double rate, int) {
        const auto next = test::reference::sgd_step({in[0], Array(shape), in[1]},
                                                    {.rate = rate, .weight_decay = 0.1F});
        return std::vector<Array>{next[0]};
      },
      0);
}

TEST(Optimizer, SgdWithMomentumTakesThePathOfItsDefinition) {
  for (const bool nesterov : {false, true}) {
    expect_same_path(
        *sgd({.momentum = 0.8F, .nesterov = nesterov, .weight_decay = 0.1F}),
        [nesterov](const std::vector<Array>& in, double rate, int) {
          return test::reference::sgd_step(
              in, {.rate = rate, .momentum = 0.8F, .nesterov = nesterov, .weight_decay = 0.1F});
        },
        1);
  }
}

TEST(Optimizer, AdamTakesThePathOfItsDefinition) {
  expect_same_path(
      *adam({.weight_decay = 0.1F}),
      [](const std::vector<Array>& in, double rate, int t) {
        return test::reference::adam_step(in, {.rate = rate, .weight_decay = 0.1F, .step = t});
      },
      2);
}

TEST(Optimizer, AdamWTakesThePathOfItsDefinition) {
  expect_same_path(
      *adamw({.beta1 = 0.8, .beta2 = 0.99, .weight_decay = 0.1F}),
      [](const std::vector<Array>& in, double rate, int t) {
        return test::reference::adam_step(in, {.rate = rate,
                                               .beta1 = 0.8,
                                               .beta2 = 0.99,
                                               .weight_decay = 0.1F,
                                               .decoupled = true,
                                               .step = t});
      },
      2);
}

TEST(Optimizer, NamesItsStatesAndKeepsThemForTheNextGraph) {
  const std::vector<Parameter> parameters{named("0.weight", parameter({2}, {})),
                                          named("0.bias", parameter({3}, {}))};
  const auto optimizer = adam();
  const auto first = step_of(*optimizer, parameters, {input({2}), Tensor{}});
  EXPECT_EQ(first.size(), 3U);  // the second has no gradient
  EXPECT_EQ(optimizer->states().size(), 2U);
  const auto second = step_of(*optimizer, parameters, {input({2}), input({3})});
  EXPECT_EQ(second.size(), 6U);
  const std::vector<State> states = optimizer->states();
  ASSERT_EQ(states.size(), 4U);
  EXPECT_EQ(states[0].name, "adam.m.0.weight");
  EXPECT_EQ(states[1].name, "adam.v.0.weight");
  EXPECT_EQ(states[2].name, "adam.m.0.bias");
  EXPECT_TRUE(second[1].target.is(first[1].target));
  EXPECT_EQ(step_of(*sgd({.momentum = 0.9F}), {parameters[0]}, {input({2})}).size(), 2U);
  EXPECT_EQ(step_of(*sgd(), {parameters[0]}, {input({2})}).size(), 1U);
}

TEST(Optimizer, ScalesRateAndSparesFromDecayByParameter) {
  Parameter w = named("w", parameter({1}, values_of(Array({1}, {2.0}))));
  w.rate_scale = 0.25F;
  w.decay = false;
  const Tensor g = input({1});
  Executable e = compile(test_device(), {}, step_of(*sgd({.weight_decay = 0.5F}), {w}, {g}));
  e.set(g, std::vector<float>{8});
  e.run({.step = 1, .learning_rate = 0.5F});
  EXPECT_EQ(test_device().read<float>(w.tensor)[0], 1.0F);
}

TEST(Optimizer, RefusesWhatDoesNotFit) {
  const Parameter w = named("w", parameter({2}, {})), other = named("w", parameter({2}, {}));
  const Tensor g = input({2});
  const auto optimizer = adam();
  EXPECT_THROW((void)step_of(*optimizer, {w}, {}), InvalidArgument);
  EXPECT_THROW((void)step_of(*optimizer, {w}, {input({3})}), InvalidArgument);
  EXPECT_THROW((void)step_of(*optimizer, {named("g", g)}, {g}), InvalidArgument);
  EXPECT_THROW((void)step_of(*optimizer, {named("n", {})}, {g}), InvalidArgument);
  EXPECT_THROW((void)step_of(*optimizer, {w, other}, {g, g}), InvalidArgument);
  EXPECT_THROW((void)adam({.beta1 = 1}), InvalidArgument);
  EXPECT_THROW((void)adamw({.weight_decay = -1}), InvalidArgument);
  EXPECT_THROW((void)sgd({.rate = -1}), InvalidArgument);
  EXPECT_THROW((void)sgd({.nesterov = true}), InvalidArgument);
}

TEST(Optimizer, TextAndBack) {
  for (const auto& optimizer :
       {sgd({.rate = 0.3F, .momentum = 0.9F, .nesterov = true}), adam({.rate = 2e-3F}),
        adamw({.beta1 = 0.85, .beta2 = 0.9995, .epsilon = 1e-7F, .weight_decay = 0.03F})}) {
    const auto again = optimizer_from_text(optimizer->text());
    EXPECT_EQ(again->text(), optimizer->text());
    EXPECT_EQ(again->rate(), optimizer->rate());
  }
  EXPECT_EQ(adam()->text(), "adam:rate=0.001,beta1=0.9,beta2=0.999,epsilon=1e-08,weight_decay=0");
  for (const std::string& name : optimizer_names())
    EXPECT_EQ(optimizer_from_text(name)->text().substr(0, name.size()), name);
}

TEST(Optimizer, ErrorsListWhatThereIs) {
  const auto message_of = [](std::string_view text) -> std::string {
    try {
      (void)optimizer_from_text(text);
    } catch (const InvalidArgument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message_of("lion"), "optimizer: there is no 'lion' (there are: sgd, adam, adamw)");
  EXPECT_EQ(message_of("adam:momentum=0.9"),
            "optimizer: adam has no setting 'momentum' (it has: rate, beta1, beta2, epsilon, "
            "weight_decay)");
  EXPECT_EQ(message_of("sgd:nesterov=2"), "optimizer: 'nesterov' must be 0 or 1 (got 2)");
}

}  // namespace
}  // namespace ridgeback::optim
