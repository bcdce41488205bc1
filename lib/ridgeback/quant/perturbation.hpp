// SPDX-License-Identifier: Apache-2.0
// Perturbation: what the method does to one operand (a weight or an activation), as plain options.
// The mathematics is described in lib/ridgeback/quant/README.md.
#pragma once

#include "ridgeback/core/dtype.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ridgeback::quant {

/// How values become integer codes: q = code((x - b_f) / s_f), with one s_f and b_f per block.
enum class Codebook : std::uint8_t {
  automatic,     ///< minmax; for sparse values sign_linear (1 bit), absmax (more) or none (32)
  minmax,        ///< affine, 1 to 8 bits: b_f = min, s_f = (max - min) / (2^b - 1)
  sign_mean,     ///< affine, 1 bit: b_f = mean x, s_f = mean |x - b_f|, codes -1 and +1
  absmax,        ///< linear, 2 to 8 bits: s_f = max |x| / (2^(b-1) - 1)
  sign_linear,   ///< linear, 1 bit: s_f = mean |x| of the kept values, codes -1, +1, 0 where pruned
  ternary,       ///< linear: s_f = 1.5 mean |x| of the kept values, codes -1, 0, +1
  none,          ///< linear, not rounded: s_f = rms x; for sparsity alone
  meanabs,       ///< linear, 2 to 8 bits: s_f = 2 mean |x| / sqrt(2^(b-1) - 1) of the kept values
  power_of_two,  ///< linear, 2 to 8 bits: 0 and +-2^e, e = 0 .. min(2^(b-1) - 2, 30), to the
                 ///< nearest, s_f = max |x| / 2^(largest e). From 5 bits on no packed type holds
                 ///< the codes: they are f32 and products of them are made in f32
};

/// The set of values that share one s_f, b_f and one regression.
struct Group {
  enum class Kind : std::uint8_t { automatic, tensor, channel, blocks };
  Kind kind = Kind::automatic;  ///< 64; channel for sign_linear and none, sparse
  int size = 0;                 ///< block length along the last axis; Kind::blocks only

  /// The whole tensor. For weights only: an activation's code must not depend on its batch.
  [[nodiscard]] static constexpr Group tensor() { return {Kind::tensor, 0}; }
  /// One block per row: per token or sample of activations, per output channel of weights.
  [[nodiscard]] static constexpr Group channel() { return {Kind::channel, 0}; }
  /// Blocks of `size` along the last axis; the last may be short. See is_simulated().
  [[nodiscard]] static constexpr Group blocks(int size) { return {Kind::blocks, size}; }

  bool operator==(const Group&) const = default;
};

/// The range that the codes of a block span: (min, max) of minmax codes, (-m, m) of linear ones.
/// What lies outside is clipped, which is noise like any other to the denoising estimator. Ranges
/// are constants for the gradient, save for a live scale (its own extremes only) and the steps of
/// lsq.
struct ValueRange {
  enum class Kind : std::uint8_t {
    automatic,   ///< what the codebook says, of the block itself
    minmax,      ///< the block's extremes: codebook minmax
    absmax,      ///< its largest magnitude: codebook absmax
    meanabs,     ///< from its mean magnitude: codebook meanabs
    percentile,  ///< `value` percent of a block's values lie below its upper end, and above its
                 ///< lower
    running,    ///< moving average over the steps, this one included, that keeps `value` of the old
    hindsight,  ///< the extremes of the last step (`value` of the old average kept): one pass
    fixed,      ///< (-value, value)
  };
  Kind kind = Kind::automatic;
  float value = 0;

  [[nodiscard]] static ValueRange percentile(float percent) { return {Kind::percentile, percent}; }
  [[nodiscard]] static ValueRange running(float momentum) { return {Kind::running, momentum}; }
  [[nodiscard]] static ValueRange hindsight(float momentum = 0) {
    return {Kind::hindsight, momentum};
  }
  [[nodiscard]] static ValueRange fixed(float bound) { return {Kind::fixed, bound}; }
  /// It remembers former steps: (low, high) for each block, low > high where none was seen yet.
  [[nodiscard]] bool has_state() const { return kind == Kind::running || kind == Kind::hindsight; }

  bool operator==(const ValueRange&) const = default;
};

/// Which values are pruned to zero before they are coded: those of least magnitude.
struct Sparsity {
  enum class Kind : std::uint8_t { none, fraction, n_of_m, blocks };
  /// Where a fraction is counted: per row, over the tensor, or per block of the Group. Of pruned
  /// blocks: per row of blocks, or over the tensor.
  enum class Scope : std::uint8_t { channel, tensor, block };
  Kind kind = Kind::none;
  Scope scope = Scope::channel;
  double zeros = 0;  ///< fraction of zeros, in [0, 1)
  int n = 0;         ///< kept of each m; runs restart at each row, a short tail keeps min(n, left)
  int m = 0;         ///< at most 32
  int block_rows = 0;  ///< size of the blocks that are kept or pruned whole
  int block_cols = 0;

