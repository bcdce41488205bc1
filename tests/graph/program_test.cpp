// SPDX-License-Identifier: Apache-2.0
// Lowered graphs mean what the graph means: assignments by hand and at random, levels, storages.
#include "ridgeback/graph/program.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/graph/place_updates.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "reference/simulate.hpp"
#include "reference/toy.hpp"

namespace ridgeback::test {
namespace {

Tensor small_state(const std::string& label) {
  return state({{4}, DType::f32}, label);
}

int count_launches(const Program& program, std::string_view label) {
  return static_cast<int>(std::ranges::count(program.launches, label, &Launch::label));
}

// Builds, runs in several orders and compares with what the graph means.
Program checked_program(const Graph& graph, const Target& target = toy_target()) {
  const Program program = build_program(graph, target);
  std::vector<Tensor> targets;
  for (const Assignment& update : graph.updates) targets.push_back(update.target);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Simulation run = simulate(program, targets, seed);
    EXPECT_EQ(run.conflicts, std::vector<std::string>{}) << dump(program);
    EXPECT_EQ(run.values, meaning(graph)) << dump(graph) << dump(program);
  }
  return program;
}

TEST(PlaceUpdates, WritesInPlaceWhereTheOperationAllowsIt) {
  const Tensor w = small_state("w");
  const Program program = checked_program({{}, {{w, toy("step", {w, input({4})}, {0})}}});
  EXPECT_EQ(program.launches.size(), 1U);
  EXPECT_EQ(program.temporary_bytes(), 0);
}

TEST(PlaceUpdates, WritesInPlaceWithoutPermissionWhereNobodyReadsTheTarget) {
  const Tensor w = small_state("w");
  const Program program = checked_program({{}, {{w, toy("init", {input({4})})}}});
  EXPECT_EQ(program.launches.size(), 1U);
  EXPECT_EQ(program.temporary_bytes(), 0);
}

TEST(PlaceUpdates, CopiesWhereTheOperationForbidsIt) {
  const Tensor w = small_state("w");
  const Program program = checked_program({{}, {{w, toy("step", {w})}}});
  EXPECT_EQ(count_launches(program, "copy"), 1);
}

TEST(PlaceUpdates, CopiesWhereAnAliasOfTheTargetIsReadByTheWriter) {
  const Tensor w = small_state("w");
  const Program program = checked_program({{}, {{w, toy("step", {toy_alias(w), w}, {1})}}});
  EXPECT_EQ(count_launches(program, "copy"), 1);
}

TEST(PlaceUpdates, WaitsForOtherReadersOfTheOldValue) {
  const Tensor w = small_state("w");
  const Tensor reader = toy("reader", {toy("slow", {input({4})}), toy_alias(w)});
  const Program program = checked_program({{reader}, {{w, toy("step", {w}, {0})}}});
  EXPECT_EQ(count_launches(program, "copy"), 0);
}

TEST(PlaceUpdates, CopiesWhereAReaderNeedsTheNewValue) {
  const Tensor w = small_state("w");
  const Tensor next = toy("step", {w}, {0});
  const Program program = checked_program({{toy("after", {next, w})}, {{w, next}}});
  EXPECT_EQ(count_launches(program, "copy"), 1);
}

TEST(PlaceUpdates, Swaps) {
  const Tensor a = small_state("a");
  const Tensor b = small_state("b");
  checked_program({{}, {{a, b}, {b, a}}});
  checked_program({{}, {{a, toy("f", {b})}, {b, toy("g", {a})}}});
  checked_program({{}, {{a, toy("f", {b}, {0})}, {b, toy("g", {a}, {0})}}});
}

TEST(PlaceUpdates, AssignsFromAStateThatIsUpdatedToo) {
  const Tensor a = small_state("a");
  const Tensor b = small_state("b");
  checked_program({{}, {{a, b}, {b, toy("step", {b}, {0})}}});
  checked_program({{}, {{b, toy("step", {b}, {0})}, {a, toy_alias(b)}}});
  checked_program({{}, {{a, a}}});
}

TEST(PlaceUpdates, KeepsAnOutputThatAnUpdateWouldOverwrite) {
  const Tensor w = small_state("w");
  const Tensor next = toy("step", {w}, {0});
  checked_program({{w, toy_alias(w), next}, {{w, next}}});
}

TEST(PlaceUpdates, AssignsOneValueTwice) {
  const Tensor a = small_state("a");
  const Tensor b = small_state("b");
  const Tensor value = toy("f", {a, b}, {0, 1});
  checked_program({{value}, {{a, value}, {b, value}}});
}

// A graph of random operations with random assignments among states.
Graph random_graph(Random& random) {
  const auto below = [&](std::size_t bound) {
    return random.below(static_cast<std::uint32_t>(bound));
  };
  std::vector<Tensor> states;
  for (std::size_t i = 0; i < 2 + below(3); ++i)
    states.push_back(small_state(fmt::format("s{}", i)));
  std::vector<Tensor> all = states;
  all.push_back(input({4}));
  const std::size_t operations = 3 + below(12);
  for (std::size_t i = 0; i < operations; ++i) {
    std::vector<Tensor> in;
    for (std::size_t k = 0; k < 1 + below(3); ++k) in.push_back(all[below(all.size())]);
    if (below(6) == 0) {
      all.push_back(toy_alias(in[0]));
      continue;
    }
    Toy operation;
    operation.tag = fmt::format("op{}", i);
    operation.shape = below(4) == 0 ? Shape{1 + static_cast<std::int64_t>(below(500))} : Shape{4};
    operation.outputs = 1 + static_cast<int>(below(2));
    operation.launches = 1 + static_cast<int>(below(3) == 0);
    for (int k = 0; operation.launches == 1 && k < static_cast<int>(in.size()); ++k) {
      if (below(2) == 0) operation.over.push_back(k);
    }
    for (const Tensor& out : apply_all(std::make_shared<const Toy>(operation), in)) {
      all.push_back(out);
    }
  }
  Graph graph;
  for (std::size_t i = 0; i < below(4); ++i) graph.outputs.push_back(all[below(all.size())]);
  for (const Tensor& target : states) {
    const Tensor value = all[below(all.size())];
    if (below(3) > 0 && value.spec() == target.spec()) graph.updates.push_back({target, value});
  }
  return graph;
}

TEST(Program, MeansWhatItsGraphMeansForRandomGraphs) {
  Random random(2024);
  for (int i = 0; i < 3000 && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(fmt::format("graph {}", i));
    Target target = toy_target();
    if (i % 3 == 0) target.limits.max_allocation = 1024;  // several arenas
    checked_program(random_graph(random), target);
  }
}

TEST(Program, PutsIndependentLaunchesOnOneLevel) {
  const Tensor x = input({4});
  const Tensor a = toy("a", {x});
  const Tensor b = toy("b", {x});
  const Program program = checked_program({{toy("join", {a, b})}, {}});
  EXPECT_EQ(program.levels, 2);
  EXPECT_EQ(program.launches[0].level, 0);
  EXPECT_EQ(program.launches[1].level, 0);
  EXPECT_EQ(program.launches[2].level, 1);
}

TEST(Program, ReusesTheMemoryOfWhatIsNotNeededAnyMore) {
  Tensor x = toy("first", {input({1000})});
  for (int i = 0; i < 20; ++i) x = toy(fmt::format("{}", i), {x});
  const Program program = checked_program({{x}, {}});
  EXPECT_EQ(program.temporary_bytes(), 2 * 4096);
}

TEST(Program, CountsWhatLivesOutsideOfArenas) {
  const Tensor w = state({{100}, DType::f32}, "w");
  const std::vector<float> ten(10, 1.0F);
  const Tensor y = toy("y", {w, input({50}), constant({10}, ten)});
  const Program program = checked_program({{y}, {}});
  EXPECT_EQ(program.persistent_bytes(), 400);
  EXPECT_EQ(program.peak_bytes(), program.temporary_bytes() + 400 + 200 + 40);
}

TEST(Program, RefusesWhatTheDeviceCannotBind) {
  Target target = toy_target();
  target.limits.max_storage_range = 1000;
  try {
    (void)build_program({{toy("large", {input({251})})}, {}}, target);
    FAIL();
  } catch (const Unsupported& error) {
    EXPECT_NE(std::string(error.what()).find("toy"), std::string::npos) << error.what();
  }
  EXPECT_NO_THROW((void)build_program({{toy("fits", {input({250})})}, {}}, target));
}

TEST(Program, NamesAKernelThatIsMissing) {
  EXPECT_THROW((void)build_program({{toy("x", {input({4})})}, {}}, Target{}), Unsupported);
}

TEST(Program, IsTheSameForTheSameGraph) {
  const auto build = [] {
    Random random(7);
    return dump(build_program(random_graph(random), toy_target()));
  };
  EXPECT_EQ(build(), build());
}

}  // namespace
}  // namespace ridgeback::test
