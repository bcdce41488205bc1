// SPDX-License-Identifier: Apache-2.0
#include "reference/quant_reference.hpp"

#include "ridgeback/core/random.hpp"
#include "ridgeback/ops/random.hpp"
#include "ridgeback/quant/equivalence.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ridgeback::test::reference {
namespace {

using quant::Codebook;
using quant::Group;
using quant::Sparsity;
using Members = std::vector<std::int64_t>;

std::size_t at(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// Runs of `length` columns of each row.
std::vector<Members> runs(const QuantInput& in, std::int64_t length) {
  std::vector<Members> result;
  for (std::int64_t r = 0; r < in.rows; ++r) {
    for (std::int64_t c = 0; c < in.cols; ++c) {
      if (c % length == 0) result.emplace_back();
      result.back().push_back(r * in.cols + c);
    }
  }
  return result;
}

std::vector<Members> members_of(const QuantInput& in, Group group) {
  if (in.rows * in.cols == 0) return {};
  if (group.kind == Group::Kind::blocks) return runs(in, group.size);
  if (group.kind == Group::Kind::channel) return runs(in, in.cols);
  Members all(at(in.rows * in.cols));
  std::iota(all.begin(), all.end(), 0);
  return {all};
}

void keep_largest(const QuantInput& in, Members members, std::int64_t count,
                  std::vector<bool>& kept) {
  std::stable_sort(members.begin(), members.end(), [&](std::int64_t a, std::int64_t b) {
    return std::abs(in.x[at(a)]) > std::abs(in.x[at(b)]);
  });
  for (std::int64_t i = 0; i < count; ++i) kept[at(members[at(i)])] = true;
}

// Whole blocks of values by their mean square.
void keep_blocks(const QuantInput& in, std::vector<bool>& kept) {
  const Sparsity& s = in.options.sparsity;
  const std::int64_t down = (in.rows + s.block_rows - 1) / s.block_rows;
  const std::int64_t across = (in.cols + s.block_cols - 1) / s.block_cols;
  const auto block_of = [&](std::int64_t i) {
    return i / in.cols / s.block_rows * across + i % in.cols / s.block_cols;
  };
  std::vector<double> sums(at(down * across)), counts(at(down * across));
  for (std::int64_t i = 0; i < in.rows * in.cols; ++i) {
    sums[at(block_of(i))] += in.x[at(i)] * in.x[at(i)];
    counts[at(block_of(i))] += 1;
  }
  QuantInput grid{{}, down, across, in.options};
  for (std::size_t b = 0; b < sums.size(); ++b) grid.x.push_back(sums[b] / counts[b]);
  std::vector<bool> kept_blocks(grid.x.size());
  const bool whole = s.scope == Sparsity::Scope::tensor;
  for (const Members& members : members_of(grid, whole ? Group::tensor() : Group::channel())) {
    const std::int64_t n = std::ssize(members);
    const auto zeros = static_cast<std::int64_t>(std::nearbyint(s.zeros * static_cast<double>(n)));
    keep_largest(grid, members, std::max<std::int64_t>(1, n - zeros), kept_blocks);
  }
  for (std::int64_t i = 0; i < in.rows * in.cols; ++i) kept[at(i)] = kept_blocks[at(block_of(i))];
}

std::vector<bool> mask_of(const QuantInput& in) {
  const Sparsity& sparsity = in.options.sparsity;
  if (sparsity.kind == Sparsity::Kind::none) return std::vector<bool>(in.x.size(), true);
  std::vector<bool> kept(in.x.size(), false);
  if (sparsity.kind == Sparsity::Kind::n_of_m) {
    for (const Members& run : runs(in, sparsity.m)) {
      keep_largest(in, run, std::min<std::int64_t>(sparsity.n, std::ssize(run)), kept);
    }
    return kept;
  }
  if (sparsity.kind == Sparsity::Kind::blocks) {
    keep_blocks(in, kept);
    return kept;
  }
  Group scope = in.options.group;
  if (sparsity.scope == Sparsity::Scope::channel) scope = Group::channel();
  if (sparsity.scope == Sparsity::Scope::tensor) scope = Group::tensor();
  for (const Members& members : members_of(in, scope)) {
    const std::int64_t n = std::ssize(members);
    const auto zeros =
        static_cast<std::int64_t>(std::nearbyint(sparsity.zeros * static_cast<double>(n)));
    keep_largest(in, members, std::max<std::int64_t>(1, n - zeros), kept);
  }
  return kept;
}

double mean(const Members& members, const auto& value) {
  double sum = 0;
  for (const std::int64_t i : members) sum += value(i);
  return sum / static_cast<double>(members.size());
}

double kept_count(const Members& members, const std::vector<bool>& kept) {
  return static_cast<double>(
      std::ranges::count_if(members, [&](std::int64_t i) { return bool{kept[at(i)]}; }));
}

double levels(const quant::Perturbation& p) {
  if (p.codebook == Codebook::minmax) return (1 << p.bits) - 1;
  if (p.codebook == Codebook::power_of_two)
    return std::exp2(std::min(p.bits > 6 ? 30 : (1 << (p.bits - 1)) - 2, 30));
  return p.bits == 1 || p.bits == quant::ternary_bits ? 1 : (1 << (p.bits - 1)) - 1;
}

// s_f for a range that is given.
double step_of_range(double low, double high, const quant::Perturbation& p) {
  if (p.codebook == Codebook::minmax) return (high - low) / levels(p);
  const double bound = std::max(high, -low);
  return p.estimator == quant::Estimator::pokebnn ? bound / 2 : bound / levels(p);
}

// s_f as a function of x; 0 for a constant block.
double step_of(std::span<const double> x, const Members& members, const std::vector<bool>& kept,
               const quant::Perturbation& p) {
  const auto z = [&](std::int64_t i) { return kept[at(i)] ? x[at(i)] : 0.0; };
  double low = z(members[0]), high = low;
  for (const std::int64_t i : members) {
    low = std::min(low, z(i));
    high = std::max(high, z(i));
  }
  const double n = static_cast<double>(members.size());
  const double magnitude = mean(members, [&](std::int64_t i) { return std::abs(z(i)); });
  const double center = mean(members, [&](std::int64_t i) { return x[at(i)]; });
  switch (p.codebook) {
    case Codebook::minmax:
      return (high - low) / levels(p);
    case Codebook::absmax:
    case Codebook::power_of_two:
      return std::max(high, -low) / levels(p);
    case Codebook::meanabs:
      return 2 / std::sqrt(levels(p)) * magnitude * n / std::max(1.0, kept_count(members, kept));
    case Codebook::sign_mean:
      return mean(members, [&](std::int64_t i) { return std::abs(x[at(i)] - center); });
    case Codebook::sign_linear:
      if (p.estimator == quant::Estimator::pokebnn) return std::max(high, -low) / 2;
      return magnitude * n / std::max(1.0, kept_count(members, kept));
    case Codebook::ternary:
      return 1.5 * magnitude * n / std::max(1.0, kept_count(members, kept));
    default:
      return std::sqrt(mean(members, [&](std::int64_t i) { return x[at(i)] * x[at(i)]; }));
  }
}

// floor(f + u) is f + u - 1/2 rounded to the nearest.
double dither(const QuantInput& in, std::int64_t i) {
  if (in.options.rounding == quant::Rounding::nearest) return 0;
  const std::int64_t row = i / in.cols, col = i % in.cols;
  const std::int64_t block = row * ((in.cols + 3) / 4) + col / 4;
  const auto words = random_words(in.step, in.stream, static_cast<std::uint32_t>(block));
  return static_cast<double>(unit_float(words[at(col % 4)])) - 0.5;
}

// 0 and powers of two, with the distance to where another code begins. `dithered` is u - 1/2, or 0.
double power_of_two(double f, double dithered, bool stochastic, double top, double& margin) {
  const double a = std::abs(f), u = stochastic ? dithered + 0.5 : 0.5;
  const double base = a < 1 ? 0 : std::exp2(std::floor(std::log2(a)));
  const double part = a < 1 ? a : a / base - 1;  // of the way to the next code
  margin = std::abs(part + u - 1);
  const double next = a < 1 ? 1 : 2 * base;
  // A half at the first code rounds to even, which is 0.
  const bool up = a < 1 && !stochastic ? part > 0.5 : part + u >= 1;
  return std::copysign(std::min(up ? next : base, top), f);
}

double code_of(double ideal, bool kept, const quant::Perturbation& p) {
  switch (p.codebook) {
    case Codebook::sign_mean:
      return ideal >= 0 ? 1 : -1;
    case Codebook::sign_linear:
      return kept ? (ideal >= 0 ? 1 : -1) : 0;
    case Codebook::minmax:
      return std::clamp<double>(std::nearbyint(ideal), 0, levels(p));
    case Codebook::absmax:
    case Codebook::meanabs:
      return std::clamp<double>(std::nearbyint(ideal), -levels(p), levels(p));
    case Codebook::ternary:
      return std::clamp<double>(std::nearbyint(ideal), -1, 1);
    default:
      return ideal;
  }
}

// Means and the regression of one block.
struct Fit {
  double x_mean = 0;
  double q_mean = 0;
  double d = 0;
  double s = 0;
};

// `unit` are the codes that a relative lambda is relative to.
Fit fit(std::span<const double> x, std::span<const double> q, const QuantBlock& block,
        const quant::Perturbation& p, std::span<const double> unit) {
  Fit f;
  if (quant::is_affine(p.codebook)) {
    f.x_mean = mean(block.members, [&](std::int64_t i) { return x[at(i)]; });
    f.q_mean = mean(block.members, [&](std::int64_t i) { return q[at(i)]; });
  }
  const auto xc = [&](std::int64_t i) { return x[at(i)] - f.x_mean; };
  const auto qc = [&](std::int64_t i) { return q[at(i)] - f.q_mean; };
  f.d = mean(block.members, [&](std::int64_t i) { return qc(i) * qc(i); });
  double ridge = block.lambda;
  if (p.lambda && p.lambda->relative) {
    const bool affine = quant::is_affine(p.codebook);
    const double center =
        affine ? mean(block.members, [&](std::int64_t i) { return unit[at(i)]; }) : 0;
    ridge *= mean(block.members,
                  [&](std::int64_t i) { return (unit[at(i)] - center) * (unit[at(i)] - center); });
  }
  f.d += ridge;
  const double c = mean(block.members, [&](std::int64_t i) { return xc(i) * qc(i); });
  f.s = f.d > 0 ? c / f.d : 0;
  return f;
}

bool straight(const quant::Perturbation& p) {
  return p.estimator != quant::Estimator::denoise || p.backward == quant::Backward::straight;
}

// What a straight gradient is multiplied by.
double straight_factor(double x, const QuantBlock& block, const quant::Perturbation& p) {
  const double f = (x - block.b_f) / block.s_f;
  if (quant::is_custom_gradient(p.estimator)) {
    return quant::backward_factor(p.estimator, static_cast<double>(*p.shape),
                                  f - std::nearbyint(f));
  }
  const bool extremes = p.codebook == Codebook::minmax || p.codebook == Codebook::absmax ||
                        p.codebook == Codebook::power_of_two || p.codebook == Codebook::none;
  const bool clips = p.estimator == quant::Estimator::straight_through
                         ? p.clipped && (block.given || !extremes)
                         : p.estimator != quant::Estimator::denoise;
  if (!clips) return 1;
  const double top = p.estimator == quant::Estimator::pokebnn ? 2
                     : p.codebook == Codebook::sign_mean      ? 1
                                                              : levels(p);
  return f <= top && f >= (p.codebook == Codebook::minmax ? 0 : -top) ? 1 : 0;
}

// L ds_f/dx for dL/dq given, added to dx.
void add_live(const QuantInput& in, const Coded& coded, const QuantBlock& block,
              std::span<const double> dq, std::vector<double>& dx) {
  if (block.constant) return;
  const auto& p = in.options;
  const Members& m = block.members;
  const double n = static_cast<double>(m.size());
  const auto z = [&](std::int64_t i) { return coded.kept[at(i)] ? in.x[at(i)] : 0.0; };
  const auto sign = [](double v) { return v > 0 ? 1.0 : v < 0 ? -1.0 : 0.0; };
  double live = 0;
  for (const std::int64_t i : m) live -= dq[at(i)] * (in.x[at(i)] - block.b_f);
  live /= block.s_f * block.s_f;
  const double center = mean(m, [&](std::int64_t i) { return in.x[at(i)]; });
  const double signs = mean(m, [&](std::int64_t i) { return sign(in.x[at(i)] - center); });
  double low = z(m[0]), high = low, top = std::abs(low);
  for (const std::int64_t i : m) {
    low = std::min(low, z(i));
    high = std::max(high, z(i));
    top = std::max(top, std::abs(z(i)));
  }
  const auto share = [&](const auto& attained) {
    return 1.0 / static_cast<double>(std::ranges::count_if(m, attained));
  };
  const double low_share = share([&](std::int64_t i) { return z(i) == low; });
  const double high_share = share([&](std::int64_t i) { return z(i) == high; });
  const double top_share = share([&](std::int64_t i) { return std::abs(z(i)) == top; });
  const double count = std::max(1.0, kept_count(m, coded.kept));
  for (const std::int64_t i : m) {
    const double x = in.x[at(i)];
    const bool kept = coded.kept[at(i)];
    double step = 0;
    if (p.codebook == Codebook::sign_mean) step = (sign(x - center) - signs) / n;
    if (p.codebook == Codebook::none) step = x / (n * block.s_f);
    if (kept && p.codebook == Codebook::minmax) {
      step = ((x == high ? high_share : 0) - (x == low ? low_share : 0)) / levels(p);
    }
    const bool bound = p.codebook == Codebook::absmax || p.codebook == Codebook::power_of_two;
    if (kept && bound && std::abs(x) == top) {
      step = sign(x) * top_share / levels(p);
    }
    if (kept && p.codebook == Codebook::sign_linear) step = sign(x) / count;
    if (kept && p.codebook == Codebook::ternary) step = 1.5 * sign(x) / count;
    if (kept && p.codebook == Codebook::meanabs) step = 2 / std::sqrt(levels(p)) * sign(x) / count;
    dx[at(i)] += live * step;
  }
}

// The range of a block where it is not the block's own.
void use_range(const QuantInput& in, QuantBlock& block, std::size_t index) {
  const auto& p = in.options;
  if (p.range.kind == quant::ValueRange::Kind::fixed) {
    block.high = static_cast<double>(p.range.value);
    block.low = -block.high;
  } else if (p.range.kind == quant::ValueRange::Kind::percentile) {
    std::vector<double> sorted;
    const bool affine = quant::is_affine(p.codebook);
    for (const std::int64_t i : block.members)
      sorted.push_back(affine ? in.x[at(i)] : std::abs(in.x[at(i)]));
    std::ranges::sort(sorted);
    const double last = static_cast<double>(sorted.size() - 1);
    const auto k = static_cast<std::size_t>(
        std::floor((100 - static_cast<double>(p.range.value)) / 100 * last + 0.5));
    block.high = sorted[sorted.size() - 1 - k];
    block.low = affine ? sorted[k] : -block.high;
  } else if (!in.ranges.empty() && in.ranges[0] <= in.ranges[1]) {
    block.low = in.ranges[2 * index];
    block.high = in.ranges[2 * index + 1];
  } else {
    return;
  }
  block.given = true;
  if (p.codebook == Codebook::minmax) block.b_f = block.low;
  block.s_f = step_of_range(block.low, block.high, p);
}

}  // namespace

Coded code(const QuantInput& in) {
  const auto& p = in.options;
  Coded coded;
  coded.kept = mask_of(in);
  coded.codes.resize(in.x.size());
  coded.ideal.resize(in.x.size());
  coded.margin.resize(in.x.size(), 1);
  const bool sparse = p.sparsity.kind != Sparsity::Kind::none;
  for (Members& members : members_of(in, p.group)) {
    QuantBlock block;
    block.members = std::move(members);
    const double n = static_cast<double>(block.members.size());
    if (p.codebook == Codebook::sign_mean) {
      block.b_f = mean(block.members, [&](std::int64_t i) { return in.x[at(i)]; });
    }
    if (p.codebook == Codebook::minmax) {
      block.b_f = INFINITY;
      for (const std::int64_t i : block.members) {
        block.b_f = std::min(block.b_f, coded.kept[at(i)] ? in.x[at(i)] : 0.0);
      }
    }
    block.s_f = step_of(in.x, block.members, coded.kept, p);
    use_range(in, block, coded.blocks.size());
    block.constant = block.s_f == 0;
    if (block.constant) block.s_f = 1;
    const quant::Lambda lambda = p.lambda.value_or(quant::Lambda(0.01F));
    block.lambda = static_cast<double>(lambda.value) * in.lambda_scale;
    if (sparse && !p.lambda) block.lambda *= kept_count(block.members, coded.kept) / n;
    for (const std::int64_t i : block.members) {
      const bool kept = coded.kept[at(i)];
      const double value = kept || p.codebook == Codebook::sign_linear ? in.x[at(i)] : 0.0;
      coded.ideal[at(i)] = (value - block.b_f) / block.s_f + dither(in, i);
      if (p.codebook == Codebook::power_of_two) {
        const double dithered = dither(in, i);
        coded.ideal[at(i)] -= dithered;
        coded.codes[at(i)] =
            power_of_two(coded.ideal[at(i)], dithered, p.rounding == quant::Rounding::stochastic,
                         levels(p), coded.margin[at(i)]);
        continue;
      }
      coded.codes[at(i)] = code_of(coded.ideal[at(i)], kept, p);
    }
    coded.blocks.push_back(std::move(block));
  }
  return coded;
}

std::vector<double> dequantized(const QuantInput& in, const Coded& coded,
                                std::vector<double>* slopes, std::vector<double>* offsets) {
  std::vector<double> x_hat(in.x.size());
  for (const QuantBlock& block : coded.blocks) {
    const Fit f = fit(in.x, coded.codes, block, in.options, coded.codes);
    const bool regressed = in.options.estimator == quant::Estimator::denoise;
    const double s = regressed ? f.s : block.s_f;
    const double b = regressed ? f.x_mean - f.s * f.q_mean : block.b_f;
    if (slopes != nullptr) slopes->push_back(s);
    if (offsets != nullptr) offsets->push_back(b);
    for (const std::int64_t i : block.members) x_hat[at(i)] = s * coded.codes[at(i)] + b;
  }
  return x_hat;
}

std::vector<double> gradient(const QuantInput& in, const Coded& coded, std::span<const double> dy) {
  const auto& p = in.options;
  if (straight(p)) {
    std::vector<double> dx(dy.begin(), dy.end());
    for (const QuantBlock& block : coded.blocks) {
      for (const std::int64_t i : block.members)
        dx[at(i)] *= straight_factor(in.x[at(i)], block, p);
    }
    return dx;
  }
  std::vector<double> dx(in.x.size()), dq(in.x.size());
  for (const QuantBlock& block : coded.blocks) {
    const Members& m = block.members;
    const Fit f = fit(in.x, coded.codes, block, p, coded.codes);
    const bool affine = quant::is_affine(p.codebook);
    const auto noise = [&](std::int64_t i) {
      return coded.codes[at(i)] - (in.x[at(i)] - block.b_f) / block.s_f;
    };
    const auto qc = [&](std::int64_t i) { return coded.codes[at(i)] - f.q_mean; };
    const double g_mean = affine ? mean(m, [&](std::int64_t i) { return dy[at(i)]; }) : 0;
    const double noise_mean = affine ? mean(m, noise) : 0;
    const double c = mean(m, [&](std::int64_t i) { return dy[at(i)] * qc(i); });
    const double k = f.d > 0 ? c / f.d : 0, rho = f.s / block.s_f;
    for (const std::int64_t i : m) {
      dx[at(i)] =
          g_mean + rho * (dy[at(i)] - g_mean) - k * (noise(i) - noise_mean + 2 * (rho - 1) * qc(i));
      dq[at(i)] = f.s * (dy[at(i)] - g_mean) + k * (in.x[at(i)] - f.x_mean - 2 * f.s * qc(i));
    }
    if (p.backward == quant::Backward::live) add_live(in, coded, block, dq, dx);
  }
  return dx;
}

std::vector<double> surrogate_gradient(const QuantInput& in, const Coded& coded,
                                       std::span<const double> dy) {
  const auto& p = in.options;
  std::vector<double> x = in.x, q = coded.codes, dx(in.x.size());
  for (const QuantBlock& block : coded.blocks) {
    if (fit(x, q, block, p, coded.codes).d ==
        0) {  // 0/0 by rule: the mean, or nothing in a linear form
      const double g_mean = mean(block.members, [&](std::int64_t i) { return dy[at(i)]; });
      for (const std::int64_t i : block.members) {
        dx[at(i)] = quant::is_affine(p.codebook) ? g_mean : 0;
      }
      continue;
    }
    const auto loss = [&] {
      double s_f = block.s_f;
      if (p.backward == quant::Backward::live && !block.constant) {
        s_f = step_of(x, block.members, coded.kept, p);
      }
      for (const std::int64_t i : block.members) {
        const double noise = coded.codes[at(i)] - (in.x[at(i)] - block.b_f) / block.s_f;
        q[at(i)] = (x[at(i)] - block.b_f) / s_f + noise;
      }
      const Fit f = fit(x, q, block, p, coded.codes);
      double sum = 0;
      for (const std::int64_t i : block.members) {
        sum += dy[at(i)] * (f.s * (q[at(i)] - f.q_mean) + f.x_mean);
      }
      return sum;
    };
    for (const std::int64_t i : block.members) {
      // Of powers of two s_f is tiny beside the values.
      const double h = 1e-6 * block.s_f * (p.codebook == Codebook::power_of_two ? levels(p) : 1);
      x[at(i)] = in.x[at(i)] + h;
      const double above = loss();
      x[at(i)] = in.x[at(i)] - h;
      const double below = loss();
      x[at(i)] = in.x[at(i)];
      dx[at(i)] = (above - below) / (2 * h);
    }
  }
  return dx;
}

}  // namespace ridgeback::test::reference
