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
};

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
