// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/transformer.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/ops.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {
namespace {

Tensor within(Context& context, const char* name, const Module& module, const Tensor& x) {
  Tensor y;
  {
    const Context::Scope scope(context, name);
    y = module.forward(x, context);
  }
  context.trace(name, y);
  return y;
}

}  // namespace

TransformerBlock::TransformerBlock(TransformerParts parts, float dropout)
    : parts_(std::move(parts)), dropout_(dropout) {
  for (const auto* part : {&parts_.norm1, &parts_.attention, &parts_.norm2, &parts_.expand,
                           &parts_.activation, &parts_.contract})
    require(*part != nullptr, "transformer block: a part is missing");
  require(dropout >= 0 && dropout < 1,
          fmt::format("transformer block: dropout out of [0, 1) (got {})", dropout));
}

Tensor TransformerBlock::dropped(const Tensor& x, Context& context) const {
  if (dropout_ == 0 || !context.training()) return x;
  return dropout(x, dropout_, context.next_stream());
}

Tensor TransformerBlock::forward(const Tensor& x, Context& context) const {
  require(x.shape().rank() == 3, fmt::format("transformer block: x must be [batch, tokens, width] "
                                             "(got {})",
                                             x.spec().text()));
  const Tensor normed = within(context, "norm1", *parts_.norm1, x);
  const Tensor seen = within(context, "attention", *parts_.attention, normed);
  const Tensor y = x + dropped(seen, context);

  const auto [rows, width] = as_matrix(x.shape());
  Tensor z = reshape(within(context, "norm2", *parts_.norm2, y), {rows, width});
  z = within(context, "expand", *parts_.expand, z);
  z = within(context, "activation", *parts_.activation, z);
  z = within(context, "contract", *parts_.contract, z);
  return y + reshape(dropped(z, context), x.shape());
}

void TransformerBlock::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  parts_.norm1->collect(prefix + "norm1.", tensors);
  parts_.attention->collect(prefix + "attention.", tensors);
  parts_.norm2->collect(prefix + "norm2.", tensors);
  parts_.expand->collect(prefix + "expand.", tensors);
  parts_.activation->collect(prefix + "activation.", tensors);
  parts_.contract->collect(prefix + "contract.", tensors);
}

Description TransformerBlock::describe() const {
  return {"transformer_block",
          {{"dropout", fmt::format("{}", dropout_)}},
          {parts_.norm1->describe(), parts_.attention->describe(), parts_.norm2->describe(),
           parts_.expand->describe(), parts_.activation->describe(), parts_.contract->describe()}};
}

}  // namespace ridgeback::nn
