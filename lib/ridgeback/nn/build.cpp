// SPDX-License-Identifier: Apache-2.0
// Modules from descriptions.
#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/activation.hpp"
#include "ridgeback/nn/attention.hpp"
#include "ridgeback/nn/embedding.hpp"
#include "ridgeback/nn/gpt.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/norm.hpp"
#include "ridgeback/nn/sequential.hpp"
#include "ridgeback/nn/temporal.hpp"
#include "ridgeback/nn/transformer.hpp"

#include <array>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::nn {
namespace {

using Handle = std::shared_ptr<const Module>;

// A description may come from a file: no layer is larger than 2^28 parameters.
constexpr std::int64_t max_width = 1 << 20;
constexpr std::int64_t max_weights = 1 << 28;

Handle build_sequential(const Description& d) {
  Sequential sequential;
  for (const Description& child : d.children) sequential.append(build(child));
  return std::make_shared<const Sequential>(std::move(sequential));
}

Handle build_linear(const Description& d) {
  const std::int64_t inputs = d.integer("inputs", 1, max_width);
  const std::int64_t outputs = d.integer("outputs", 1, max_width);
  require(inputs <= max_weights / outputs,
          fmt::format("linear: too large ({} x {})", inputs, outputs));
  const std::string* gradients = d.find_setting("gradients");
  return std::make_shared<const Linear>(
      inputs, outputs, quant::perturbation_from_text(d.setting("weights")),
      quant::perturbation_from_text(d.setting("activations")), d.flag("bias"),
      gradients != nullptr ? quant::gradient_code_from_text(*gradients) : quant::GradientCode{});
}

Handle build_batch_norm(const Description& d) {
  return std::make_shared<const BatchNorm>(d.integer("channels", 1, max_width),
                                           static_cast<float>(d.number("momentum")),
                                           static_cast<float>(d.number("epsilon")));
}

Handle build_layer_norm(const Description& d) {
  return std::make_shared<const LayerNorm>(d.integer("channels", 1, max_width),
                                           static_cast<float>(d.number("epsilon")));
}

Handle build_rms_norm(const Description& d) {
  return std::make_shared<const RmsNorm>(d.integer("channels", 1, max_width),
                                         static_cast<float>(d.number("epsilon")));
}

Handle build_activation(const Description& d) {
  return std::make_shared<const Activation>(d.setting("function"));
}
Handle build_dropout(const Description& d) {
  return std::make_shared<const Dropout>(static_cast<float>(d.number("rate")));
}
Handle build_repeat(const Description& d) {
  return std::make_shared<const Repeat>(
      static_cast<int>(d.integer("steps", 1, quant::most_timesteps)));
}
Handle build_leaky(const Description& d) {
  return std::make_shared<const Leaky>(
      static_cast<int>(d.integer("steps", 1, quant::most_timesteps)),
      static_cast<float>(d.number("leak")),
      quant::perturbation_from_text(d.setting("activations")));
}
Handle build_mean_over_steps(const Description& d) {
  return std::make_shared<const MeanOverSteps>(
      static_cast<int>(d.integer("steps", 1, quant::most_timesteps)));
}
Handle build_flatten(const Description& /*d*/) {
  return std::make_shared<const Flatten>();
}

void require_children(const Description& d, std::size_t count) {
  require(d.children.size() == count, fmt::format("{}: wrong number of modules (got {}, expected "
                                                  "{})",
                                                  d.kind, d.children.size(), count));
}

std::shared_ptr<const Embedding> embedding(const Description& d) {
  require(d.kind == "embedding", fmt::format("gpt: expected an embedding (got '{}')", d.kind));
  const std::int64_t rows = d.integer("rows", 1, max_weights);
  const std::int64_t width = d.integer("width", 1, max_width);
  require(rows <= max_weights / width, fmt::format("embedding: too large ({} x {})", rows, width));
  return std::make_shared<const Embedding>(rows, width,
                                           quant::perturbation_from_text(d.setting("weights")));
}
Handle build_embedding(const Description& d) {
  return embedding(d);
}

Handle build_attention(const Description& d) {
  require_children(d, 2);
  return std::make_shared<const CausalSelfAttention>(
      d.integer("heads", 1, max_width), build(d.children[0]), build(d.children[1]),
      quant::perturbation_from_text(d.setting("products")),
      static_cast<float>(d.number("dropout")));
}

Handle build_block(const Description& d) {
  require_children(d, 6);
  std::vector<Handle> parts;
  for (const Description& child : d.children) parts.push_back(build(child));
  return std::make_shared<const TransformerBlock>(
      TransformerParts{parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]},
      static_cast<float>(d.number("dropout")));
}

// Tokens, positions, blocks, norm and, where it is not tied, the head.
Handle build_gpt(const Description& d) {
  const std::size_t after = d.flag("tie") ? 1 : 2;
  require(d.children.size() >= 2 + after,
          fmt::format("gpt: too few modules (got {})", d.children.size()));
  Gpt::Parts parts;
  parts.tokens = embedding(d.children[0]);
  parts.positions = embedding(d.children[1]);
  const std::size_t norm = d.children.size() - after;
  for (std::size_t i = 2; i < norm; ++i) parts.blocks.push_back(build(d.children[i]));
  parts.norm = build(d.children[norm]);
  if (after == 2) parts.head = build(d.children[norm + 1]);
  parts.head_activations = quant::perturbation_from_text(d.setting("head_activations"));
  parts.dropout = static_cast<float>(d.number("dropout"));
  return std::make_shared<const Gpt>(std::move(parts));
}

struct Kind {
  const char* name;
  Handle (*build)(const Description&);
};
constexpr std::array<Kind, 15> kinds{{{"sequential", build_sequential},
                                      {"linear", build_linear},
                                      {"batch_norm", build_batch_norm},
                                      {"layer_norm", build_layer_norm},
                                      {"rms_norm", build_rms_norm},
                                      {"activation", build_activation},
                                      {"dropout", build_dropout},
                                      {"repeat", build_repeat},
                                      {"leaky", build_leaky},
                                      {"mean_over_steps", build_mean_over_steps},
                                      {"flatten", build_flatten},
                                      {"embedding", build_embedding},
                                      {"causal_self_attention", build_attention},
                                      {"transformer_block", build_block},
                                      {"gpt", build_gpt}}};

}  // namespace

std::shared_ptr<const Module> build(const Description& description) {
  for (const Kind& kind : kinds) {
    if (description.kind == kind.name) return kind.build(description);
  }
  throw InvalidArgument(
      fmt::format("model description: unknown kind of module '{}'", description.kind));
}

}  // namespace ridgeback::nn
