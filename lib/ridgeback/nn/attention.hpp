// SPDX-License-Identifier: Apache-2.0
// Multi-head attention in which a token sees itself and what stands before it.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <cstdint>
#include <memory>

namespace ridgeback::nn {

/// x [batch, tokens, width] -> the same shape. `qkv` is a module from width to 3 width (queries,
/// keys and values one after the other, each head after head), `projection` one from width to
/// width; both see [batch * tokens, width]. For each head of d = width / heads values:
///   p[t, s] = softmax over s <= t of q[t] k[s] / sqrt(d)       y[t] = sum over s <= t of p[t, s]
///   v[s]
/// `products` perturbs all four operands of the two products, each along its last axis (values of
/// a head for q, k and v, tokens for p), so that no code depends on a later token; denoised
/// probabilities of later tokens are 0. Where codes are packed, q k and the gradients of p, q and k
/// are products on packed codes, and so is p v, of dense p (masked) with the codes of v; only the
/// gradient of v is a product of floats (quant/pack_products.hpp).
/// `dropout` acts on the probabilities in training.
class CausalSelfAttention final : public Module {
 public:
  CausalSelfAttention(std::int64_t heads, std::shared_ptr<const Module> qkv,
                      std::shared_ptr<const Module> projection,
                      const quant::Perturbation& products = {}, float dropout = 0);

  /// Throws InvalidArgument where the heads do not divide the width.
  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

 private:
  [[nodiscard]] Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v,
                              Context& context) const;

  std::int64_t heads_;
  std::shared_ptr<const Module> qkv_;
  std::shared_ptr<const Module> projection_;
  quant::Perturbation products_;  // resolved, or the identity
  float dropout_;
};

}  // namespace ridgeback::nn
