// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/gpt.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/activation.hpp"
#include "ridgeback/nn/attention.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/norm.hpp"
#include "ridgeback/nn/operand.hpp"
#include "ridgeback/nn/transformer.hpp"
#include "ridgeback/ops/ops.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {
namespace {

std::shared_ptr<const Module> norm_layer(const GptOptions& options) {
  if (options.norm == "layer") return std::make_shared<const LayerNorm>(options.width);
  require(options.norm == "rms",
          fmt::format("gpt: unknown norm '{}' (expected layer or rms)", options.norm));
  return std::make_shared<const RmsNorm>(options.width);
}

std::shared_ptr<const Module> block(const GptOptions& o) {
  const auto linear = [&](std::int64_t inputs, std::int64_t outputs) {
    return std::make_shared<const Linear>(inputs, outputs, o.precision);
  };
  TransformerParts parts;
  parts.norm1 = norm_layer(o);
  parts.attention = std::make_shared<const CausalSelfAttention>(
      o.heads, linear(o.width, 3 * o.width), linear(o.width, o.width), o.attention.activation(),
      o.dropout);
  parts.norm2 = norm_layer(o);
  parts.expand = linear(o.width, 4 * o.width);
  parts.activation = std::make_shared<const Activation>(o.activation);
  parts.contract = linear(4 * o.width, o.width);
  return std::make_shared<const TransformerBlock>(std::move(parts), o.dropout);
}

}  // namespace

Gpt::Gpt(Parts parts) : parts_(std::move(parts)) {
  require(parts_.tokens != nullptr && parts_.positions != nullptr && parts_.norm != nullptr,
          "gpt: a part is missing");
  require(parts_.tokens->width() == parts_.positions->width(),
          fmt::format("gpt: tokens and positions differ in width (got {} and {})",
                      parts_.tokens->width(), parts_.positions->width()));
  require(parts_.dropout >= 0 && parts_.dropout < 1,
          fmt::format("gpt: dropout out of [0, 1) (got {})", parts_.dropout));
  if (!parts_.head_activations.is_identity())
    parts_.head_activations = parts_.head_activations.resolved();
}

Tensor Gpt::forward(const Tensor& tokens, Context& context) const {
  require(tokens.dtype() == DType::u32 && tokens.shape().rank() == 2,
          fmt::format("gpt: tokens must be u32 [batch, tokens] (got {})", tokens.spec().text()));
  const std::int64_t batch = tokens.shape()[0], length = tokens.shape()[1];
  require(length > 0 && length <= this->context(),
          fmt::format("gpt: a window is out of range (got {} tokens, expected 1 to {})", length,
                      this->context()));
  Tensor table, places;
  {
    const Context::Scope scope(context, "tokens");
    table = parts_.tokens->table(context);
  }
  {
    const Context::Scope scope(context, "positions");
    places = slice(parts_.positions->table(context), 0, 0, length);
  }
  Tensor x = gather_rows(table, tokens) + places;
  if (parts_.dropout > 0 && context.training())
    x = dropout(x, parts_.dropout, context.next_stream());
  context.trace("tokens and positions", x);
  for (std::size_t i = 0; i < parts_.blocks.size(); ++i) {
    const std::string name = fmt::format("blocks.{}", i);
    {
      const Context::Scope scope(context, name);
      x = parts_.blocks[i]->forward(x, context);
    }
    context.trace(name, x);
  }
  {
    const Context::Scope scope(context, "norm");
    x = parts_.norm->forward(x, context);
  }
  context.trace("norm", x);
  const auto [rows, width] = as_matrix(x.shape());
  x = reshape(x, {rows, width});
  Tensor logits;
  if (parts_.head) {
    const Context::Scope scope(context, "head");
    logits = parts_.head->forward(x, context);
  } else {
    logits =
        matmul(denoised("head.activation", x, parts_.head_activations, context), transpose(table));
  }
  context.trace("head", logits);
  return reshape(logits, {batch, length, vocabulary()});
}

void Gpt::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  parts_.tokens->collect(prefix + "tokens.", tensors);
  parts_.positions->collect(prefix + "positions.", tensors);
  for (std::size_t i = 0; i < parts_.blocks.size(); ++i)
    parts_.blocks[i]->collect(fmt::format("{}blocks.{}.", prefix, i), tensors);
  parts_.norm->collect(prefix + "norm.", tensors);
  if (parts_.head) parts_.head->collect(prefix + "head.", tensors);
}

Description Gpt::describe() const {
  Description description{"gpt",
                          {{"tie", parts_.head ? "false" : "true"},
                           {"head_activations", quant::text(parts_.head_activations)},
                           {"dropout", fmt::format("{}", parts_.dropout)}},
                          {parts_.tokens->describe(), parts_.positions->describe()}};
  for (const auto& part : parts_.blocks) description.children.push_back(part->describe());
  description.children.push_back(parts_.norm->describe());
  if (parts_.head) description.children.push_back(parts_.head->describe());
  return description;
}

Gpt gpt(const GptOptions& o) {
  require(o.layers > 0, fmt::format("gpt: layers must be above 0 (got {})", o.layers));
  require(o.heads > 0 && o.width > 0 && o.width % o.heads == 0,
          fmt::format("gpt: heads must divide the width (got {} of {})", o.heads, o.width));
  const quant::Precision outer = o.quantize_all ? o.precision : quant::Precision{};
  if (o.tie && outer.gradients != quant::unquantized_bits) {
    throw Unsupported(
        "gpt: an output head that is the token embedding has no quantized output gradients (leave "
        "it in f32, or do not tie it)");
  }
  Gpt::Parts parts;
  parts.tokens = std::make_shared<const Embedding>(o.vocabulary, o.width, outer.weight());
  parts.positions = std::make_shared<const Embedding>(o.context, o.width);
  for (std::int64_t i = 0; i < o.layers; ++i) parts.blocks.push_back(block(o));
  parts.norm = norm_layer(o);
  if (o.tie) {
    parts.head_activations = outer.activation();
  } else {
    parts.head = std::make_shared<const Linear>(o.width, o.vocabulary, outer);
  }
  parts.dropout = o.dropout;
  return Gpt(std::move(parts));
}

}  // namespace ridgeback::nn
