// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/optimizer_steps.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/optim/settings.hpp"
#include "ridgeback/optim/slots.hpp"

#include <fmt/core.h>

namespace ridgeback::optim {
namespace {

class Sgd final : public Optimizer {
 public:
  explicit Sgd(const SgdOptions& options)
      : options_(options),
        slots_("sgd", options.momentum > 0 ? std::vector<std::string>{"velocity"}
                                           : std::vector<std::string>{}) {}

  [[nodiscard]] std::vector<Assignment> step(std::span<const Parameter> parameters,
                                             std::span<const Tensor> gradients) override {
    require_matching("sgd", parameters, gradients);
    std::vector<Assignment> updates;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!gradients[i]) continue;
      const Parameter& p = parameters[i];
      const std::vector<Tensor>& states = slots_.of(p);
      const Tensor velocity = states.empty() ? Tensor{} : states[0];
      const SgdStepped stepped =
          sgd_step(part_of(p, p.tensor), velocity ? part_of(p, velocity) : velocity, gradients[i],
                   {.momentum = options_.momentum,
                    .nesterov = options_.nesterov,
                    .weight_decay = p.decay ? options_.weight_decay : 0.0F,
                    .rate_scale = p.rate_scale},
                   p.step);
      updates.push_back(assign_part(p, p.tensor, stepped.parameter));
      if (velocity) updates.push_back(assign_part(p, velocity, stepped.velocity));
    }
    return updates;
  }
  [[nodiscard]] std::vector<State> states() const override { return slots_.all(); }
  [[nodiscard]] float rate() const override { return options_.rate; }
  [[nodiscard]] std::string text() const override {
    return fmt::format("sgd:rate={},momentum={},nesterov={:d},weight_decay={}", options_.rate,
                       options_.momentum, options_.nesterov, options_.weight_decay);
  }

 private:
  SgdOptions options_;
  Slots slots_;
};

}  // namespace

std::shared_ptr<Optimizer> sgd(const SgdOptions& options) {
  require(options.rate >= 0, fmt::format("sgd: rate below 0 (got {})", options.rate));
  require(options.momentum >= 0 && options.momentum < 1,
          fmt::format("sgd: momentum out of range (got {}, expected 0 <= momentum < 1)",
                      options.momentum));
  require(options.weight_decay >= 0,
          fmt::format("sgd: weight_decay below 0 (got {})", options.weight_decay));
  require(!options.nesterov || options.momentum > 0, "sgd: nesterov needs a momentum above 0");
  return std::make_shared<Sgd>(options);
}

}  // namespace ridgeback::optim
