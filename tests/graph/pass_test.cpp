// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/pass.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "reference/toy.hpp"

namespace ridgeback::test {
namespace {

std::size_t node_count(const Graph& graph) {
  return topological_order(graph).size();
}

std::string tag_of(const Tensor& tensor) {
  return tensor.operation().attributes();
}

TEST(TopologicalOrder, PutsProducersBeforeUsersAndListsEachOnce) {
  const Tensor x = input({4});
  const Tensor a = toy("a", {x});
  const Tensor b = toy("b", {a, x, a});
  const Tensor w = state({{4}, DType::f32});
  const Graph graph{{b, a}, {{w, toy("c", {b, w})}}};
  const auto order = topological_order(graph);
  EXPECT_EQ(order.size(), 5U);
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const Tensor& in : order[i]->inputs) {
      const auto at = std::ranges::find(order, in.node_handle());
      EXPECT_LT(at - order.begin(), static_cast<std::ptrdiff_t>(i));
    }
  }
}

TEST(TopologicalOrder, LeavesOutWhatIsDead) {
  const Tensor x = input({4});
  const Tensor kept = toy("kept", {x});
  const Tensor dead = toy("dead", {kept});
  EXPECT_EQ(node_count({{kept}, {}}), 2U);
  EXPECT_EQ(node_count({{}, {}}), 0U);
  EXPECT_EQ(node_count({{dead}, {}}), 3U);
}

TEST(TopologicalOrder, FollowsChainsDeeperThanTheCallStack) {
  Tensor x = input({4});
  for (int i = 0; i < 300000; ++i) x = toy("", {x});
  EXPECT_EQ(node_count({{x}, {}}), 300001U);
  x = Tensor{};  // taken apart without recursion too
}

TEST(MergeEqual, MergesEqualOperationsOnEqualInputs) {
  const Tensor x = input({4});
  const Tensor a = toy("f", {toy("g", {x})});
  const Tensor b = toy("f", {toy("g", {x})});
  const Graph merged = MergeEqual().run({{a, b, toy("h", {a, b})}, {}});
  EXPECT_TRUE(merged.outputs[0].is(merged.outputs[1]));
  EXPECT_EQ(node_count(merged), 4U);
  EXPECT_TRUE(merged.outputs[2].node().inputs[0].is(merged.outputs[2].node().inputs[1]));
}

TEST(MergeEqual, KeepsWhatDiffers) {
  const Tensor x = input({4});
  const Tensor y = input({4});
  const Graph graph{
      {toy("f", {x}), toy("g", {x}), toy("f", {y}), toy("f", {x, y}), toy("f", {y, x})}, {}};
  EXPECT_EQ(node_count(MergeEqual().run(graph)), node_count(graph));
}

TEST(MergeEqual, NeverMergesSourcesButConstants) {
  const Graph graph{{toy("f", {input({4}), input({4}), parameter({4}, {}), parameter({4}, {}),
                               state({{4}, DType::f32}), state({{4}, DType::f32})})},
                    {}};
  EXPECT_EQ(node_count(MergeEqual().run(graph)), 7U);
  const Graph constants{{toy("f", {constant(1), constant(1), constant(2)})}, {}};
  EXPECT_EQ(node_count(MergeEqual().run(constants)), 3U);
}

TEST(MergeEqual, MergesInUpdatesToo) {
  const Tensor w = state({{4}, DType::f32});
  const Tensor v = state({{4}, DType::f32});
  const Graph merged = MergeEqual().run({{}, {{w, toy("f", {w})}, {v, toy("f", {w})}}});
  EXPECT_TRUE(merged.updates[0].value.is(merged.updates[1].value));
  EXPECT_TRUE(merged.updates[0].target.is(w));
}

std::optional<std::vector<Tensor>> replace_old(const Node& node, std::span<const Tensor> inputs) {
  if (node.operation->attributes() != "old") return std::nullopt;
  return std::vector<Tensor>{toy("new", {inputs.begin(), inputs.end()})};
}

