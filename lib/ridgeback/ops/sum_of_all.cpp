// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/sum_of_all.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/layout.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "reduce/sum_of_all.h"

namespace ridgeback {
namespace {

constexpr std::size_t most_buffers = 7;  // of a launch: one binding is that of the sums

std::uint32_t u32(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

// How the values of all inputs are cut into tasks, and those into work groups.
struct Cut {
  std::int64_t segment = 4;      // values of a task
  std::uint32_t local = 1;       // invocations of a work group
  std::int64_t group_tasks = 1;  // tasks of a work group

  [[nodiscard]] std::int64_t tasks(std::int64_t values) const {
    return round_up(ceil_div(values, segment), group_tasks);
  }
};

Cut cut_of(const Target& target, std::string_view variant, std::int64_t values) {
  // A CPU driver hands whole groups to its threads.
  constexpr std::uint32_t cpu_local = 8, gpu_local = 128;
  const std::int64_t wanted = target.is_cpu() ? 1024 : 4096;
  const std::int64_t shortest = target.is_cpu() ? 256 : 4 * gpu_local;
  Cut cut;
  cut.segment = std::max(shortest, round_up(ceil_div(values, wanted), 4));
  cut.local = target.is_cpu() ? cpu_local : gpu_local;
  cut.group_tasks = variant == "baseline" ? 1 : cut.local;
  return cut;
}

Dispatch sum_dispatch(const LowerContext& c) {
  return dispatch("sum_of_all", c,
                  c.target.is_cpu() ? std::vector<std::string>{"wide", "serial", "baseline"}
                                    : std::vector<std::string>{"baseline", "serial", "wide"});
}

void lay_out(Dispatch& launch, const Cut& cut, const shaders::SumOfAllParams& params) {
  launch.specialize(cut.local);
  if (launch.variant == "baseline") launch.specialize(cut.local);
  launch.push(params).linear_groups(std::max<std::int64_t>(params.ends[6] / cut.group_tasks, 1));
}

}  // namespace

namespace ops {

std::string SumOfAll::attributes() const {
  std::string kinds;
  for (const bool square : squared) kinds += square ? "2" : "1";
  return "powers=" + kinds;
}

std::vector<TensorSpec> SumOfAll::infer(std::span<const TensorSpec> in) const {
  require(!in.empty() && in.size() == squared.size(), "sum_of_all: one power a summand");
  for (const TensorSpec& spec : in) {
    require(spec.dtype == DType::f32,
            fmt::format("sum_of_all: summands must be f32 (got {})", spec.text()));
  }
  return {{Shape{}, DType::f32}};
}

// The sums of the tasks of all inputs in scratch, then the sum of those.
std::vector<Dispatch> SumOfAll::lower(const LowerContext& c) const {
  std::int64_t values = 0;
  for (const TensorSpec& spec : c.in) values += spec.shape.count();
  const Cut cut = cut_of(c.target, sum_dispatch(c).variant, values);
  std::int64_t all_tasks = 0;
  for (const TensorSpec& spec : c.in) all_tasks += cut.tasks(spec.shape.count());
  const std::int64_t scratch = 4 * std::max<std::int64_t>(all_tasks, 1);

  std::vector<Dispatch> launches;
  std::int64_t done = 0;
  for (std::size_t first = 0; first < c.in.size(); first += most_buffers) {
    Dispatch launch = sum_dispatch(c);
    shaders::SumOfAllParams params{};
    std::int64_t tasks = 0, read = 0;
    for (std::size_t i = 0; i < most_buffers; ++i) {
      const bool used = first + i < c.in.size();
      const std::size_t input = used ? first + i : first;
      const std::int64_t count = used ? c.in[input].shape.count() : 0;
      tasks += cut.tasks(count);
      read += count;
      params.counts[i] = u32(count);
      params.ends[i] = u32(tasks);
      if (used && squared[input]) params.squared |= 1U << i;
      launch.read(static_cast<int>(input));
    }
    params.segment = u32(cut.segment);
    params.first = u32(done);
    params.written = u32(tasks);
    done += tasks;
    if (tasks == 0) continue;
    lay_out(launch, cut, params);
    launches.push_back(launch.write_scratch(0, scratch)
                           .cost(2.0 * static_cast<double>(read), 4.0 * static_cast<double>(read)));
  }
  Dispatch last = sum_dispatch(c);
  for (std::size_t i = 0; i < most_buffers; ++i)
    all_tasks > 0 ? last.read_scratch(0, scratch) : last.read(0);
  shaders::SumOfAllParams params{};
  params.counts[0] = u32(all_tasks);
  std::fill(std::begin(params.ends), std::end(params.ends), u32(cut.group_tasks));
  params.segment = u32(std::max<std::int64_t>(round_up(all_tasks, 4), 4));
  params.written = 1;
  lay_out(last, cut, params);
  launches.push_back(
      last.write(0).cost(static_cast<double>(all_tasks), 4.0 * static_cast<double>(all_tasks)));
  return launches;
}

std::vector<Tensor> SumOfAll::gradient(const GradientContext& g) const {
  std::vector<Tensor> grads;
  for (std::size_t i = 0; i < g.inputs.size(); ++i) {
    const Tensor& x = g.inputs[i];
    grads.push_back(squared[i] ? x * (g.grads[0] * 2.0F) : broadcast_to(g.grads[0], x.shape()));
  }
  return grads;
}

}  // namespace ops

Tensor sum_of_all(std::span<const Summand> summands) {
  if (summands.empty()) return zeros({});
  ops::SumOfAll operation;
  std::vector<Tensor> inputs;
  for (const Summand& summand : summands) {
    require(static_cast<bool>(summand.values), "sum_of_all: a summand is null");
    operation.squared.push_back(summand.squared);
    inputs.push_back(summand.values);
  }
  return apply(std::move(operation), std::move(inputs));
}

}  // namespace ridgeback
