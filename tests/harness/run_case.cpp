// SPDX-License-Identifier: Apache-2.0
#include "harness/run_case.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <optional>
#include <set>

#include "harness/device.hpp"
#include "harness/support.hpp"

namespace ridgeback::test {
namespace {

// Runs with equal bits, guards checked.
std::vector<Array> run_twice(Executable& step, const std::vector<Tensor>& outputs,
                             const std::vector<Tensor>& inputs, const std::vector<Array>& values,
                             const StepParams& params) {
  std::set<const Node*> used;
  for (const auto& node : topological_order(step.program().graph)) used.insert(node.get());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!used.contains(&inputs[i].node())) continue;
    step.set_bytes(inputs[i], encode(values[i], inputs[i].dtype()));
  }
  std::vector<std::vector<std::byte>> first;
  std::vector<Array> results;
  for (int repeat = 0; repeat < 2; ++repeat) {
    step.run(params);
    step.check_guards();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::vector<std::byte> bytes = step.get_bytes(outputs[i]);
      if (repeat == 0) {
        first.push_back(bytes);
        results.push_back(decode(outputs[i].spec(), bytes));
      } else {
        EXPECT_EQ(bytes, first[i]) << "a second run gives other bits, output " << i;
      }
    }
  }
  return results;
}

CompileOptions guarded(const Forced& forced) {
  CompileOptions options;
  options.guards = true;
  if (!forced.kernel.empty()) options.forced.emplace(forced.kernel, forced.variant);
  return options;
}

bool launches(const Program& program, const Forced& forced) {
  return std::ranges::any_of(program.launches, [&](const Launch& launch) {
    return launch.dispatch.kernel == forced.kernel && launch.dispatch.variant == forced.variant;
  });
}

std::set<std::string> kernels_of(const Program& program) {
  std::set<std::string> kernels;
  for (const Launch& launch : program.launches) {
    if (!launch.dispatch.kernel.empty()) kernels.insert(launch.dispatch.kernel);
  }
  return kernels;
}

void note_launches(const std::string& op, const std::vector<Tensor>& outputs,
                   const Forced& forced) {
  const Program program = plan(test_device().target(), outputs, {}, guarded(forced));
  for (const Launch& launch : program.launches) {
    if (!launch.dispatch.kernel.empty()) {
      note_support(op, launch.dispatch.kernel, launch.dispatch.variant);
    }
  }
}

// What a reference says in doubles, as a tensor of that spec can hold it where it must be exact.
Array expected(const Array& want, const TensorSpec& spec, const Tolerance& tolerance) {
  if (tolerance.relative > 0 || tolerance.absolute > 0 || !is_float(spec.dtype)) return want;
  return decode({want.shape, spec.dtype}, encode(want, spec.dtype));
}

void compare(const std::vector<Array>& got, const std::vector<Array>& want,
             const std::vector<Tensor>& outputs, const Tolerance& tolerance) {
  ASSERT_EQ(got.size(), want.size()) << "outputs of the graph and of the reference";
  for (std::size_t i = 0; i < got.size(); ++i) {
    const TensorSpec& spec = outputs[i].spec();
    EXPECT_TRUE(close(got[i], expected(want[i], spec, tolerance), tolerance)) << "output " << i;
  }
}

// A pair that InPlace promises and that this case can exercise: input `input` becomes a state, and
// output 0 is written over it.
std::optional<int> input_to_overwrite(const std::vector<Tensor>& outputs,
                                      const std::vector<Tensor>& inputs) {
  for (const InPlace& pair : outputs[0].operation().in_place()) {
    const Tensor& read = outputs[0].node().inputs[static_cast<std::size_t>(pair.input)];
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool fits = pair.output == outputs[0].output() && inputs[i].is(read) &&
                        read.spec() == outputs[0].spec() && read.spec().shape.count() > 0;
      if (fits) return static_cast<int>(i);
    }
  }
  return std::nullopt;
}

void check_in_place(const OpCase& op_case, const std::vector<Array>& values,
                    const std::vector<Array>& want, int overwritten) {
  SCOPED_TRACE(fmt::format("in place over input {}", overwritten));
  const auto at = static_cast<std::size_t>(overwritten);
  std::vector<Tensor> inputs = graph_inputs(op_case);
  inputs[at] = state(inputs[at].spec());
  const Tensor value = op_case.graph(inputs)[0];
  Executable step = compile(test_device(), {}, {assign(inputs[at], value)}, guarded({}));
  test_device().write_bytes(inputs[at], encode(values[at], inputs[at].dtype()));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i != at) step.set_bytes(inputs[i], encode(values[i], inputs[i].dtype()));
  }
  step.run(op_case.step);
  step.check_guards();
  const Array got = decode(value.spec(), test_device().read_bytes(inputs[at]));
  compare({got}, {want[0]}, {value}, op_case.tolerance);
}

}  // namespace

