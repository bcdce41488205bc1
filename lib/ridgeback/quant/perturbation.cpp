// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/perturbation.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/quant/simulated.hpp"

#include <algorithm>

namespace ridgeback::quant {
bool Perturbation::is_identity() const {
  return bits == unquantized_bits && sparsity.kind == Sparsity::Kind::none;
}

bool is_affine(Codebook codebook) {
  return codebook == Codebook::minmax || codebook == Codebook::sign_mean;
}

bool is_simulated(const Perturbation& p) {
  const bool odd = p.group.kind == Group::Kind::blocks && p.group.size % 32 != 0;
  return odd || (p.codebook == Codebook::power_of_two && p.bits > 4);
}

DType code_type(const Perturbation& p) {
  if (is_simulated(p)) return DType::f32;
  switch (p.codebook) {
    case Codebook::sign_mean:
      return DType::s1;
    case Codebook::sign_linear:
      return p.sparsity.kind == Sparsity::Kind::none ? DType::s1 : DType::ternary;
    case Codebook::ternary:
      return DType::ternary;
    case Codebook::none:
      return DType::f32;
    case Codebook::automatic:
      break;
    case Codebook::minmax:
    case Codebook::absmax:
    case Codebook::meanabs:
      return container_for(p.bits);
    case Codebook::power_of_two:
      return container_for(2 * p.bits - 2);  // +-1, +-4 and +-64 are the largest
  }
  throw InvalidArgument("perturbation: resolve it before asking how its codes are stored");
}

int code_shift(const Perturbation& p) {
  if (is_simulated(p)) return 0;  // f32 codes are stored as they are
  return p.codebook == Codebook::minmax && p.bits >= 2 ? 1 << (p.bits - 1) : 0;
}

int largest_exponent(int bits) {
  return bits >= 7 ? 30 : std::min((1 << (bits - 1)) - 2, 30);
}

int largest_code(const Perturbation& p) {
  if (p.codebook == Codebook::minmax) return (1 << p.bits) - 1;
  if (p.codebook == Codebook::absmax || p.codebook == Codebook::meanabs)
    return (1 << (p.bits - 1)) - 1;
  if (p.codebook == Codebook::power_of_two) return 1 << largest_exponent(p.bits);
  return p.codebook == Codebook::none ? 0 : 1;
}

bool can_clip(const Perturbation& p) {
  const bool extremes = p.codebook == Codebook::minmax || p.codebook == Codebook::absmax ||
                        p.codebook == Codebook::power_of_two;
  return takes_range(p) || (!extremes && p.codebook != Codebook::none);
}

bool takes_range(const Perturbation& p) {
  return p.range.kind != ValueRange::Kind::automatic || p.estimator == Estimator::lsq;
}

bool is_custom_gradient(Estimator estimator) {
  return estimator == Estimator::cge_cosine || estimator == Estimator::cge_tanh ||
         estimator == Estimator::cge_piecewise;
}

}  // namespace ridgeback::quant
