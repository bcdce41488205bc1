// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/core.h>
#include <limits>
#include <set>

#include "harness/device.hpp"
#include "harness/run_case.hpp"

namespace ridgeback::test {
namespace {

constexpr int timed_runs = 9;

double best_ms(Executable& executable, const StepParams& step) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < timed_runs; ++i) {
    executable.run(step);
    best = std::min(best, executable.device_ms());
  }
  return best;
}

std::string default_variants(const Program& program) {
  std::set<std::string> names;
  for (const Launch& launch : program.launches) {
    if (!launch.dispatch.kernel.empty()) {
      names.insert(launch.dispatch.kernel + ":" + launch.dispatch.variant);
    }
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text.empty() ? "(no kernel)" : text;
}

}  // namespace

bool bench_mode() {
  const char* const asked = std::getenv("RIDGEBACK_TEST_BENCH");
  return asked != nullptr && std::string_view(asked) == "1";
}

void time_case(const std::string& op, const std::string& name, const OpCase& op_case) {
  const std::vector<Tensor> inputs = graph_inputs(op_case);
  const std::vector<Array> values = draw_inputs(op_case);
  const std::vector<Tensor> outputs = op_case.graph(inputs);
  for (const Forced& forced : choices(outputs)) {
    CompileOptions options;
    if (!forced.kernel.empty()) options.forced.emplace(forced.kernel, forced.variant);
    try {
      Executable executable = compile(test_device(), outputs, {}, options);
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        executable.set_bytes(inputs[i], encode(values[i], inputs[i].dtype()));
      }
      const double ms = best_ms(executable, op_case.step);
      fmt::print("{:20} {:32} {:10.4f} ms {:8.2f} GB/s {:8.2f} Gop/s  {}\n", op, name, ms,
                 op_case.bytes / (ms * 1e6), op_case.flops / (ms * 1e6),
                 default_variants(executable.program()));
    } catch (const Unsupported&) {
      if (forced.kernel.empty()) throw;
    }
  }
}

}  // namespace ridgeback::test
