// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/optimizer.hpp"

#include "ridgeback/optim/settings.hpp"

namespace ridgeback::optim {
namespace {

// As a float, so that a text gives the very options that it was written from.
float real(Settings& settings, std::string_view key, float otherwise) {
  return static_cast<float>(settings.number(key, static_cast<double>(otherwise)));
}

SgdOptions sgd_options(Settings& settings) {
  SgdOptions options;
  options.rate = real(settings, "rate", options.rate);
  options.momentum = real(settings, "momentum", options.momentum);
  options.nesterov = settings.flag("nesterov", options.nesterov);
  options.weight_decay = real(settings, "weight_decay", options.weight_decay);
  return options;
}

template <class Options>
Options adam_options(Settings& settings) {
  Options options;
  options.rate = real(settings, "rate", options.rate);
  options.beta1 = settings.number("beta1", options.beta1);
  options.beta2 = settings.number("beta2", options.beta2);
  options.epsilon = real(settings, "epsilon", options.epsilon);
  options.weight_decay = real(settings, "weight_decay", options.weight_decay);
  return options;
}

}  // namespace

std::shared_ptr<Optimizer> optimizer_from_text(std::string_view text) {
  Settings settings("optimizer", text);
  std::shared_ptr<Optimizer> optimizer;
  if (settings.name() == "sgd") {
    optimizer = sgd(sgd_options(settings));
  } else if (settings.name() == "adam") {
    optimizer = adam(adam_options<AdamOptions>(settings));
  } else if (settings.name() == "adamw") {
    optimizer = adamw(adam_options<AdamWOptions>(settings));
  } else {
    settings.unknown_name(optimizer_names());
  }
  settings.require_all_used();
  return optimizer;
}

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names{"sgd", "adam", "adamw"};
  return names;
}

}  // namespace ridgeback::optim
