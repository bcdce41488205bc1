// SPDX-License-Identifier: Apache-2.0
// The states that an optimizer keeps for each parameter.
#pragma once

#include "ridgeback/optim/optimizer.hpp"

#include <map>
#include <string>
#include <vector>

namespace ridgeback::optim {

class Slots {
 public:
  /// `kinds` are the names of the states of one parameter, such as "m" and "v"; none is fine.
  Slots(std::string optimizer, std::vector<std::string> kinds)
      : optimizer_(std::move(optimizer)), kinds_(std::move(kinds)) {}

  /// The states of a parameter in the order of the kinds, made where they are not there yet. Throws
  /// InvalidArgument for a tensor that is no f32 parameter, and for a name that another tensor has.
  [[nodiscard]] const std::vector<Tensor>& of(const Parameter& parameter);
  [[nodiscard]] const std::vector<State>& all() const { return all_; }

 private:
  struct Slot {
    Tensor parameter;
    std::vector<Tensor> states;
  };
  std::string optimizer_;
  std::vector<std::string> kinds_;
  std::map<std::string, Slot, std::less<>> slots_;
  std::vector<State> all_;
};

/// What of a parameter or of a state of it takes part in a step, and the assignment that puts it
/// back.
[[nodiscard]] Tensor part_of(const Parameter& parameter, const Tensor& whole);
[[nodiscard]] Assignment assign_part(const Parameter& parameter, const Tensor& whole,
                                     const Tensor& part);

/// Throws InvalidArgument unless there is one gradient for each parameter, null or of its spec.
void require_matching(std::string_view optimizer, std::span<const Parameter> parameters,
                      std::span<const Tensor> gradients);

}  // namespace ridgeback::optim
