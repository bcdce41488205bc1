// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/sequential.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {

Tensor Sequential::forward(const Tensor& x, Context& context) const {
  Tensor value = x;
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    {
      const Context::Scope scope(context, std::to_string(i));
      value = modules_[i]->forward(value, context);
    }
    context.trace(fmt::format("{} ({})", i, modules_[i]->describe().kind), value);
  }
  return value;
}

void Sequential::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    modules_[i]->collect(prefix + std::to_string(i) + ".", tensors);
  }
}

Description Sequential::describe() const {
  Description description{"sequential", {}, {}};
  for (const auto& module : modules_) description.children.push_back(module->describe());
  return description;
}

}  // namespace ridgeback::nn
