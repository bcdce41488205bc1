// SPDX-License-Identifier: Apache-2.0
#include "harness/support.hpp"

#include "ridgeback/gpu/shader_table.hpp"

#include <cstdio>
#include <cstdlib>
#include <fmt/core.h>
#include <map>
#include <set>

#include "harness/device.hpp"

namespace ridgeback::test {
namespace {

using Variants = std::set<std::string>;

std::map<std::string, std::map<std::string, Variants>>& rows() {
  static std::map<std::string, std::map<std::string, Variants>> all;
  return all;
}

std::string state(const std::string& kernel, const std::string& variant, const Variants& ran) {
  if (ran.contains(variant)) return "tested";
  return test_device().target().has(kernel, variant) ? "not for these shapes"
                                                     : "not on this device";
}

}  // namespace

void note_support(const std::string& op, const std::string& kernel, const std::string& variant) {
  rows()[op][kernel].insert(variant);
}

void print_support() {
  if (std::getenv("RIDGEBACK_TEST_SUPPORT") == nullptr || rows().empty()) return;
  fmt::print("{:24} {:28} {:12} {}\n", "operation", "kernel", "variant", "state");
  for (const auto& [op, kernels] : rows()) {
    for (const auto& [kernel, ran] : kernels) {
      for (const gpu::Shader& shader : gpu::shader_table()) {
        if (shader.kernel != kernel) continue;
        fmt::print("{:24} {:28} {:12} {}\n", op, kernel, shader.variant,
                   state(kernel, std::string(shader.variant), ran));
      }
    }
  }
}

}  // namespace ridgeback::test
