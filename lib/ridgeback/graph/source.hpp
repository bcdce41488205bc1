// SPDX-License-Identifier: Apache-2.0
// Leaves of the graph: inputs, parameters, states, constants and the step parameters.
#pragma once

#include "ridgeback/graph/operation.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ridgeback {

/// Fills the first value of a parameter; called once, on the host.
using Init = std::function<void(std::span<float> values, const Shape& shape)>;

/// A leaf. Inputs, parameters and states are what they are by identity: two of equal shape differ.
struct Source final : Operation {
  enum class Kind : std::uint8_t { input, parameter, state, constant, step_params };
  Kind kind = Kind::input;
  TensorSpec spec;
  std::string label;             ///< for messages and dumps; may be empty
  Init init;                     ///< parameters and states of type f32; zeros where empty
  std::vector<std::byte> bytes;  ///< constants

  [[nodiscard]] std::string_view name() const override;
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& context) const override;
  [[nodiscard]] bool same_as(const Operation& other) const override;
  [[nodiscard]] std::string attributes() const override;
};

/// The source behind a tensor, or nullptr.
[[nodiscard]] const Source* as_source(const Tensor& tensor);

/// A value that the caller sets before each run.
[[nodiscard]] Tensor input(const Shape& shape, DType dtype = DType::f32, std::string label = {});

/// A trainable value that lives on the device across runs and executables.
[[nodiscard]] Tensor parameter(const Shape& shape, Init init, std::string label = {});

/// As a parameter, but not trained: moments of an optimizer, running statistics. Zeros where `init`
/// is empty.
[[nodiscard]] Tensor state(const TensorSpec& spec, std::string label = {}, Init init = {});

/// Values known while building. Equal constants are merged. Throws InvalidArgument for a wrong
/// length.
[[nodiscard]] Tensor constant(const Shape& shape, std::span<const float> values);
[[nodiscard]] Tensor constant(float value);
[[nodiscard]] Tensor constant_bytes(const TensorSpec& spec, std::vector<std::byte> bytes);

/// The step parameters as u32[16] (graph/step_params.hpp); one tensor for all graphs.
[[nodiscard]] Tensor step_params();

}  // namespace ridgeback