  bool operator==(const Sparsity&) const = default;
};

/// Keeps max(1, n - round(zeros n)) of the n values in each scope; ties keep the lower index.
[[nodiscard]] Sparsity fraction(double zeros, Sparsity::Scope scope = Sparsity::Scope::channel);
/// What a fraction keeps of n values: max(1, n - round(zeros n)), halves to even.
[[nodiscard]] std::int64_t kept_of(double zeros, std::int64_t n);
/// Keeps the n largest of each m consecutive values of a row.
[[nodiscard]] Sparsity n_of_m(int n, int m);

/// Prunes whole blocks of rows x cols values (those at the far edges may be smaller), the fraction
/// `zeros` of them, by their mean square.
[[nodiscard]] Sparsity pruned_blocks(double zeros, int rows, int cols,
                                     Sparsity::Scope scope = Sparsity::Scope::channel);

/// How the code is turned back into a value, and what the gradient sees. All but denoise have
/// x_hat = s_f code + b_f. In the formulas of cge_... u is the distance of (x - b_f) / s_f from the
/// nearest whole number, -1/2 <= u <= 1/2, and a or k is Perturbation::shape.
enum class Estimator : std::uint8_t {
  denoise,           ///< ridge regression from the code to the clean value, differentiated
  straight_through,  ///< gradient 1
  lsq,  ///< learned step size: s_f is a parameter; gradient 1 within the range (Esser et al. 2020)
  cge_cosine,     ///< gradient times 1 + a cos(2 pi u), 0 <= a < 1, 0.8 where not given
  cge_tanh,       ///< times 1/20 + k / (2 tanh(k/2) cosh(k (1/2 - |u|))^2), 0 < k <= 30, default 6
  cge_piecewise,  ///< times 1 + a (1 - 4 |u|), 0 <= a < 1, 0.8 where not given
  pokebnn,        ///< 1 bit: x_hat = +-B/2, gradient 1 where |x| <= B, the range being (-B, B)
};
inline constexpr double cge_tanh_floor = 0.05;
/// A custom gradient estimator (cge_...): for weights.
[[nodiscard]] bool is_custom_gradient(Estimator estimator);

/// The gradient of the denoised value (Estimator::denoise).
enum class Backward : std::uint8_t {
  full,      ///< through the regression; s_f and b_f constant
  live,      ///< as full, and through s_f
  straight,  ///< gradient 1: the control that isolates the corrective path
};

/// How (x - b_f) / s_f becomes a whole number.
enum class Rounding : std::uint8_t {
  nearest,     ///< halves to even
  stochastic,  ///< floor(f + u), u uniform in [0, 1) from seed, step, stream and place: unbiased
};

/// Ridge strength. Converts from a number, which is absolute.
struct Lambda {
  float value = 0;
  bool relative = false;  ///< times the block's mean of q~^2 (q^2 in a linear form), a constant for
                          ///< the gradient; else in code units

  Lambda() = default;
  Lambda(float amount, bool is_relative = false)  // NOLINT: an amount is a lambda
      : value(amount), relative(is_relative) {}
  bool operator==(const Lambda&) const = default;
};

/// `bits` of ternary codes, "t" in text: 1.5 bits to a reader, two planes in memory.
inline constexpr int ternary_bits = 0;
/// `bits` of values that are not quantized.
inline constexpr int unquantized_bits = 32;

/// Ridge strength where none is given, in code units.
inline constexpr float default_lambda = 0.01F;

/// Codes of a train (Perturbation::timesteps) at most.
inline constexpr int most_timesteps = 64;

/// Options of one operand. With the defaults nothing is done.
struct Perturbation {
  int bits = unquantized_bits;  ///< 1 to 8, ternary_bits or unquantized_bits
  Codebook codebook = Codebook::automatic;
  Group group{};
  Sparsity sparsity{};
  /// Default: default_lambda, times the density of the kept codes of the block where values are
  /// pruned. StepParams::lambda_scale multiplies whatever holds.
  std::optional<Lambda> lambda{};
  Estimator estimator = Estimator::denoise;
  Backward backward = Backward::full;
  /// straight_through only: gradient 0 where (x - b_f) / s_f lies outside of the codes' range.
  bool clipped = false;
  Rounding rounding = Rounding::nearest;  ///< stochastic: not for codes that are signs or `none`
  /// Above 1 the value is a train of so many codes, each of what those before it leave
  /// (temporal.hpp): activations only.
  int timesteps = 1;
  /// percentile, running, hindsight and fixed are for minmax, absmax and power_of_two codes; fixed
  /// also for pokebnn; lsq has its own.
  ValueRange range{};
  std::optional<float> shape{};  ///< of a custom gradient estimator

