// SPDX-License-Identifier: Apache-2.0
// What is done with one case. Each reports through GoogleTest's assertions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/op_case.hpp"

namespace ridgeback::test {

/// RIDGEBACK_TEST_BENCH=1: cases are timed instead of tested.
[[nodiscard]] bool bench_mode();

/// Every usable variant of every kernel in turn against the reference, guarded, twice, and in place
/// where the operation declares that.
void check_values(const std::string& op, const std::string& name, const OpCase& op_case);

/// Every option of what is chosen besides variants (tiles, parts), or of `what` alone, against the
/// reference, guarded; each with `also` forced.
void check_tiles(const OpCase& op_case, std::string_view what = {},
                 const std::map<std::string, std::string>& also = {});

/// The gradient of sum(y * random weights) against central differences of the reference.
void check_gradient(const std::string& op, const std::string& name, const OpCase& op_case);

/// Prints device time and rates of the default variant and of each other.
void time_case(const std::string& op, const std::string& name, const OpCase& op_case);

/// A kernel forced to a variant; both empty for the default choice.
struct Forced {
  std::string kernel;
  std::string variant;
};

/// The default choice, then every other usable variant of each kernel that it launches.
[[nodiscard]] std::vector<Forced> choices(const std::vector<Tensor>& outputs);

/// Source tensors of a case as inputs of a graph.
[[nodiscard]] std::vector<Tensor> graph_inputs(const OpCase& op_case);
[[nodiscard]] std::vector<Array> draw_inputs(const OpCase& op_case);

/// Compiles `outputs` with guards and the choice, runs it once and checks guards; the bytes of
/// each.
[[nodiscard]] std::vector<std::vector<std::byte>> run_once(const std::vector<Tensor>& outputs,
                                                           const std::vector<Tensor>& inputs,
                                                           const std::vector<Array>& values,
                                                           const Forced& forced);

/// Compiles `outputs` with guards and the choice, runs it twice, checks guards and that both runs
/// agree. Nothing where the operation cannot use that variant for these shapes.
[[nodiscard]] std::vector<Array> run_guarded(const std::vector<Tensor>& outputs,
                                             const std::vector<Tensor>& inputs,
                                             const std::vector<Array>& values,
                                             const StepParams& step, const Forced& forced);

}  // namespace ridgeback::test
