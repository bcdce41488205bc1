// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/slots.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"

#include <fmt/core.h>

namespace ridgeback::optim {

const std::vector<Tensor>& Slots::of(const Parameter& parameter) {
  const auto found = slots_.find(parameter.name);
  if (found != slots_.end()) {
    require(found->second.parameter.is(parameter.tensor),
            fmt::format("{}: two parameters are called '{}'", optimizer_, parameter.name));
    return found->second.states;
  }
  const Source* source = as_source(parameter.tensor);
  require(source != nullptr && source->kind == Source::Kind::parameter &&
              parameter.tensor.dtype() == DType::f32,
          fmt::format("{}: '{}' is no f32 parameter", optimizer_, parameter.name));
  Slot slot{parameter.tensor, {}};
  for (const std::string& kind : kinds_) {
    const std::string name = fmt::format("{}.{}.{}", optimizer_, kind, parameter.name);
    slot.states.push_back(state(parameter.tensor.spec(), name));
    all_.push_back({name, slot.states.back()});
  }
  return slots_.emplace(parameter.name, std::move(slot)).first->second.states;
}

Tensor part_of(const Parameter& parameter, const Tensor& whole) {
  return parameter.pattern ? entries_of(*parameter.pattern, whole) : whole;
}

Assignment assign_part(const Parameter& parameter, const Tensor& whole, const Tensor& part) {
  return assign(whole, parameter.pattern ? replace_entries(*parameter.pattern, whole, part) : part);
}

void require_matching(std::string_view optimizer, std::span<const Parameter> parameters,
                      std::span<const Tensor> gradients) {
  require(parameters.size() == gradients.size(),
          fmt::format("{}: one gradient a parameter (got {} for {})", optimizer, gradients.size(),
                      parameters.size()));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    require(static_cast<bool>(parameters[i].tensor),
            fmt::format("{}: '{}' has no tensor", optimizer, parameters[i].name));
    if (!gradients[i]) continue;
    const TensorSpec expected = parameters[i].pattern
                                    ? TensorSpec{parameters[i].pattern->values_shape()}
                                    : parameters[i].tensor.spec();
    require(gradients[i].spec() == expected,
            fmt::format("{}: gradient of '{}' has the wrong spec (got {}, expected {})", optimizer,
                        parameters[i].name, gradients[i].spec().text(), expected.text()));
  }
}

}  // namespace ridgeback::optim