  /// Neither quantized nor pruned: the value passes as it is.
  [[nodiscard]] bool is_identity() const;
  /// The same with every automatic choice made. Throws InvalidArgument, saying what to change, for
  /// combinations that make no sense. What it returns is what it returns for its own result.
  [[nodiscard]] Perturbation resolved() const;

  bool operator==(const Perturbation&) const = default;
};

/// Whether the regression has an offset (minmax, sign_mean) or goes through zero.
[[nodiscard]] bool is_affine(Codebook codebook);

/// How the codes of a resolved perturbation are stored: b1, s1, ternary, i2, i4, i8, or f32 for
/// Codebook::none and what is simulated.
[[nodiscard]] DType code_type(const Perturbation& resolved);

/// stored code = code - this: 2^(b-1) for minmax codes of 2 bits and more, else 0.
[[nodiscard]] int code_shift(const Perturbation& resolved);

/// The largest code: 2^b - 1 for minmax, 2^(b-1) - 1 for absmax and meanabs, 2^e for power_of_two,
/// 1 for signs and ternary, 0 where codes are not rounded.
[[nodiscard]] int largest_code(const Perturbation& resolved);
/// The largest exponent of power_of_two codes.
[[nodiscard]] int largest_exponent(int bits);

/// Whether some values may lie outside of the codes' range: the range is not the block's own
/// extremes.
[[nodiscard]] bool can_clip(const Perturbation& resolved);
/// Whether perturb() wants a range beside the value (PerturbInputs::range).
[[nodiscard]] bool takes_range(const Perturbation& resolved);

// Text forms, for command lines, logs and checkpoints. The readers throw InvalidArgument.
// bits: "1".."8", "t", "32"; group: "tensor", "channel" (or "token"), "64"; sparsity: "none",
// "0.99", "2:4", "4x4:0.9" (blocks of 4x4); scope: "channel", "tensor", "block"; estimator:
// "denoise", "ste", "lsq", "cge_cosine", "cge_tanh", "cge_piecewise", "pokebnn"; backward: "full",
// "live", "straight"; rounding: "nearest", "stochastic"; lambda: "0.01", relative "0.01r"; range:
// "auto", "minmax", "absmax", "meanabs", "percentile:99", "running:0.9", "hindsight",
// "hindsight:0.9", "fixed:3".
[[nodiscard]] std::string bits_text(int bits);
[[nodiscard]] int bits_from_text(std::string_view text);
[[nodiscard]] std::string_view name(Codebook codebook);
[[nodiscard]] Codebook codebook_from_text(std::string_view text);
[[nodiscard]] std::string text(Group group);
[[nodiscard]] Group group_from_text(std::string_view text);
[[nodiscard]] std::string text(const Sparsity& sparsity);
[[nodiscard]] Sparsity sparsity_from_text(std::string_view text);
[[nodiscard]] std::string_view name(Sparsity::Scope scope);
[[nodiscard]] Sparsity::Scope scope_from_text(std::string_view text);
[[nodiscard]] std::string_view name(Estimator estimator);
[[nodiscard]] Estimator estimator_from_text(std::string_view text);
[[nodiscard]] std::string_view name(Backward backward);
[[nodiscard]] Backward backward_from_text(std::string_view text);
[[nodiscard]] std::string_view name(Rounding rounding);
[[nodiscard]] Rounding rounding_from_text(std::string_view text);
[[nodiscard]] std::string text(const Lambda& lambda);
[[nodiscard]] Lambda lambda_from_text(std::string_view text);
[[nodiscard]] std::string text(const ValueRange& range);
[[nodiscard]] ValueRange range_from_text(std::string_view text);
/// Throws InvalidArgument for a number out of range.
void check_range(const ValueRange& range);

/// "bits=1 codebook=minmax group=64 sparsity=none scope=channel lambda=auto estimator=denoise
/// backward=full clipped=0 rounding=nearest range=auto shape=auto", and " timesteps=4" of a train;
/// the reader takes any subset of the keys.
[[nodiscard]] std::string text(const Perturbation& perturbation);
[[nodiscard]] Perturbation perturbation_from_text(std::string_view text);

}  // namespace ridgeback::quant
