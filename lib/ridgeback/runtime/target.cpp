// SPDX-License-Identifier: Apache-2.0
// Which variants of the shader table a device can run, read from the modules themselves.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/shader_table.hpp"
#include "ridgeback/runtime/device_impl.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {
namespace {

struct Row {
  const gpu::Shader* shader;
  gpu::ShaderFacts facts;
};

const std::vector<Row>& reflected_table() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> result;
    for (const gpu::Shader& shader : gpu::shader_table())
      result.push_back({&shader, gpu::reflect(shader.words)});
    return result;
  }();
  return rows;
}

}  // namespace

Target make_target(DeviceClass device_class, const Limits& limits, const Capabilities& capabilities,
                   const Capabilities& switched_off) {
  Target target;
  target.device_class = device_class;
  target.limits = limits;
  target.capabilities = capabilities;
  for (const Row& row : reflected_table()) {
    auto& variants = target.kernels[std::string(row.shader->kernel)];
    const bool fits = row.facts.bindings.size() <= limits.max_storage_buffers &&
                      row.facts.push_bytes <= limits.push_constant_bytes &&
                      row.facts.shared_bytes <= limits.shared_memory_bytes;
    if (!fits) continue;
    if (capabilities.covers(row.facts.needs)) {
      variants.emplace_back(row.shader->variant);
    } else if (capabilities.covers(row.facts.needs.without(switched_off))) {
      target.disabled[std::string(row.shader->kernel)].emplace_back(row.shader->variant);
    }
  }
  return target;
}

void apply_forced(Target& target, std::string_view text) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const std::size_t colon = item.find(':');
    require(colon != std::string_view::npos,
            fmt::format("RIDGEBACK_FORCE: expected kernel:variant (got '{}')", item));
    const std::string kernel(item.substr(0, colon));
    const std::string variant(item.substr(colon + 1));
    // "matmul_bits/tile:8x8" forces something else than a variant.
    const bool known = kernel.find('/') == std::string::npos
                           ? gpu::find_shader(kernel, variant) != nullptr
                           : target.kernels.contains(kernel.substr(0, kernel.find('/')));
    require(known, fmt::format("RIDGEBACK_FORCE: no kernel '{}' with a variant '{}' in this build",
                               kernel, variant));
    target.forced[kernel] = variant;
  }
}

Target null_target() {
  Capabilities all;
  for (int i = 0; i < capability_count; ++i) all.add(static_cast<Capability>(i));
  return make_target(DeviceClass::discrete, Limits{}, all);
}

}  // namespace ridgeback