TEST(Rewrite, ReplacesAndRebuildsWhatFollows) {
  const Tensor x = input({4});
  const Tensor old = toy("old", {x});
  const Tensor user = toy("user", {old, x});
  const Tensor other = toy("other", {x});
  const Tensor w = state({{4}, DType::f32});
  const Graph result = rewrite({{user, other}, {{w, toy("old", {user})}}}, replace_old);
  EXPECT_EQ(tag_of(result.outputs[0]), "user");
  EXPECT_FALSE(result.outputs[0].is(user));
  EXPECT_EQ(tag_of(result.outputs[0].node().inputs[0]), "new");
  EXPECT_TRUE(result.outputs[0].node().inputs[1].is(x));
  EXPECT_TRUE(result.outputs[1].is(other)) << "untouched nodes stay the same";
  EXPECT_EQ(tag_of(result.updates[0].value), "new");
  EXPECT_TRUE(result.updates[0].target.is(w));
}

TEST(Rewrite, RefusesReplacementsOfAnotherShapeOrCount) {
  const Graph graph{{toy("old", {input({4})})}, {}};
  const auto other_shape = [](const Node&, std::span<const Tensor>) {
    return std::optional<std::vector<Tensor>>({toy("new", {input({5})})});
  };
  const auto other_count = [](const Node&, std::span<const Tensor>) {
    return std::optional<std::vector<Tensor>>(std::vector<Tensor>{});
  };
  EXPECT_THROW((void)rewrite(graph, other_shape), InvalidArgument);
  EXPECT_THROW((void)rewrite(graph, other_count), InvalidArgument);
}

struct Rename final : Pass {
  [[nodiscard]] std::string_view name() const override { return "rename"; }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    ++runs;
    return rewrite(graph, replace_old);
  }
  mutable int runs = 0;
};

Tensor wanting(const std::string& tag, const Tensor& x, std::vector<const Pass*> passes) {
  Toy operation;
  operation.tag = tag;
  operation.passes = std::move(passes);
  return apply(operation, {x});
}

TEST(Optimize, RunsEachRequiredPassOnceAndMergesAround) {
  const Rename rename;
  const Tensor x = input({4});
  const Graph graph{{wanting("old", x, {&rename}), wanting("old", x, {&rename}),
                     wanting("other", x, {&rename}), toy("new", {x})},
                    {}};
  const Graph result = optimize(graph);
  EXPECT_EQ(rename.runs, 1);
  EXPECT_EQ(tag_of(result.outputs[0]), "new");
  EXPECT_TRUE(result.outputs[0].is(result.outputs[1]));
  EXPECT_TRUE(result.outputs[0].is(result.outputs[3])) << "equal nodes are merged after a pass";
}

TEST(Optimize, LeavesOutDisabledPasses) {
  const Rename rename;
  const Graph graph{{wanting("old", input({4}), {&rename})}, {}};
  const std::string_view disabled[] = {"rename"};
  EXPECT_EQ(tag_of(optimize(graph, disabled).outputs[0]), "old");
  EXPECT_EQ(rename.runs, 0);
}

TEST(Tensor, RefusesWhatIsNull) {
  const Tensor null;
  EXPECT_FALSE(null);
  EXPECT_THROW((void)null.spec(), InvalidArgument);
  EXPECT_THROW((void)toy("f", {input({4}), null}), InvalidArgument);
}

TEST(Assign, TakesParametersAndStatesOfTheSameSpec) {
  const Tensor w = parameter({4}, {}, "w");
  const Tensor y = toy("f", {w});
  EXPECT_TRUE(assign(w, y).target.is(w));
  EXPECT_THROW((void)assign(input({4}), y), InvalidArgument);
  EXPECT_THROW((void)assign(y, y), InvalidArgument);
  EXPECT_THROW((void)assign(w, input({5})), InvalidArgument);
  EXPECT_THROW((void)assign(w, input({4}, DType::u32)), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
