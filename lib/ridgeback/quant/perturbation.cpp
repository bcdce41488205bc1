// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/perturbation.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"

#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

constexpr int default_block = 64;

Codebook default_codebook(const Perturbation& p, bool sparse) {
  if (p.bits == ternary_bits) return Codebook::ternary;
  if (p.bits == unquantized_bits) return Codebook::none;
  if (!sparse) return Codebook::minmax;
  return p.bits == 1 ? Codebook::sign_linear : Codebook::absmax;
}

Group default_group(Codebook codebook, bool sparse) {
  const bool whole_rows =
      sparse && (codebook == Codebook::sign_linear || codebook == Codebook::none);
  return whole_rows ? Group::channel() : Group::blocks(default_block);
}

void check_bits(const Perturbation& p) {
  const auto expect = [&](bool good, std::string_view expected) {
    require(good, fmt::format("perturbation: codebook {} does not have such codes (got {} bits, "
                              "expected {})",
                              name(p.codebook), bits_text(p.bits), expected));
  };
  switch (p.codebook) {
    case Codebook::automatic:
      break;
    case Codebook::minmax:
      return expect(p.bits >= 1 && p.bits <= 8, "1 to 8");
    case Codebook::sign_mean:
    case Codebook::sign_linear:
      return expect(p.bits == 1, "1");
    case Codebook::absmax:
      return expect(p.bits >= 2 && p.bits <= 8, "2 to 8; for 1 bit use sign_linear");
    case Codebook::ternary:
      return expect(p.bits == ternary_bits, "t");
    case Codebook::none:
      return expect(p.bits == unquantized_bits, "32");
  }
}

void check_sparsity(const Sparsity& s) {
  if (s.kind == Sparsity::Kind::fraction) {
    require(s.zeros >= 0 && s.zeros < 1,
            fmt::format("sparsity: fraction of zeros out of range (got {}, expected 0 <= F < 1)",
                        s.zeros));
  }
  if (s.kind == Sparsity::Kind::n_of_m) {
    require(
        s.n >= 1 && s.n <= s.m && s.m <= 32,
        fmt::format("sparsity: no such pattern (got {}:{}, expected 1 <= N <= M <= 32)", s.n, s.m));
  }
}

void check_group(Group group) {
  if (group.kind != Group::Kind::blocks) return;
  require(group.size > 0 && group.size % 32 == 0,
          fmt::format("group: blocks must be a multiple of 32 long (got {})", group.size));
}

}  // namespace

Sparsity fraction(double zeros, Sparsity::Scope scope) {
  Sparsity sparsity{.kind = Sparsity::Kind::fraction, .scope = scope, .zeros = zeros};
  check_sparsity(sparsity);
  return sparsity;
}

Sparsity n_of_m(int n, int m) {
  Sparsity sparsity{.kind = Sparsity::Kind::n_of_m, .n = n, .m = m};
  check_sparsity(sparsity);
  return sparsity;
}

bool Perturbation::is_identity() const {
  return bits == unquantized_bits && sparsity.kind == Sparsity::Kind::none;
}

Perturbation Perturbation::resolved() const {
  Perturbation p = *this;
  require(
      bits == ternary_bits || bits == unquantized_bits || (bits >= 1 && bits <= 8),
      fmt::format("perturbation: no such precision (got {} bits, expected 1 to 8, t or 32)", bits));
  check_sparsity(sparsity);
  check_group(group);
  if (sparsity.kind == Sparsity::Kind::fraction && sparsity.zeros == 0) p.sparsity = {};
  const bool sparse = p.sparsity.kind != Sparsity::Kind::none;
  if (codebook == Codebook::automatic) p.codebook = default_codebook(p, sparse);
  check_bits(p);
  require(
      !sparse || p.codebook != Codebook::sign_mean,
      "perturbation: sign_mean has no code for a pruned value; use sign_linear for sparse 1-bit "
      "values");
  if (group.kind == Group::Kind::automatic) p.group = default_group(p.codebook, sparse);
  require(!lambda || (lambda->value >= 0 && lambda->value < 1e30F),
          fmt::format("perturbation: lambda out of range (got {}, expected >= 0)",
                      lambda.value_or(Lambda{}).value));
  require(
      !clipped || estimator == Estimator::straight_through,
      "perturbation: a clipped gradient belongs to the straight-through estimator; the denoising "
      "gradient never clips");
  require(estimator == Estimator::denoise || backward == Backward::full,
          fmt::format("perturbation: the straight-through estimator has one gradient (got backward "
                      "{}); leave it at full",
                      name(backward)));
  const bool rounds = p.codebook != Codebook::sign_mean && p.codebook != Codebook::sign_linear &&
                      p.codebook != Codebook::none;
  require(rounding == Rounding::nearest || rounds || p.is_identity(),
          fmt::format("perturbation: {} codes are not rounded (got rounding stochastic); 1 bit of "
                      "minmax is",
                      name(p.codebook)));
  require(timesteps >= 1 && timesteps <= most_timesteps,
          fmt::format("perturbation: time steps out of range (got {}, expected 1 to {})", timesteps,
                      most_timesteps));
  require(timesteps == 1 || (bits != unquantized_bits && !sparse),
          fmt::format("perturbation: a train of {} time steps needs codes of every value (got {} "
                      "bits, sparsity {})",
                      timesteps, bits_text(bits), quant::text(p.sparsity)));
  return p;
}

bool is_affine(Codebook codebook) {
  return codebook == Codebook::minmax || codebook == Codebook::sign_mean;
}

DType code_type(const Perturbation& p) {
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
      return container_for(p.bits);
  }
  throw InvalidArgument("perturbation: resolve it before asking how its codes are stored");
}

int code_shift(const Perturbation& p) {
  return p.codebook == Codebook::minmax && p.bits >= 2 ? 1 << (p.bits - 1) : 0;
}

int largest_code(const Perturbation& p) {
  if (p.codebook == Codebook::minmax) return (1 << p.bits) - 1;
  if (p.codebook == Codebook::absmax) return (1 << (p.bits - 1)) - 1;
  return p.codebook == Codebook::none ? 0 : 1;
}

}  // namespace ridgeback::quant
