// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/activation.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/ops.hpp"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ridgeback::nn {
namespace {

struct Function {
  const char* name;
  Tensor (*apply)(const Tensor&);
};

const std::array<Function, 9> functions{
    {{"relu", [](const Tensor& x) { return relu(x); }},
     {"gelu", [](const Tensor& x) { return gelu(x); }},
     {"silu", [](const Tensor& x) { return silu(x); }},
     {"tanh", [](const Tensor& x) { return tanh(x); }},
     {"sigmoid", [](const Tensor& x) { return sigmoid(x); }},
     {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
     {"softplus", [](const Tensor& x) { return softplus(x); }},
     {"hardtanh", [](const Tensor& x) { return clamp(x, -1, 1); }},
     {"identity", [](const Tensor& x) { return x; }}}};

std::size_t find_function(std::string_view name) {
  for (std::size_t i = 0; i < functions.size(); ++i) {
    if (functions[i].name == name) return i;
  }
  throw InvalidArgument(fmt::format("activation: unknown function '{}' (expected one of {})", name,
                                    fmt::join(Activation::names(), ", ")));
}

}  // namespace

Activation::Activation(std::string_view function) : function_(find_function(function)) {}

std::vector<std::string> Activation::names() {
  std::vector<std::string> names;
  for (const Function& function : functions) names.emplace_back(function.name);
  return names;
}

Tensor Activation::forward(const Tensor& x, Context& /*context*/) const {
  return functions[function_].apply(x);
}

Description Activation::describe() const {
  return {"activation", {{"function", functions[function_].name}}, {}};
}

Dropout::Dropout(float rate) : rate_(rate) {
  require(rate >= 0 && rate < 1, fmt::format("dropout: rate out of [0, 1) (got {})", rate));
}

Tensor Dropout::forward(const Tensor& x, Context& context) const {
  return context.training() ? dropout(x, rate_, context.next_stream()) : x;
}

Description Dropout::describe() const {
  return {"dropout", {{"rate", fmt::format("{}", rate_)}}, {}};
}

Tensor Flatten::forward(const Tensor& x, Context& /*context*/) const {
  const std::int64_t batch = x.shape()[0];
  return reshape(x, {batch, batch == 0 ? 0 : x.shape().count() / batch});
}

Description Flatten::describe() const {
  return {"flatten", {}, {}};
}

}  // namespace ridgeback::nn
