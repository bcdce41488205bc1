// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/verify.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/graph/source.hpp"

#include <gtest/gtest.h>

#include "reference/toy.hpp"

namespace ridgeback::test {
namespace {

// A node that no apply() would make.
Tensor forged(std::vector<Tensor> inputs, std::vector<TensorSpec> outputs) {
  auto node = std::make_shared<Node>();
  Toy operation;
  operation.tag = "forged";
  node->operation = std::make_shared<const Toy>(operation);
  node->inputs = std::move(inputs);
  node->outputs = std::move(outputs);
  return {node, 0};
}

void expect_refused(const Graph& graph, const std::string& part) {
  try {
    verify(graph);
    ADD_FAILURE() << "accepted, expected: " << part;
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Verify, AcceptsWhatWasBuiltByTheRules) {
  const Tensor w = state({{4}, DType::f32}, "w");
  EXPECT_NO_THROW(verify({{toy("f", {w, input({4})})}, {{w, toy("g", {w})}}}));
  EXPECT_NO_THROW(verify({}));
}

TEST(Verify, NamesWhatIsWrong) {
  const Tensor x = input({4});
  const TensorSpec right{{4}, DType::f32};
  expect_refused({{forged({x}, {{{5}, DType::f32}})}, {}}, "toy records other specs");
  expect_refused({{forged({x}, {right, right})}, {}}, "toy records other specs");
  expect_refused({{forged({Tensor(x.node_handle(), 3)}, {right})}, {}}, "reads output 3 of input");
  expect_refused({{forged({Tensor(x.node_handle(), -1)}, {right})}, {}}, "reads output -1");
  expect_refused({{Tensor{}}, {}}, "null output");
}

TEST(Verify, RefusesNullInputs) {
  expect_refused({{forged({Tensor{}}, {{{4}, DType::f32}})}, {}}, "null input");
}

TEST(Verify, RefusesBadAssignments) {
  const Tensor w = state({{4}, DType::f32}, "w");
  const Tensor x = input({4});
  expect_refused({{}, {{w, x}, {w, toy("f", {x})}}}, "'w' is assigned twice");
  expect_refused({{}, {{x, x}}}, "must be a parameter or a state");
  expect_refused({{}, {{w, input({5})}}}, "takes f32[4]");
}

TEST(Dump, IsStableText) {
  const auto build = [] {
    const Tensor x = input({4}, DType::f32, "x");
    const Tensor w = parameter({4}, {}, "w");
    const Tensor next = toy("step", {w, toy("f", {x})}, {0});
    return Graph{{next}, {{w, next}}};
  };
  EXPECT_EQ(dump(build()),
            "%0 = parameter() {w} : f32[4]\n"
            "%1 = input() {x} : f32[4]\n"
            "%2 = toy(%1) {f} : f32[4]\n"
            "%3 = toy(%0, %2) {step} : f32[4]\n"
            "output %3\n"
            "assign %0 <- %3\n");
  EXPECT_EQ(dump_dot(build()), dump_dot(build()));
  EXPECT_NE(dump_dot(build()).find("n2 -> n3;"), std::string::npos);
  EXPECT_EQ(dump(build_program(build(), toy_target())),
            "memory: 256 B temporaries in 1 arena(s), 16 B persistent, 288 B in all\n"
            "2 launches on 2 levels\n"
            "L0 toy = toy:baseline (variant baseline only) <64> groups 1x1x1 (s1:input "
            "s2:arena0+0) 0 flop 0 B\n"
            "L1 toy = toy:baseline (variant baseline only) <64> groups 1x1x1 (s0:parameter "
            "s2:arena0+0 s0:parameter) 0 flop "
            "0 B\n");
}

TEST(Dump, NumbersOutputsWhereThereAreSeveral) {
  Toy operation;
  operation.tag = "pair";
  operation.outputs = 2;
  const auto pair = apply_all(std::make_shared<const Toy>(operation), {input({4})});
  EXPECT_NE(dump(Graph{{pair[1]}, {}}).find("output %1.1"), std::string::npos);
}

TEST(BytesText, PicksTheUnit) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text(3.0 * (1 << 20)), "3.0 MiB");
}

}  // namespace
}  // namespace ridgeback::test
