// SPDX-License-Identifier: Apache-2.0
// Operations without a meaning, for tests of what the graph does with any operation.
#pragma once

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/target.hpp"

#include <string>
#include <utility>
#include <vector>

namespace ridgeback::test {

/// Reads all inputs and writes `outputs` tensors of `shape`. With two launches the first one writes
/// scratch that the second one reads.
struct Toy final : OperationOf<Toy> {
  std::string tag;
  Shape shape{4};
  int outputs = 1;
  int launches = 1;
  std::vector<int> over;  ///< inputs that output 0 may be written over
  bool alias = false;     ///< output 0 is input 0
  std::vector<const Pass*> passes;

  bool operator==(const Toy& other) const {
    return tag == other.tag && shape == other.shape && outputs == other.outputs &&
           launches == other.launches && alias == other.alias;
  }
  [[nodiscard]] std::string_view name() const override { return alias ? "toy_alias" : "toy"; }
  [[nodiscard]] std::string attributes() const override { return tag; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> /*in*/) const override {
    return std::vector<TensorSpec>(static_cast<std::size_t>(outputs), {shape, DType::f32});
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    std::vector<Dispatch> result;
    for (int i = 0; i < launches; ++i) {
      Dispatch launch = dispatch("toy", c).specialize(64);
      for (int in = 0; in < static_cast<int>(c.in.size()); ++in) launch.read(in);
      if (i > 0) launch.read_scratch(0, 400);
      if (i + 1 < launches) launch.write_scratch(0, 400);
      for (int out = 0; i + 1 == launches && out < outputs; ++out) launch.write(out);
      result.push_back(launch);
    }
    return result;
  }
  [[nodiscard]] std::optional<int> alias_of() const override {
    return alias ? std::optional<int>(0) : std::nullopt;
  }
  [[nodiscard]] std::vector<InPlace> in_place() const override {
    std::vector<InPlace> pairs;
    for (const int input : over) pairs.push_back({0, input});
    return pairs;
  }
  [[nodiscard]] std::vector<const Pass*> required_passes() const override { return passes; }
};

/// One output of the first input's shape.
[[nodiscard]] inline Tensor toy(std::string tag, std::vector<Tensor> inputs,
                                std::vector<int> over = {}) {
  Toy operation;
  operation.tag = std::move(tag);
  operation.over = std::move(over);
  if (!inputs.empty()) operation.shape = inputs[0].shape();
  return apply(operation, std::move(inputs));
}

[[nodiscard]] inline Tensor toy_alias(const Tensor& x) {
  Toy operation;
  operation.shape = x.shape();
  operation.alias = true;
  return apply(operation, {x});
}

[[nodiscard]] inline Target toy_target() {
  Target target;
  target.kernels["toy"] = {"baseline"};
  return target;
}

}  // namespace ridgeback::test
