// SPDX-License-Identifier: Apache-2.0
// One step of each optimizer in double precision, as torch.optim documents it.
#pragma once

#include "harness/array.hpp"

namespace ridgeback::test::reference {

struct SgdSettings {
  double rate = 0.1;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
};
/// {w', velocity'} of {w, velocity, g}.
[[nodiscard]] std::vector<Array> sgd_step(const std::vector<Array>& in,
                                          const SgdSettings& settings);

struct AdamSettings {
  double rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;
  int step = 1;
};
/// {w', m', v'} of {w, m, v, g}.
[[nodiscard]] std::vector<Array> adam_step(const std::vector<Array>& in,
                                           const AdamSettings& settings);

}  // namespace ridgeback::test::reference
