// SPDX-License-Identifier: Apache-2.0
// Modules from descriptions.
#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/activation.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/norm.hpp"
#include "ridgeback/nn/sequential.hpp"
#include "ridgeback/nn/temporal.hpp"

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

struct Kind {
  const char* name;
  Handle (*build)(const Description&);
};
constexpr std::array<Kind, 11> kinds{{{"sequential", build_sequential},
                                      {"linear", build_linear},
                                      {"batch_norm", build_batch_norm},
                                      {"layer_norm", build_layer_norm},
                                      {"rms_norm", build_rms_norm},
                                      {"activation", build_activation},
                                      {"dropout", build_dropout},
                                      {"repeat", build_repeat},
                                      {"leaky", build_leaky},
                                      {"mean_over_steps", build_mean_over_steps},
                                      {"flatten", build_flatten}}};

}  // namespace

std::shared_ptr<const Module> build(const Description& description) {
  for (const Kind& kind : kinds) {
    if (description.kind == kind.name) return kind.build(description);
  }
  throw InvalidArgument(
      fmt::format("model description: unknown kind of module '{}'", description.kind));
}

}  // namespace ridgeback::nn
