// SPDX-License-Identifier: Apache-2.0
// `inspect --plan`: what a training step would do, without running it.
#pragma once

#include <cstdint>

#include "settings.hpp"
#include "verbs.hpp"

namespace ridgeback::cli {

struct PlanRequest {
  SettingValues settings;
  std::int64_t inputs = 784;
  std::int64_t classes = 10;
  bool evaluation = false;
  bool between = false;  ///< the step between refreshes
  bool dot = false;

  void add_options(CLI::App& command);
};

void print_plan(const PlanRequest& request, const Globals& globals);

}  // namespace ridgeback::cli
