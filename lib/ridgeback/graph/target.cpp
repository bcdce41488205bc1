// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/target.hpp"

#include <algorithm>

namespace ridgeback {

bool Target::has(std::string_view kernel, std::string_view variant) const {
  const auto found = kernels.find(kernel);
  return found != kernels.end() && std::ranges::find(found->second, variant) != found->second.end();
}

}  // namespace ridgeback
