// SPDX-License-Identifier: Apache-2.0
// What shaders/CMakeLists.txt generates for gpu/shader_table.cpp.
#pragma once

#include "ridgeback/gpu/shader_table.hpp"

#include <vector>

namespace ridgeback::gpu {

/// Every module of the build, in no particular order of kernels.
[[nodiscard]] std::vector<Shader> shader_rows();

}  // namespace ridgeback::gpu
