// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/executable.hpp"

#include "ridgeback/graph/copy.hpp"
#include "ridgeback/runtime/recording.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "memory/fill.h"

namespace ridgeback {
namespace {

// y = the word everywhere.
struct Fill final : OperationOf<Fill> {
  Fill(const Shape& to, std::uint32_t with) : shape(to), word(with) {}
  Shape shape;
  std::uint32_t word;
  bool operator==(const Fill&) const = default;
  [[nodiscard]] std::string_view name() const override { return "test_fill"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> /*in*/) const override {
    return {{shape, DType::u32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto count = static_cast<std::uint32_t>(shape.count());
    return {dispatch("fill", c)
                .write(0)
                .specialize(64)
                .push(shaders::FillParams{count, word})
                .linear_groups(ceil_div(count, 64))
                .cost(0, 4.0 * count)};
  }
};

const Device& device() {
  static const Device opened = Device::open();
  return opened;
}

std::vector<std::uint32_t> words(std::size_t count, std::uint32_t word) {
  return std::vector<std::uint32_t>(count, word);
}

Init filled(float value) {
  return [value](std::span<float> v, const Shape& /*s*/) { std::fill(v.begin(), v.end(), value); };
}

TEST(Executable, RunsALaunchAndReadsItBack) {
  const Tensor y = apply(Fill({1000}, 7), {});
  Executable step = compile(device(), {y});
  step.run();
  EXPECT_EQ(step.get<std::uint32_t>(y), words(1000, 7));
}

TEST(Executable, ReadsLargeOutputsToo) {
  const Tensor y = apply(Fill({1 << 18}, 9), {});
  Executable step = compile(device(), {y});
  step.run();
  EXPECT_EQ(step.get<std::uint32_t>(y), words(1 << 18, 9));
}

TEST(Executable, InputsKeepTheirValuesBetweenRuns) {
  const Tensor x = input({5}, DType::u32);
  const Tensor y = copy(x);
  Executable step = compile(device(), {y});
  step.run();
  EXPECT_EQ(step.get<std::uint32_t>(y), words(5, 0)) << "an input that was never set is zeros";
  step.set(x, words(5, 3));
  step.run();
  step.run();
  EXPECT_EQ(step.get<std::uint32_t>(y), words(5, 3));
}

TEST(Executable, RefusesWrongInputsAndOutputs) {
  const Tensor x = input({5}, DType::u32);
  const Tensor other = input({5}, DType::u32);
  const Tensor y = copy(x);
  Executable step = compile(device(), {y});
  EXPECT_THROW((void)step.get<float>(y), InvalidArgument) << "before the first run";
  EXPECT_THROW(step.set(other, words(5, 0)), InvalidArgument);
  EXPECT_THROW(step.set(x, words(4, 0)), InvalidArgument);
  step.run();
  EXPECT_THROW((void)step.get<float>(x), InvalidArgument);
}

TEST(Executable, ParametersAreSharedBetweenExecutables) {
  const Tensor w = parameter({3}, filled(1));
  const Tensor x = input({3});
  const Tensor seen = copy(w);
  Executable reader = compile(device(), {seen});
  Executable writer = compile(device(), {}, {assign(w, x)});
  EXPECT_EQ(device().read<float>(w), (std::vector<float>{1, 1, 1}));
  writer.set(x, std::vector<float>{4, 5, 6});
  writer.run();
  EXPECT_EQ(device().read<float>(w), (std::vector<float>{4, 5, 6}));
  reader.run();
  EXPECT_EQ(reader.get<float>(seen), (std::vector<float>{4, 5, 6}));
}

TEST(Executable, AssignmentsSwapFromOneReadingOfTheState) {
  const Tensor a = parameter({4}, filled(1));
  const Tensor b = parameter({4}, filled(2));
  Executable swap = compile(device(), {}, {assign(a, b), assign(b, a)});
  swap.run();
  EXPECT_EQ(device().read<float>(a), std::vector<float>(4, 2));
  EXPECT_EQ(device().read<float>(b), std::vector<float>(4, 1));
}

TEST(Executable, AnOutputIsTheValueBeforeTheUpdate) {
  const Tensor a = parameter({4}, filled(1));
  const Tensor x = input({4});
  Executable step = compile(device(), {a}, {assign(a, x)});
  step.set(x, std::vector<float>(4, 8));
  step.run();
  EXPECT_EQ(step.get<float>(a), std::vector<float>(4, 1));
  EXPECT_EQ(device().read<float>(a), std::vector<float>(4, 8));
}

TEST(Executable, StepParamsReachTheDevice) {
  const Tensor y = copy(step_params());
  Executable step = compile(device(), {y});
  StepParams params;
  params.step = 41;
  for (int i = 0; i < 3; ++i) {
    ++params.step;
    step.run(params);
    EXPECT_EQ(step.get<std::uint32_t>(y)[0], params.step);
  }
}

TEST(Executable, ProfilesEveryLaunch) {
  CompileOptions options;
  options.profile = true;
  const Tensor y = copy(apply(Fill({1000}, 7), {}));
  Executable step = compile(device(), {y}, {}, options);
  step.run();
  const Profile profile = step.profile();
  ASSERT_EQ(profile.entries.size(), 2U);
  EXPECT_EQ(profile.entries[0].label, "test_fill");
  EXPECT_EQ(profile.entries[1].label, "copy");
  // The times are differences of whole ticks in microseconds: the sum may round above the start.
  constexpr double kRounding_us = 1e-3;
  EXPECT_GE(profile.entries[1].start_us + kRounding_us,
            profile.entries[0].start_us + profile.entries[0].us);
  EXPECT_NE(profile.table().find("test_fill"), std::string::npos);
}

TEST(Executable, ASmallBudgetCutsTheStepIntoSubmissions) {
  CompileOptions options;
  options.submission_budget_ms = 0.01;
  const Tensor y = apply(Fill({100000}, 5), {});
  Executable step = compile(device(), {y}, {}, options);
  EXPECT_GT(step.submissions(), 2U);  // how many depends on the class of the device
  step.run();
  EXPECT_EQ(step.get<std::uint32_t>(y), words(100000, 5));
}

TEST(Executable, EmptyTensorsNeedNoLaunch) {
  const Tensor x = input({0, 3});
  const Tensor y = copy(x);
  Executable step = compile(device(), {y});
  step.run();
  EXPECT_TRUE(step.get<float>(y).empty());
}

TEST(Executable, RefusesWhatCannotFit) {
  std::vector<Tensor> outputs;
  for (std::uint32_t i = 0; i < 4096; ++i) outputs.push_back(apply(Fill({1 << 25}, i), {}));
  EXPECT_THROW((void)compile(device(), outputs), OutOfMemory);
  const Tensor wide = apply(Fill({std::int64_t{1} << 31}, 1), {});
  EXPECT_THROW((void)compile(device(), {wide}), Unsupported) << "more than a kernel can bind";
}

TEST(Segments, CoverEveryGroupOnce) {
  Program program;
  Launch launch;
  launch.dispatch.kernel = "k";
  launch.dispatch.groups(7, 100, 3).cost(1e9, 0);
  program.launches = {launch, launch};
  for (const double budget : {1e9, 1000.0, 10.0, 0.01}) {
    std::vector<std::uint64_t> covered(2, 0);
    for (const Segment& segment :
         cut_segments(program, DeviceClass::cpu, budget, {65535, 65535, 65535})) {
      for (const Slice& slice : segment) {
        covered[static_cast<std::size_t>(slice.launch)] +=
            std::uint64_t{slice.count[0]} * slice.count[1] * slice.count[2];
      }
    }
    EXPECT_EQ(covered, (std::vector<std::uint64_t>{2100, 2100})) << budget;
  }
  EXPECT_EQ(cut_segments(program, DeviceClass::cpu, 1e9, {65535, 65535, 65535}).size(), 1U);
  EXPECT_EQ(cut_segments(program, DeviceClass::cpu, 1e9, {4, 65535, 2})[0].size(), 8U);
}

TEST(NullTarget, PlansWithoutADevice) {
  const Program program = plan(null_target(), {apply(Fill({10}, 1), {})});
  ASSERT_EQ(program.launches.size(), 1U);
  EXPECT_EQ(program.launches[0].dispatch.kernel, "fill");
}

}  // namespace
}  // namespace ridgeback
