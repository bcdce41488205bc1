// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/attention.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/operand.hpp"
#include "ridgeback/ops/ops.hpp"

#include <cmath>
#include <fmt/core.h>

namespace ridgeback::nn {

CausalSelfAttention::CausalSelfAttention(std::int64_t heads, std::shared_ptr<const Module> qkv,
                                         std::shared_ptr<const Module> projection,
                                         const quant::Perturbation& products, float dropout)
    : heads_(heads),
      qkv_(std::move(qkv)),
      projection_(std::move(projection)),
      products_(products.is_identity() ? products : products.resolved()),
      dropout_(dropout) {
  require(heads > 0, fmt::format("attention: heads must be above 0 (got {})", heads));
  require(qkv_ != nullptr && projection_ != nullptr, "attention: needs two linear modules");
  require(dropout >= 0 && dropout < 1,
          fmt::format("attention: dropout out of [0, 1) (got {})", dropout));
}

// q, k, v: [batch, heads, tokens, d].
Tensor CausalSelfAttention::attend(const Tensor& q, const Tensor& k, const Tensor& v,
                                   Context& context) const {
  const auto d = static_cast<float>(q.shape()[-1]);
  // One after the other: streams are numbered in this order.
  const Tensor used_q = denoised("query", q, products_, context);
  const Tensor used_k = denoised("key", k, products_, context);
  const Tensor used_v = denoised("value", v, products_, context);
  const Tensor scores = matmul(used_q, transpose(used_k));
  Tensor p = causal_softmax(scores, 1 / std::sqrt(d));
  // The denoised value of a code is not 0 where the probability is: later tokens are masked again.
  if (!products_.is_identity()) p = causal_mask(denoised("probability", p, products_, context));
  if (dropout_ > 0 && context.training()) p = dropout(p, dropout_, context.next_stream());
  return matmul(p, used_v);
}

Tensor CausalSelfAttention::forward(const Tensor& x, Context& context) const {
  require(x.shape().rank() == 3,
          fmt::format("attention: x must be [batch, tokens, width] (got {})", x.spec().text()));
  const std::int64_t batch = x.shape()[0], tokens = x.shape()[1], width = x.shape()[2];
  require(width % heads_ == 0,
          fmt::format("attention: heads must divide the width (got {} of {})", heads_, width));
  const std::int64_t rows = batch * tokens, d = width / heads_;
  Tensor all;
  {
    const Context::Scope scope(context, "qkv");
    all = qkv_->forward(reshape(x, {rows, width}), context);
  }
  require(
      all.shape() == Shape({rows, 3 * width}),
      fmt::format("attention: queries, keys and values have another width (got {}, expected {})",
                  all.spec().text(), 3 * width));
  const Tensor by_head = transpose(reshape(all, {batch, tokens, 3, heads_, d}), {2, 0, 3, 1, 4});
  std::vector<Tensor> parts = split(by_head, 0, {1, 1, 1});
  for (Tensor& part : parts) part = reshape(part, {batch, heads_, tokens, d});
  const Tensor seen = attend(parts[0], parts[1], parts[2], context);
  const Tensor joined = reshape(transpose(seen, {0, 2, 1, 3}), {rows, width});
  const Context::Scope scope(context, "projection");
  return reshape(projection_->forward(joined, context), x.shape());
}

void CausalSelfAttention::collect(const std::string& prefix,
                                  std::vector<NamedTensor>& tensors) const {
  qkv_->collect(prefix + "qkv.", tensors);
  projection_->collect(prefix + "projection.", tensors);
}

Description CausalSelfAttention::describe() const {
  return {"causal_self_attention",
          {{"heads", std::to_string(heads_)},
           {"products", quant::text(products_)},
           {"dropout", fmt::format("{}", dropout_)}},
          {qkv_->describe(), projection_->describe()}};
}

}  // namespace ridgeback::nn
