// SPDX-License-Identifier: Apache-2.0
// The vocabulary of the method: perturb, dequantize, denoise. See lib/ridgeback/quant/README.md.
#pragma once

#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/quant/perturbation.hpp"
#include "ridgeback/quant/precision.hpp"
#include "ridgeback/quant/quantize_gradient.hpp"

namespace ridgeback::quant {

/// What perturbing a value gives. Rows are all axes but the last, which is the reduction axis.
struct Perturbed {
  Tensor codes;    ///< shape of x, of type code_type(); stored codes (f32 for Codebook::none)
  Tensor factors;  ///< f32 [rows, blocks, 2]: (s, o) with x_hat = s * stored code + o
  Tensor stats;  ///< f32 [rows, blocks, 6]: mean (x - b_f), mean of the stored codes, s, 1/D, s_f,
                 ///< b_f; both means are 0 in a linear form. For the backward pass
  Tensor mask;   ///< b1 of x's shape, 1 where kept; null where nothing is pruned
};

/// Blocks in a row of `cols` values. Group::tensor has one, whose factors repeat in every row.
[[nodiscard]] std::int64_t blocks_per_row(Group group, std::int64_t cols);

/// What perturb() takes beside the value and its options.
struct PerturbInputs {
  /// Numbers the draws of Rounding::stochastic: operations that must draw apart take different
  /// ones. Word c % 4 of random_words(step, stream, row * ceil(cols / 4) + c / 4) is drawn for
  /// column c of a row.
  std::uint32_t stream = 0;
  /// (low, high) of each block, f32 [rows or 1, blocks or 1, 2] ([1, 1, 2] for Group::tensor),
  /// where the range has a state or the estimator is lsq. low > high everywhere stands for "none
  /// yet": then blocks take their own extremes (not for Group::tensor).
  Tensor range{};
};

/// (low, high) of each block of x, f32 [rows, blocks, 2], [1, 1, 2] for Group::tensor: what the
/// range `percentile` of the options says, or the extremes; (-m, m), m of the magnitudes, for
/// linear codes. Of n sorted values those at k and n - 1 - k, k = round((1 - percent/100) (n - 1)),
/// are the ends. Pruned values count as they are. Not differentiable.
[[nodiscard]] Tensor block_range(const Tensor& x, const Perturbation& perturbation);

/// The range (low, high) of learned steps s, shape [n, 1, 1]: (-t s, t s), t the largest code, or
/// (0, t s) for minmax codes. The gradient of the range that perturb() gives is LSQ's gradient of
/// s.
[[nodiscard]] Tensor learned_range(const Tensor& step, const Perturbation& perturbation);
/// What LSQ starts from, [rows, 1, 1] or [1, 1, 1] for Group::tensor or where `shared` by the rows:
/// 2 mean |x| / sqrt(t).
[[nodiscard]] Tensor first_step(const Tensor& x, const Perturbation& perturbation, bool shared);

/// Sparsifies, codes and regresses x (f32, at least one axis). Its gradient expects the gradient of
/// x_hat at `codes`, which is what dequantize() passes on, and makes the gradient of x from it
/// (Perturbation::backward). Throws InvalidArgument for an identity.
[[nodiscard]] Perturbed perturb(const Tensor& x, const Perturbation& perturbation,
                                const PerturbInputs& inputs = {});

/// x_hat = s q + o, f32. `codes` are packed or f32, `factors` f32 with rows * blocks * 2 elements
/// for the blocks of `group`. Differentiable in `codes` in the sense of perturb(): the gradient of
/// x_hat is handed to the codes, nothing to the factors. Products of dequantized values become
/// products of codes (pack_products.hpp).
[[nodiscard]] Tensor dequantize(const Tensor& codes, const Tensor& factors, Group group);

/// The denoised value of x: dequantize(perturb(x)); x itself for an identity. Its gradient cannot
/// be differentiated again (Unsupported), save for straight ones.
[[nodiscard]] Tensor denoise(const Tensor& x, const Perturbation& perturbation,
                             const PerturbInputs& inputs = {});

/// 1 where a value is kept, as b1 of x's shape. `group` says what Scope::block means; it is not
/// differentiable.
[[nodiscard]] Tensor keep_mask(const Tensor& x, const Sparsity& sparsity, Group group);

/// i32 stored codes to a packed type, which must hold them, and back. Not differentiable.
[[nodiscard]] Tensor pack_codes(const Tensor& codes, DType type);
[[nodiscard]] Tensor unpack_codes(const Tensor& packed);

}  // namespace ridgeback::quant
