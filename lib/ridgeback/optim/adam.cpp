// SPDX-License-Identifier: Apache-2.0
// Adam and AdamW: one class, which differs in where weight decay enters.
#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/optimizer_steps.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/optim/slots.hpp"

#include <fmt/core.h>

namespace ridgeback::optim {
namespace {

class Adam final : public Optimizer {
 public:
  Adam(std::string name, const AdamOptions& options, bool decoupled)
      : name_(std::move(name)),
        options_(options),
        decoupled_(decoupled),
        slots_(name_, {"m", "v"}) {}

  [[nodiscard]] std::vector<Assignment> step(std::span<const Parameter> parameters,
                                             std::span<const Tensor> gradients) override {
    require_matching(name_, parameters, gradients);
    std::vector<Assignment> updates;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!gradients[i]) continue;
      const Parameter& p = parameters[i];
      const std::vector<Tensor>& states = slots_.of(p);
      const AdamStepped stepped = adam_step(part_of(p, p.tensor), part_of(p, states[0]),
                                            part_of(p, states[1]), gradients[i],
                                            {.beta1 = options_.beta1,
                                             .beta2 = options_.beta2,
                                             .epsilon = options_.epsilon,
                                             .weight_decay = p.decay ? options_.weight_decay : 0.0F,
                                             .decoupled = decoupled_,
                                             .rate_scale = p.rate_scale},
                                            p.step);
      updates.push_back(assign_part(p, p.tensor, stepped.parameter));
      updates.push_back(assign_part(p, states[0], stepped.mean));
      updates.push_back(assign_part(p, states[1], stepped.square));
    }
    return updates;
  }
  [[nodiscard]] std::vector<State> states() const override { return slots_.all(); }
  [[nodiscard]] float rate() const override { return options_.rate; }
  [[nodiscard]] std::string text() const override {
    return fmt::format("{}:rate={},beta1={},beta2={},epsilon={},weight_decay={}", name_,
                       options_.rate, options_.beta1, options_.beta2, options_.epsilon,
                       options_.weight_decay);
  }

 private:
  std::string name_;
  AdamOptions options_;
  bool decoupled_;
  Slots slots_;
};

std::shared_ptr<Optimizer> make(const std::string& name, const AdamOptions& options,
                                bool decoupled) {
  const auto share = [&](std::string_view what, double value) {
    require(
        value >= 0 && value < 1,
        fmt::format("{}: {} out of range (got {}, expected 0 <= {} < 1)", name, what, value, what));
  };
  const auto not_negative = [&](std::string_view what, float value) {
    require(value >= 0, fmt::format("{}: {} below 0 (got {})", name, what, value));
  };
  share("beta1", options.beta1);
  share("beta2", options.beta2);
  not_negative("rate", options.rate);
  not_negative("epsilon", options.epsilon);
  not_negative("weight_decay", options.weight_decay);
  return std::make_shared<Adam>(name, options, decoupled);
}

}  // namespace

std::shared_ptr<Optimizer> adam(const AdamOptions& options) {
  return make("adam", options, false);
}

std::shared_ptr<Optimizer> adamw(const AdamWOptions& options) {
  return make("adamw",
              {.rate = options.rate,
               .beta1 = options.beta1,
               .beta2 = options.beta2,
               .epsilon = options.epsilon,
               .weight_decay = options.weight_decay},
              true);
}

}  // namespace ridgeback::optim
