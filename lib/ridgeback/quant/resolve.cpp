// SPDX-License-Identifier: Apache-2.0
// Perturbation::resolved(): automatic choices made, combinations without sense refused.
#include "ridgeback/core/error.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

using Kind = ValueRange::Kind;

constexpr int default_block = 64;
constexpr int largest_tile = 1 << 16;

Codebook default_codebook(const Perturbation& p, bool sparse) {
  if (p.bits == ternary_bits) return Codebook::ternary;
  if (p.bits == unquantized_bits) return Codebook::none;
  if (p.estimator == Estimator::pokebnn) return Codebook::sign_linear;
  if (p.estimator == Estimator::lsq) return p.bits == 1 ? Codebook::sign_linear : Codebook::absmax;
  if (p.range.kind == Kind::absmax && p.bits > 1) return Codebook::absmax;
  if (p.range.kind == Kind::meanabs && p.bits > 1) return Codebook::meanabs;
  if (!sparse) return Codebook::minmax;
  return p.bits == 1 ? Codebook::sign_linear : Codebook::absmax;
}

Group default_group(const Perturbation& p, bool sparse) {
  const bool whole_rows =
      sparse && (p.codebook == Codebook::sign_linear || p.codebook == Codebook::none);
  const bool of_rows = p.estimator == Estimator::lsq || p.estimator == Estimator::pokebnn;
  return whole_rows || of_rows ? Group::channel() : Group::blocks(default_block);
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
    case Codebook::meanabs:
    case Codebook::power_of_two:
      return expect(p.bits >= 2 && p.bits <= 8, "2 to 8; for 1 bit use sign_linear");
    case Codebook::ternary:
      return expect(p.bits == ternary_bits, "t");
    case Codebook::none:
      return expect(p.bits == unquantized_bits, "32");
  }
}

void check_sparsity(const Sparsity& s) {
  if (s.kind == Sparsity::Kind::fraction || s.kind == Sparsity::Kind::blocks) {
    require(s.zeros >= 0 && s.zeros < 1,
            fmt::format("sparsity: fraction of zeros out of range (got {}, expected 0 <= F < 1)",
                        s.zeros));
  }
  if (s.kind == Sparsity::Kind::n_of_m) {
    require(
        s.n >= 1 && s.n <= s.m && s.m <= 32,
        fmt::format("sparsity: no such pattern (got {}:{}, expected 1 <= N <= M <= 32)", s.n, s.m));
  }
  if (s.kind != Sparsity::Kind::blocks) return;
  const auto fits = [](int size) { return size >= 1 && size <= largest_tile; };
  require(fits(s.block_rows) && fits(s.block_cols),
          fmt::format("sparsity: no such blocks (got {}x{}, expected 1 to {})", s.block_rows,
                      s.block_cols, largest_tile));
  require(s.scope != Sparsity::Scope::block,
          "sparsity: whole blocks are counted in rows of blocks or over the tensor (got scope "
          "block, expected channel or tensor)");
}

void check_group(Group group) {
  if (group.kind != Group::Kind::blocks) return;
  require(group.size > 0, fmt::format("group: blocks must have a length (got {})", group.size));
}

// A range that is a statistic of the block's own is a matter of the codebook.
void resolve_range(Perturbation& p) {
  const auto agree = [&](Codebook codebook) {
    require(p.codebook == codebook,
            fmt::format("perturbation: range {} does not fit codebook {}; leave the codebook to it",
                        text(p.range), name(p.codebook)));
    p.range = {};
  };
  check_range(p.range);
  if (p.range.kind == Kind::minmax) agree(Codebook::minmax);
  if (p.range.kind == Kind::meanabs) {
    if (p.codebook == Codebook::absmax) p.codebook = Codebook::meanabs;
    agree(Codebook::meanabs);
  }
  if (p.range.kind == Kind::absmax) {
    const bool bound = p.codebook == Codebook::power_of_two || p.estimator == Estimator::pokebnn;
    if (bound) p.range = {};
    if (!bound) agree(Codebook::absmax);
  }
  if (p.range.kind == Kind::automatic) return;
  require(p.estimator != Estimator::lsq,
          fmt::format("perturbation: lsq learns its range (got range {})", text(p.range)));
  if (p.estimator == Estimator::pokebnn) {
    require(p.range.kind == Kind::fixed,
            fmt::format("perturbation: pokebnn has a fixed bound or that of the block (got range "
                        "{}, expected fixed:B or absmax)",
                        text(p.range)));
    return;
  }
  require(p.codebook == Codebook::minmax || p.codebook == Codebook::absmax ||
              p.codebook == Codebook::power_of_two,
          fmt::format("perturbation: {} codes have a scale of their own (got range {})",
                      name(p.codebook), text(p.range)));
  require(p.backward != Backward::live,
          fmt::format("perturbation: a live scale is that of the block's own extremes (got range "
                      "{})",
                      text(p.range)));
}

void check_custom_gradient(Perturbation& p) {
  if (!is_custom_gradient(p.estimator)) {
    require(!p.shape, fmt::format("perturbation: the estimator {} has no shape (got {})",
                                  name(p.estimator), p.shape.value_or(0)));
    return;
  }
  require(p.codebook == Codebook::minmax || p.codebook == Codebook::absmax ||
              p.codebook == Codebook::meanabs || p.codebook == Codebook::ternary,
          fmt::format("perturbation: custom gradients need codes at equal steps (got codebook {})",
                      name(p.codebook)));
  const bool steep = p.estimator == Estimator::cge_tanh;
  if (!p.shape) p.shape = steep ? 6.0F : 0.8F;
  require(steep ? *p.shape > 0 && *p.shape <= 30 : *p.shape >= 0 && *p.shape < 1,
          fmt::format("perturbation: the shape of {} is out of range (got {}, expected {})",
                      name(p.estimator), *p.shape, steep ? "0 < k <= 30" : "0 <= a < 1"));
}