std::vector<Tensor> graph_inputs(const OpCase& op_case) {
  std::vector<Tensor> inputs;
  for (const Input& in : op_case.inputs) inputs.push_back(input(in.spec.shape, in.spec.dtype));
  return inputs;
}

std::vector<Array> draw_inputs(const OpCase& op_case) {
  std::vector<Array> values;
  for (const Input& in : op_case.inputs) values.push_back(in.draw(in.spec.shape));
  return values;
}

std::vector<Forced> choices(const std::vector<Tensor>& outputs) {
  std::vector<Forced> result{{}};
  const Target& target = test_device().target();
  const Program program = plan(target, outputs);
  for (const std::string& kernel : kernels_of(program)) {
    for (const std::string& variant : target.kernels.at(kernel)) {
      if (!launches(program, {kernel, variant})) result.push_back({kernel, variant});
    }
  }
  return result;
}

std::vector<std::vector<std::byte>> run_once(const std::vector<Tensor>& outputs,
                                             const std::vector<Tensor>& inputs,
                                             const std::vector<Array>& values,
                                             const Forced& forced) {
  Executable e = compile(test_device(), outputs, {}, guarded(forced));
  for (std::size_t i = 0; i < inputs.size(); ++i)
    e.set_bytes(inputs[i], encode(values[i], inputs[i].dtype()));
  e.run();
  e.check_guards();
  std::vector<std::vector<std::byte>> bytes;
  for (const Tensor& out : outputs) bytes.push_back(e.get_bytes(out));
  return bytes;
}

std::vector<Array> run_guarded(const std::vector<Tensor>& outputs,
                               const std::vector<Tensor>& inputs, const std::vector<Array>& values,
                               const StepParams& step, const Forced& forced) {
  std::optional<Executable> compiled;
  try {
    compiled = compile(test_device(), outputs, {}, guarded(forced));
  } catch (const Unsupported&) {
    if (forced.kernel.empty()) throw;
    return {};
  }
  if (!forced.kernel.empty() && !launches(compiled->program(), forced)) return {};
  return run_twice(*compiled, outputs, inputs, values, step);
}

void check_tiles(const OpCase& op_case, std::string_view what,
                 const std::map<std::string, std::string>& also) {
  const std::vector<Tensor> inputs = graph_inputs(op_case);
  const std::vector<Array> values = draw_inputs(op_case);
  const std::vector<Tensor> outputs = op_case.graph(inputs);
  const std::vector<Array> want = op_case.reference(values);
  std::set<std::pair<std::string, std::string>> choices;
  const Program program = plan(test_device().target(), outputs, {}, {.forced = also});
  for (const Launch& launch : program.launches) {
    for (const Choice& choice : launch.dispatch.choices) {
      if (choice.what == "variant" || (!what.empty() && choice.what != what)) continue;
      for (const std::string& option : choice.options)
        choices.emplace(fmt::format("{}/{}", choice.kernel, choice.what), option);
    }
  }
  EXPECT_GT(choices.size(), 1U) << "there is nothing to choose";
  for (const auto& [point, option] : choices) {
    SCOPED_TRACE(fmt::format("{} {}", point, option));
    CompileOptions options = guarded({point, option});
    options.forced.insert(also.begin(), also.end());
    Executable step = compile(test_device(), outputs, {}, options);
    compare(run_twice(step, outputs, inputs, values, op_case.step), want, outputs,
            op_case.tolerance);
  }
}

void check_values(const std::string& op, const std::string& /*name*/, const OpCase& op_case) {
  const std::vector<Tensor> inputs = graph_inputs(op_case);
  const std::vector<Array> values = draw_inputs(op_case);
  const std::vector<Tensor> outputs = op_case.graph(inputs);
  const std::vector<Array> want = op_case.reference(values);
  for (const Forced& forced : choices(outputs)) {
    SCOPED_TRACE(forced.kernel.empty() ? "default variants"
                                       : fmt::format("{}:{}", forced.kernel, forced.variant));
    const std::vector<Array> got = run_guarded(outputs, inputs, values, op_case.step, forced);
    if (got.empty() && !forced.kernel.empty()) continue;
    compare(got, want, outputs, op_case.tolerance);
    note_launches(op, outputs, forced);
  }
  if (const auto over = input_to_overwrite(outputs, inputs)) {
    check_in_place(op_case, values, want, *over);
  }
}

}  // namespace ridgeback::test
