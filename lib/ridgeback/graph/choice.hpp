// SPDX-License-Identifier: Apache-2.0
// A point of lowering where several ways lead to the same result: which variant, which tile. What
// was taken and why is kept with the launch, so that plans can tell it and a tuner can time the
// others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback {

struct LowerContext;

struct Choice {
  enum class Why : std::uint8_t {
    only,      ///< nothing else is usable
    standard,  ///< the rule for this class of device and this shape
    tuned,     ///< a tuner measured that it is the fastest here
    forced,    ///< RIDGEBACK_FORCE, CompileOptions::forced
  };
  std::string point;                 ///< what a tuner remembers it by; empty for `only`
  std::string kernel;                ///< or the family whose kernels are the options
  std::string what;                  ///< "variant", "tile"
  std::vector<std::string> options;  ///< usable ones, the standard one first; never empty
  std::string taken;
  Why why = Why::only;
  std::vector<std::string> disabled;  ///< would be options but for RIDGEBACK_DISABLE
  std::string not_offered{};          ///< forced, but no option here; else empty

  bool operator==(const Choice&) const = default;
};

/// "only", "rule", "tuned", "forced".
[[nodiscard]] std::string_view name(Choice::Why why);
/// "tile 8x32 tuned", "variant texel only, int64 disabled", "tile 8x4 rule, forced 9x9 is not
/// offered".
[[nodiscard]] std::string text(const Choice& choice);

/// Names a point by operation with its attributes, kernel, types and shape class; shapes whose
/// extents round up to the same powers of two are one class.
[[nodiscard]] std::string choice_point(const LowerContext& context, std::string_view kernel,
                                       std::string_view what);

/// The option of `options` that the target forces, else the tuned one, else the first; what is not
/// offered does not count, and the choice says so. Variants are forced by kernel, others by
/// "kernel/what". Options must be distinct; throws InvalidArgument for none.
[[nodiscard]] Choice choose(const LowerContext& context, std::string_view kernel,
                            std::string_view what, std::vector<std::string> options);

}  // namespace ridgeback
