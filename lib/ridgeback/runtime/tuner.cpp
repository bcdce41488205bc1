// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/tuner.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/log.hpp"
#include "ridgeback/runtime/device_impl.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/runtime/lone_node.hpp"
#include "ridgeback/runtime/tuned_file.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <set>
#include <span>

namespace ridgeback {
namespace {

// A candidate that takes this many times as long as the standard one is not timed to the end.
constexpr double hopeless = 3;

class Race {
 public:
  Race(const Device& device, const LoneNode& node, const Choice& choice, const TuneOptions& options)
      : device_(device), node_(node), options_(options) {
    result_.choice = choice;
    result_.choice.why = Choice::Why::tuned;
  }

  TuneResult run() {
    const std::vector<std::string>& options = result_.choice.options;
    standard_ = time(options.front(), std::numeric_limits<double>::infinity());
    result_.option_ms.emplace_back(options.front(), standard_.ms);
    for (std::size_t i = 1; i < options.size(); ++i) enter(options[i]);
    const auto best =
        std::ranges::min_element(result_.option_ms, {}, [](const auto& o) { return o.second; });
    if (wins(*best)) {
      // A machine that others use too hands out luck: once more, and the better time counts.
      again(result_.option_ms.front());
      again(*best);
    }
    result_.choice.taken = wins(*best) ? best->first : options.front();
    return std::move(result_);
  }

 private:
  using Entry = std::pair<std::string, double>;

  [[nodiscard]] LoneTiming time(const std::string& option, double hopeless_ms) const {
    return time_lone_node(device_, node_, {{result_.choice.point, option}}, options_.runs,
                          options_.seconds, hopeless_ms);
  }

  void enter(const std::string& option) {
    try {
      const LoneTiming timing = time(option, hopeless * standard_.ms);
      if (agree(node_, standard_, timing)) {
        result_.option_ms.emplace_back(option, timing.ms);
        if (timing.results != standard_.results) result_.other_bits.push_back(option);
        return;
      }
      logging::warning(fmt::format("tune: {} {} of {} gives other results: not used",
                                   result_.choice.what, option, result_.choice.kernel));
    } catch (const Unsupported&) {
      // Too many registers or invocations for this device.
    }
    result_.refused.push_back(option);
  }

  void again(Entry& entry) const {
    entry.second = std::min(entry.second, time(entry.first, hopeless * standard_.ms).ms);
  }

  [[nodiscard]] bool wins(const Entry& entry) const {
    return entry.second < (1 - options_.margin) * result_.standard_ms();
  }

  const Device& device_;
  const LoneNode& node_;
  const TuneOptions& options_;
  TuneResult result_;
  LoneTiming standard_;
};

// The first choice that is still to be made, in the order of launches.
std::optional<Choice> next_choice(std::span<const Launch> launches,
                                  const std::set<std::string>& seen) {
  for (const Launch& launch : launches) {
    for (const Choice& choice : launch.dispatch.choices) {
      const bool open = choice.why != Choice::Why::only && choice.why != Choice::Why::forced;
      if (open && !seen.contains(choice.point)) return choice;
    }
  }
  return std::nullopt;
}

class Tuner {
 public:
  Tuner(const Device& device, const TuneOptions& options) : device_(device), options_(options) {
    if (options.again) return;
    for (const auto& [point, option] : device.target().tuned) seen_.insert(point);
  }

  void tune_node(const Node& node) {
    const LoneNode lone = lone_node(node);
    while (!stopped()) {
      const Program program = plan(device_.target(), lone.outputs);
      const auto choice = next_choice(program.launches, seen_);
      if (!choice) return;
      seen_.insert(choice->point);
      TuneResult result = Race(device_, lone, *choice, options_).run();
      device_.impl().target.tuned[choice->point] = result.choice.taken;
      if (options_.report) options_.report(result);
      results_.push_back(std::move(result));
    }
  }

  [[nodiscard]] bool stopped() const { return options_.stop && options_.stop(); }
  [[nodiscard]] const std::set<std::string>& seen() const { return seen_; }
  [[nodiscard]] std::vector<TuneResult> results() { return std::move(results_); }

 private:
  const Device& device_;
  const TuneOptions& options_;
  std::set<std::string> seen_;
  std::vector<TuneResult> results_;
};

}  // namespace

double TuneResult::taken_ms() const {
  const auto at = std::ranges::find(option_ms, choice.taken, [](const auto& o) { return o.first; });
  return at->second;
}

std::vector<TuneResult> tune(const Device& device, const std::vector<Tensor>& outputs,
                             const std::vector<Assignment>& updates, const TuneOptions& options) {
  require(options.runs > 0, "tune: at least one run");
  const Program program =
      plan(device.target(), outputs, updates, {.disabled_passes = options.disabled_passes});
  Tuner tuner(device, options);
  std::set<int> nodes;
  for (const Launch& launch : program.launches) {
    if (!next_choice({&launch, 1}, tuner.seen()) || !nodes.insert(launch.node).second) continue;
    if (tuner.stopped()) break;
    tuner.tune_node(*program.nodes[static_cast<std::size_t>(launch.node)]);
  }
  return tuner.results();
}

std::optional<std::filesystem::path> tuned_file(const Device& device) {
  return tuned_file(device.impl().gpu->snapshot(), device.target().device_class);
}

void save_tuned_choices(const Device& device) {
  const auto file = tuned_file(device);
  if (!file) return;
  save_tuned(*file, device.impl().gpu->snapshot(), device.target().device_class,
             device.target().tuned);
}

}  // namespace ridgeback
