// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/run_case.hpp"

namespace ridgeback::test {
namespace {

// Elements of each input that are differenced; all of them in a small input.
constexpr std::int64_t most_probes = 48;

double weighted_sum(const std::vector<Array>& outputs, const std::vector<Array>& weights) {
  double sum = 0;
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    for (std::int64_t i = 0; i < outputs[o].count(); ++i) sum += outputs[o][i] * weights[o][i];
  }
  return sum;
}

// The graph's dL/d input for every f32 input, with L = sum over outputs of sum(y * weight).
struct GradientGraph {
  std::vector<Tensor> inputs;
  std::vector<Tensor> weights;
  std::vector<Tensor> grads;       // null where an input has no influence
  std::vector<std::size_t> wrt;    // which input each belongs to
  std::vector<std::size_t> which;  // outputs that have a weight
};

GradientGraph gradient_graph(const OpCase& op_case) {
  GradientGraph graph;
  graph.inputs = graph_inputs(op_case);
  const std::vector<Tensor> outputs = op_case.graph(graph.inputs);
  std::vector<Tensor> differentiated;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    if (graph.inputs[i].dtype() != DType::f32) continue;
    graph.wrt.push_back(i);
    differentiated.push_back(graph.inputs[i]);
  }
  graph.grads.resize(differentiated.size());
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    graph.weights.push_back(input(outputs[o].shape()));
    if (outputs[o].dtype() != DType::f32) continue;
    const std::vector<Tensor> grads = gradient(outputs[o] * graph.weights[o], differentiated);
    for (std::size_t i = 0; i < grads.size(); ++i) {
      if (!grads[i]) continue;
      graph.grads[i] = graph.grads[i] ? graph.grads[i] + grads[i] : grads[i];
    }
  }
  return graph;
}

// Positions to probe: all, or spread over the input by a fixed stride that is odd.
std::vector<std::int64_t> probes(std::int64_t count) {
  std::vector<std::int64_t> at;
  const std::int64_t stride = count <= most_probes ? 1 : (count / most_probes) | 1;
  for (std::int64_t i = 0; i < count; i += stride) at.push_back(i);
  return at;
}

// (L(x + h) - L(x - h)) / 2h for each probe.
Array differences(const ReferenceFunction& reference, std::vector<Array> values,
                  const std::vector<Array>& weights, std::size_t which,
                  const std::vector<std::int64_t>& at) {
  Array result(Shape{static_cast<std::int64_t>(at.size())});
  for (std::size_t p = 0; p < at.size(); ++p) {
    double& x = values[which][at[p]];
    const double before = x;
    const double h = 1e-5 * std::max(1.0, std::abs(before));
    x = before + h;
    const double above = weighted_sum(reference(values), weights);
    x = before - h;
    const double below = weighted_sum(reference(values), weights);
    x = before;
    result.values[p] = (above - below) / (2 * h);
  }
  return result;
}

Array pick(const Array& from, const std::vector<std::int64_t>& at) {
  Array result(Shape{static_cast<std::int64_t>(at.size())});
  for (std::size_t p = 0; p < at.size(); ++p) result.values[p] = from[at[p]];
  return result;
}

}  // namespace

void check_gradient(const std::string& /*op*/, const std::string& /*name*/, const OpCase& op_case) {
  const GradientGraph graph = gradient_graph(op_case);
  std::vector<Array> values = draw_inputs(op_case);
  std::vector<Tensor> sources = graph.inputs;
  std::vector<Array> source_values = values;
  std::vector<Array> weights;
  for (std::size_t o = 0; o < graph.weights.size(); ++o) {
    weights.push_back(
        off_zero(graph.weights[o].shape(), 0.5, 1.5, 1000 + o).draw(graph.weights[o].shape()));
    sources.push_back(graph.weights[o]);
    source_values.push_back(weights.back());
  }
  const ReferenceFunction& reference = op_case.surrogate ? op_case.surrogate : op_case.reference;
  // Outputs that are not f32 have no gradient and must not count in the differences either.
  const std::vector<Tensor> outputs = op_case.graph(graph.inputs);
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    if (outputs[o].dtype() != DType::f32) std::ranges::fill(weights[o].values, 0.0);
  }

  std::vector<Tensor> present;
  for (const Tensor& grad : graph.grads) {
    if (grad) present.push_back(grad);
  }
  ASSERT_FALSE(present.empty()) << "no input has a gradient";
  std::vector<std::vector<std::int64_t>> at;
  std::vector<Array> want;
  for (const std::size_t i : graph.wrt) {
    at.push_back(probes(values[i].count()));
    want.push_back(differences(reference, values, weights, i, at.back()));
  }
  for (const Forced& forced : choices(present)) {
    SCOPED_TRACE(forced.kernel.empty() ? "default variants"
                                       : fmt::format("{}:{}", forced.kernel, forced.variant));
    const std::vector<Array> got =
        run_guarded(present, sources, source_values, op_case.step, forced);
    if (got.empty() && !forced.kernel.empty()) continue;
    std::size_t next = 0;
    for (std::size_t i = 0; i < graph.grads.size(); ++i) {
      SCOPED_TRACE(fmt::format("input {}", graph.wrt[i]));
      const Array grad = graph.grads[i] ? pick(got[next++], at[i]) : Array(want[i].shape);
      EXPECT_TRUE(close(grad, want[i], {op_case.gradient_tolerance, 1e-7}));
    }
  }
}

}  // namespace ridgeback::test
