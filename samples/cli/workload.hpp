// SPDX-License-Identifier: Apache-2.0
// Graphs of real shapes whose kernels are looked at, timed against each other, or tuned.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::cli {

struct Workload {
  std::string label;  ///< "b1,b1/64 1024x1024x4096"
  std::vector<Tensor> outputs;
  std::vector<Assignment> updates;
  std::vector<std::string_view> disabled_passes = {};
};

/// Extents of a product: m rows, n columns, reduction k.
struct ProductExtents {
  std::int64_t m = 1024;
  std::int64_t n = 1024;
  std::int64_t k = 1024;
  std::int64_t k_codes = 4096;  ///< of codes by codes
};

/// Products of f32 in the three orders of a layer, of every pair of code types that `bench matmul`
/// has, and of dense values by codes in the three orders.
[[nodiscard]] std::vector<Workload> product_workloads(const ProductExtents& extents);

}  // namespace ridgeback::cli
