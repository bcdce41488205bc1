// SPDX-License-Identifier: Apache-2.0
// Products whose sums are so long, and whose results are so few, that tiles alone leave a device
// idle: parts of each sum are made side by side (split-K) and then added, always in the same order.
// For sources of operations only.
#pragma once

#include "ridgeback/graph/dispatch.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ridgeback::ops {

/// What a rule may look at.
struct LongSums {
  std::int64_t groups;       ///< work groups of the product in one part
  std::int64_t depth;        ///< terms of each sum, at least 1
  std::int64_t unit;         ///< parts but the last are multiples of so many terms
  std::int64_t at_once = 1;  ///< the rule's parts have so many times as many terms
};

struct Parts {
  std::int64_t length;           ///< terms of a part; the last may have fewer
  std::int64_t count;            ///< 1: the product is made at once
  std::optional<Choice> choice;  ///< "parts", where there is one
  [[nodiscard]] bool several() const { return count > 1; }
  /// Bytes of all parts of the first output.
  [[nodiscard]] std::int64_t bytes(const LowerContext& context) const;
};

/// Offers parts of at least 32 terms whose results fit into scratch memory; takes several where the
/// groups are fewer than keep the device busy and the sums long enough to pay for adding them, and
/// where a driver cannot make them at once.
[[nodiscard]] Parts choose_parts(const LowerContext& context, std::string_view kernel,
                                 const LongSums& sums);

}  // namespace ridgeback::ops
