// SPDX-License-Identifier: Apache-2.0
// Descriptions as JSON text, the form in which model files hold them.
#pragma once

#include "ridgeback/nn/description.hpp"

#include <string>
#include <string_view>

namespace ridgeback::nn {

/// {"kind": "linear", "inputs": "784", ..., "children": [...]}; the same text for the same
/// description.
[[nodiscard]] std::string to_json(const Description& description);

/// The inverse. Throws InvalidArgument for text that is no such JSON, nested deeper than 16
/// modules, or of more than 10,000 modules.
[[nodiscard]] Description description_from_json(std::string_view text);

}  // namespace ridgeback::nn
