// SPDX-License-Identifier: Apache-2.0
#include "harness/op_case.hpp"

#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <set>
#include <utility>

#include "harness/device.hpp"
#include "harness/run_case.hpp"

namespace ridgeback::test {
namespace {

std::vector<OpCases*>& all_op_cases() {
  static std::vector<OpCases*> all;
  return all;
}

using Check = void (*)(const std::string& op, const std::string& name, const OpCase& op_case);

class CaseTest final : public testing::Test {
 public:
  CaseTest(std::string op, std::string name, const OpCase& op_case, Check check)
      : op_(std::move(op)), name_(std::move(name)), case_(op_case), check_(check) {}
  void TestBody() override { check_(op_, name_, case_); }

 private:
  std::string op_;
  std::string name_;
  const OpCase& case_;
  Check check_;
};

std::string identifier(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

// The harness leaves out a forced variant that the operation does not offer for a shape. No usable
// variant may be left out by all cases, or nobody would notice that it is never run.
class EveryVariantTest final : public testing::Test {
 public:
  void TestBody() override {
    const Target& target = test_device().target();
    std::set<std::pair<std::string, std::string>> offered;
    for (const OpCases* op_cases : all_op_cases()) {
      for (const OpCase& op_case : op_cases->cases()) {
        if (!op_case.bench_only) note_offers(op_case, target, offered);
      }
    }
    std::set<std::string> kernels;
    for (const auto& [kernel, variant] : offered) kernels.insert(kernel);
    for (const std::string& kernel : kernels) {
      for (const std::string& variant : target.kernels.at(kernel)) {
        EXPECT_TRUE(offered.contains({kernel, variant}))
            << kernel << ":" << variant << " is usable here, but no case runs it";
      }
    }
  }

 private:
  static void note_offers(const OpCase& op_case, const Target& target,
                          std::set<std::pair<std::string, std::string>>& offered) {
    const std::vector<Tensor> outputs = op_case.graph(graph_inputs(op_case));
    for (const Forced& forced : choices(outputs)) {
      if (offered.contains({forced.kernel, forced.variant})) continue;
      CompileOptions options;
      if (!forced.kernel.empty()) options.forced.emplace(forced.kernel, forced.variant);
      const Program program = plan(target, outputs, {}, options);
      for (const Launch& launch : program.launches) {
        if (launch.dispatch.kernel.empty()) continue;
        offered.emplace(launch.dispatch.kernel, launch.dispatch.variant);
      }
    }
  }
};

void register_one(const std::string& op, const std::string& name, const OpCase& op_case,
                  const char* aspect, Check check) {
  testing::RegisterTest(identifier(op).c_str(), fmt::format("{}_{}", name, aspect).c_str(), nullptr,
                        nullptr, __FILE__, __LINE__, [=, &op_case]() -> testing::Test* {
                          return new CaseTest(op, name, op_case, check);
                        });
}

}  // namespace

OpCases::OpCases(std::string_view op) : op_(op) {
  all_op_cases().push_back(this);
}

const std::vector<OpCases*>& op_cases() {
  return all_op_cases();
}

std::string case_name(const OpCase& op_case, std::size_t index) {
  std::string name = fmt::format("{}", index);
  if (!op_case.label.empty()) return name + "_" + identifier(op_case.label);
  for (const Input& input : op_case.inputs) {
    name += '_';
    for (const std::int64_t extent : input.spec.shape.extents()) name += fmt::format("{}x", extent);
    if (input.spec.shape.rank() > 0) name.back() = '_';
    name += ridgeback::name(input.spec.dtype);
  }
  return name;
}

void register_op_cases() {
  if (!all_op_cases().empty() && !bench_mode()) {
    testing::RegisterTest("Variants", "EveryUsableOneHasACase", nullptr, nullptr, __FILE__,
                          __LINE__, []() -> testing::Test* { return new EveryVariantTest; });
  }
  for (OpCases* op_cases : all_op_cases()) {
    op_cases->list();
    const std::vector<OpCase>& cases = op_cases->cases();
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const std::string name = case_name(cases[i], i);
      if (bench_mode()) {
        if (cases[i].bytes + cases[i].flops <= 0) continue;
        register_one(op_cases->op(), name, cases[i], "time", time_case);
        continue;
      }
      if (cases[i].bench_only) continue;
      register_one(op_cases->op(), name, cases[i], "values", check_values);
      if (cases[i].gradient) {
        register_one(op_cases->op(), name, cases[i], "gradient", check_gradient);
      }
    }
  }
}

}  // namespace ridgeback::test
