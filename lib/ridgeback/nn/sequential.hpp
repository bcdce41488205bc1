// SPDX-License-Identifier: Apache-2.0
// Modules one after the other.
#pragma once

#include "ridgeback/nn/module.hpp"

#include <concepts>
#include <memory>
#include <vector>

namespace ridgeback::nn {

/// Holds its modules by shared handle: copies of a Sequential share their parameters. Children are
/// named by number.
class Sequential final : public Module {
 public:
  Sequential() = default;
  explicit Sequential(std::vector<std::shared_ptr<const Module>> modules)
      : modules_(std::move(modules)) {}
  /// Sequential{Linear{784, 512}, Relu{}, Linear{512, 10}}
  template <std::derived_from<Module>... Modules>
  requires(sizeof...(Modules) > 0 &&
           !(sizeof...(Modules) == 1 &&
             (std::same_as<Modules, Sequential> && ...))) explicit(sizeof...(Modules) == 1)
      Sequential(Modules... modules)
      : modules_{std::make_shared<const Modules>(std::move(modules))...} {}

  void append(std::shared_ptr<const Module> module) { modules_.push_back(std::move(module)); }
  [[nodiscard]] const std::vector<std::shared_ptr<const Module>>& modules() const {
    return modules_;
  }

  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

 private:
  std::vector<std::shared_ptr<const Module>> modules_;
};

}  // namespace ridgeback::nn
