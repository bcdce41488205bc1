// SPDX-License-Identifier: Apache-2.0
#include "reference/optimizers.hpp"

#include <cmath>

namespace ridgeback::test::reference {

std::vector<Array> sgd_step(const std::vector<Array>& in, const SgdSettings& s) {
  Array w = in[0], velocity = in[1];
  for (std::int64_t i = 0; i < w.count(); ++i) {
    const double d = in[2][i] + s.weight_decay * in[0][i];
    velocity[i] = s.momentum * in[1][i] + d;
    w[i] -= s.rate * (s.nesterov ? d + s.momentum * velocity[i] : velocity[i]);
  }
  return {w, velocity};
}

std::vector<Array> adam_step(const std::vector<Array>& in, const AdamSettings& s) {
  Array w = in[0], m = in[1], v = in[2];
  const double correction1 = 1 - std::pow(s.beta1, s.step);
  const double correction2 = 1 - std::pow(s.beta2, s.step);
  for (std::int64_t i = 0; i < w.count(); ++i) {
    const double d = in[3][i] + (s.decoupled ? 0 : s.weight_decay * w[i]);
    if (s.decoupled) w[i] *= 1 - s.rate * s.weight_decay;
    m[i] = s.beta1 * m[i] + (1 - s.beta1) * d;
    v[i] = s.beta2 * v[i] + (1 - s.beta2) * d * d;
    const double divisor = std::sqrt(v[i]) / std::sqrt(correction2) + s.epsilon;
    w[i] -= s.rate / correction1 * m[i] / divisor;
  }
  return {w, m, v};
}

}  // namespace ridgeback::test::reference
