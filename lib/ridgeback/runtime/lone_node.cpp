// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/lone_node.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <set>
#include <span>

namespace ridgeback {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

// Padding of packed rows is zero, as kernels may expect.
std::vector<std::byte> drawn_bytes(const TensorSpec& spec) {
  Random random(1);
  const auto count = static_cast<std::size_t>(spec.shape.count());
  if (spec.dtype == DType::f32) {
    std::vector<float> values(count);
    for (float& value : values) value = random.uniform(-1, 1);
    return bytes_of(values);
  }
  if (!is_packed(spec.dtype)) return std::vector<std::byte>(static_cast<std::size_t>(spec.bytes()));
  const CodeRange range = code_range(spec.dtype);
  std::vector<std::int32_t> codes(count);
  for (std::int32_t& code : codes) {
    const auto span = static_cast<std::uint32_t>(range.highest - range.lowest + 1);
    code = static_cast<std::int32_t>(random.below(span)) + range.lowest;
    if (spec.dtype == DType::s1 && code == 0) code = 1;
  }
  const auto [rows, cols] = as_matrix(spec.shape);
  return bytes_of(pack(spec.dtype, codes, rows, cols));
}

double wall_ms() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Time of one run: of its launches alone where the device has timestamps.
double run_ms(Executable& executable) {
  const double before = wall_ms();
  executable.run({.step = 1, .learning_rate = 0.01F});
  const double waited = wall_ms() - before;
  const Profile profile = executable.profile();
  if (profile.entries.empty()) return waited;
  double us = 0;
  for (const ProfileEntry& entry : profile.entries) us += entry.us;
  return us * 1e-3;
}

template <class T>
std::vector<T> values_of(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  // Nothing may be copied to nowhere.
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

bool close(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i];
    const double y = b[i];
    if (std::isfinite(x) != std::isfinite(y)) return false;
    if (!std::isfinite(x)) continue;
    largest = std::max(largest, std::abs(x));
    worst = std::max(worst, std::abs(x - y));
  }
  return worst <= 1e-2 * largest;
}

// A value beside the threshold between two codes takes either, as sums before it were rounded.
bool close(DType type, const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  const std::int32_t next = type == DType::s1 ? 2 : 1;
  std::size_t moved = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::abs(a[i] - b[i]) > next) return false;
    if (a[i] != b[i]) ++moved;
  }
  return moved <= a.size() / 1000;
}

bool close(const TensorSpec& spec, const std::vector<std::byte>& a,
           const std::vector<std::byte>& b) {
  if (spec.dtype == DType::f32) return close(values_of<float>(a), values_of<float>(b));
  if (!is_packed(spec.dtype)) return a == b;
  const auto [rows, cols] = as_matrix(spec.shape);
  return close(spec.dtype, unpack(spec.dtype, values_of<std::uint32_t>(a), rows, cols),
               unpack(spec.dtype, values_of<std::uint32_t>(b), rows, cols));
}

}  // namespace

LoneNode lone_node(const Node& node) {
  LoneNode lone;
  std::vector<Tensor> inputs;
  std::vector<TensorSpec> specs;
  for (const Tensor& in : node.inputs) specs.push_back(in.spec());
  for (const Tensor& in : node.inputs) {
    const Source* source = as_source(in);
    const bool fixed = source != nullptr && (source->kind == Source::Kind::constant ||
                                             source->kind == Source::Kind::step_params);
    const std::size_t number = inputs.size();
    inputs.push_back(fixed ? in : input(in.shape(), in.dtype()));
    if (fixed) continue;
    const std::vector<std::int32_t> typical = in.dtype() == DType::i32
                                                  ? node.operation->typical_integers(specs, number)
                                                  : std::vector<std::int32_t>{};
    lone.values.emplace_back(inputs.back(),
                             typical.empty() ? drawn_bytes(in.spec()) : bytes_of(typical));
  }
  lone.outputs = apply_all(node.operation, inputs);
  return lone;
}

LoneTiming time_lone_node(const Device& device, const LoneNode& node,
                          const std::map<std::string, std::string>& tuned, int runs, double seconds,
                          double hopeless_ms) {
  CompileOptions options;
  options.tuned = tuned;
  options.profile = true;
  Executable executable = compile(device, node.outputs, {}, options);
  // What the operation does not read is no input of the graph.
  std::set<const Node*> used;
  for (const auto& kept : executable.program().nodes) used.insert(kept.get());
  for (const auto& [tensor, bytes] : node.values) {
    if (used.contains(&tensor.node())) executable.set_bytes(tensor, bytes);
  }
  static_cast<void>(run_ms(executable));
  LoneTiming timing;
  for (const Tensor& output : node.outputs) timing.results.push_back(executable.get_bytes(output));
  std::vector<double> times;
  double spent = 0;
  while (static_cast<int>(times.size()) < runs || spent < 1e3 * seconds) {
    times.push_back(run_ms(executable));
    spent += std::max(times.back(), 0.01);
    if (times.back() > hopeless_ms) break;
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  timing.ms = *middle;
  return timing;
}

bool agree(const LoneNode& node, const LoneTiming& a, const LoneTiming& b) {
  for (std::size_t i = 0; i < a.results.size(); ++i) {
    if (!close(node.outputs[i].spec(), a.results[i], b.results[i])) return false;
  }
  return true;
}

}  // namespace ridgeback