void check_estimator(const Perturbation& p) {
  require(
      !p.clipped || p.estimator == Estimator::straight_through,
      "perturbation: a clipped gradient belongs to the straight-through estimator; the denoising "
      "gradient never clips, others have a rule of their own");
  require(p.estimator == Estimator::denoise || p.backward == Backward::full,
          fmt::format(
              "perturbation: the {} estimator has one gradient (got backward {}); leave it "
              "at full",
              p.estimator == Estimator::straight_through ? "straight-through" : name(p.estimator),
              name(p.backward)));
  if (p.estimator == Estimator::pokebnn) {
    require(p.codebook == Codebook::sign_linear,
            fmt::format("perturbation: pokebnn has codes of 1 bit, sign_linear (got {} bits, {})",
                        bits_text(p.bits), name(p.codebook)));
  }
  if (p.estimator != Estimator::lsq) return;
  require(p.codebook == Codebook::minmax || p.codebook == Codebook::absmax ||
              p.codebook == Codebook::sign_linear || p.codebook == Codebook::ternary,
          fmt::format("perturbation: lsq has no {} codes (expected absmax, minmax from 0, "
                      "sign_linear or ternary)",
                      name(p.codebook)));
  require(p.group.kind == Group::Kind::tensor || p.group.kind == Group::Kind::channel,
          fmt::format("perturbation: lsq learns a step for a tensor or a channel (got group {})",
                      text(p.group)));
}

}  // namespace

void check_range(const ValueRange& range) {
  const auto expect = [&](bool good, std::string_view expected) {
    require(good, fmt::format("range: out of range (got {}, expected {})", text(range), expected));
  };
  if (range.kind == Kind::percentile)
    expect(range.value > 50 && range.value <= 100, "above 50, at most 100");
  if (range.has_state()) expect(range.value >= 0 && range.value < 1, "0 <= momentum < 1");
  if (range.kind == Kind::fixed) expect(range.value > 0 && range.value < 1e30F, "a bound above 0");
}

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

Sparsity pruned_blocks(double zeros, int rows, int cols, Sparsity::Scope scope) {
  Sparsity sparsity{.kind = Sparsity::Kind::blocks,
                    .scope = scope,
                    .zeros = zeros,
                    .block_rows = rows,
                    .block_cols = cols};
  check_sparsity(sparsity);
  return sparsity;
}

Perturbation Perturbation::resolved() const {
  Perturbation p = *this;
  require(
      bits == ternary_bits || bits == unquantized_bits || (bits >= 1 && bits <= 8),
      fmt::format("perturbation: no such precision (got {} bits, expected 1 to 8, t or 32)", bits));
  check_sparsity(sparsity);
  check_group(group);
  const bool counted =
      sparsity.kind == Sparsity::Kind::fraction || sparsity.kind == Sparsity::Kind::blocks;
  if (counted && sparsity.zeros == 0) p.sparsity = {};
  const bool sparse = p.sparsity.kind != Sparsity::Kind::none;
  if (codebook == Codebook::automatic) p.codebook = default_codebook(p, sparse);
  check_bits(p);
  require(
      !sparse || p.codebook != Codebook::sign_mean,
      "perturbation: sign_mean has no code for a pruned value; use sign_linear for sparse 1-bit "
      "values");
  if (group.kind == Group::Kind::automatic) p.group = default_group(p, sparse);
  require(p.sparsity.kind != Sparsity::Kind::fraction ||
              p.sparsity.scope != Sparsity::Scope::block || p.group.kind != Group::Kind::blocks ||
              p.group.size % 32 == 0,
          fmt::format("perturbation: a fraction counted in blocks needs blocks of a multiple of 32 "
                      "(got {})",
                      p.group.size));
  require(!lambda || (lambda->value >= 0 && lambda->value < 1e30F),
          fmt::format("perturbation: lambda out of range (got {}, expected >= 0)",
                      lambda.value_or(Lambda{}).value));
  require(timesteps >= 1 && timesteps <= most_timesteps,
          fmt::format("perturbation: time steps out of range (got {}, expected 1 to {})", timesteps,
                      most_timesteps));
  require(timesteps == 1 || (bits != unquantized_bits && !sparse),
          fmt::format("perturbation: a train of {} time steps needs codes of every value (got {} "
                      "bits, sparsity {})",
                      timesteps, bits_text(bits), quant::text(p.sparsity)));
  if (p.is_identity()) return p;
  resolve_range(p);
  check_custom_gradient(p);
  check_estimator(p);
  const bool rounds = p.codebook != Codebook::sign_mean && p.codebook != Codebook::sign_linear &&
                      p.codebook != Codebook::none;
  require(rounding == Rounding::nearest || rounds,
          fmt::format("perturbation: {} codes are not rounded (got rounding stochastic); 1 bit of "
                      "minmax is",
                      name(p.codebook)));
  require(
      timesteps == 1 || !takes_range(p),
      fmt::format("perturbation: each code of a train has a range of its own (got {} time steps, "
                  "range {}, estimator {})",
                  timesteps, text(p.range), name(p.estimator)));
  return p;
}

}  // namespace ridgeback::quant
