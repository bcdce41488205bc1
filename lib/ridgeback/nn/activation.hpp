// SPDX-License-Identifier: Apache-2.0
// Layers without parameters: activation functions, dropout, flatten.
#pragma once

#include "ridgeback/nn/module.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::nn {

/// An activation function by name: relu, gelu, silu, tanh, sigmoid, leaky_relu, softplus, hardtanh
/// or identity. Throws InvalidArgument, listing them, for another name.
class Activation : public StatelessModule {
 public:
  explicit Activation(std::string_view function);
  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  [[nodiscard]] Description describe() const override;
  [[nodiscard]] static std::vector<std::string> names();

 private:
  std::size_t function_;
};

class Relu final : public Activation {
 public:
  Relu() : Activation("relu") {}
};

class Gelu final : public Activation {
 public:
  Gelu() : Activation("gelu") {}
};

/// In training sets each value to 0 with probability `rate` and scales the others by 1/(1 - rate);
/// else the identity. Every step draws a new mask from the step parameters' seed and step number.
class Dropout final : public StatelessModule {
 public:
  explicit Dropout(float rate);
  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  [[nodiscard]] Description describe() const override;

 private:
  float rate_;
};

/// [batch, ...] to [batch, values].
class Flatten final : public StatelessModule {
 public:
  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  [[nodiscard]] Description describe() const override;
};

}  // namespace ridgeback::nn
