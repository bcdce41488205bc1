// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/shader_table.hpp"

#include "ridgeback/gpu/hash.hpp"
#include "ridgeback/gpu/shader_rows.hpp"

#include <algorithm>

namespace ridgeback::gpu {
namespace {

std::vector<Shader> sorted_rows() {
  std::vector<Shader> rows = shader_rows();
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Shader& a, const Shader& b) { return a.kernel < b.kernel; });
  return rows;
}

}  // namespace

std::span<const Shader> shader_table() {
  static const std::vector<Shader> rows = sorted_rows();
  return rows;
}

const Shader* find_shader(std::string_view kernel, std::string_view variant) {
  const std::span<const Shader> rows = shader_table();
  auto row = std::lower_bound(rows.begin(), rows.end(), kernel,
                              [](const Shader& s, std::string_view k) { return s.kernel < k; });
  for (; row != rows.end() && row->kernel == kernel; ++row) {
    if (row->variant == variant) return &*row;
  }
  return nullptr;
}

std::uint64_t shader_table_hash() {
  static const std::uint64_t hash = [] {
    std::uint64_t h = hash_seed;
    for (const Shader& shader : shader_table()) {
      h = hash_bytes(std::as_bytes(std::span(shader.kernel)), h);
      h = hash_bytes(std::as_bytes(std::span(shader.variant)), h);
      h = hash_bytes(std::as_bytes(shader.words), h);
    }
    return h;
  }();
  return hash;
}

}  // namespace ridgeback::gpu
