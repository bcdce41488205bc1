// SPDX-License-Identifier: Apache-2.0
// How the variants for matrix hardware (`coopmat`) cut a product of codes: pure functions of the
// device's facts and the shape.
#pragma once

#include "ridgeback/core/matrix_unit.hpp"
#include "ridgeback/graph/dispatch.hpp"
#include "ridgeback/quant/product_tiles.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::quant {

/// What the device says of its products of `kind`, "int8" (signed bytes into i32) or "half" (f16
/// into f32): "16x16x32" in Target::forced under "matrix_unit/int8" (gpu/matrix_units.hpp chose
/// it).
[[nodiscard]] MatrixUnit matrix_unit(const Target& target, std::string_view kind);

/// A work group of group_rows x group_cols subgroups, each of which makes sub_rows x sub_cols
/// products of the device's matrix shape.
struct MatrixTiles {
  MatrixUnit unit;
  std::uint32_t group_rows = 0, group_cols = 0;
  std::uint32_t sub_rows = 0, sub_cols = 0;
  std::uint32_t step = 0;  ///< values of k in shared memory at a time
  std::uint32_t subgroup = 0;

  [[nodiscard]] std::uint32_t rows() const { return group_rows * sub_rows * unit.m; }
  [[nodiscard]] std::uint32_t cols() const { return group_cols * sub_cols * unit.n; }
  [[nodiscard]] std::uint32_t local_size() const { return group_rows * group_cols * subgroup; }
};

/// "128x64": rows and columns of a work group.
[[nodiscard]] std::string text(const MatrixTiles& tiles);

/// Tiles that the device can run for codes times codes, the rule's first; none where it has no
/// matrix hardware for bytes, or where i32 could overflow in a block.
[[nodiscard]] std::vector<MatrixTiles> codes_matrix_tiles(const Target& target,
                                                          const ProductShape& shape);

/// The same for dense values times codes, which halves multiply.
[[nodiscard]] std::vector<MatrixTiles> dense_matrix_tiles(const Target& target,
                                                          const ProductShape& shape);

/// Chooses among them and completes a launch of codes times codes whose variant is `coopmat`:
/// constants and work groups. `row_terms` is ROW_TERMS of shaders/matmul/matmul_ints.comp. Throws
/// Unsupported where there are none.
void launch_codes_matrices(Dispatch& launch, const LowerContext& context, const ProductShape& shape,
                           DType x, DType w, int row_terms = 0);

/// Likewise of dense values times codes of type `type`; the flags are those of the operation.
void launch_dense_matrices(Dispatch& launch, const LowerContext& context, const ProductShape& shape,
                           DType type, bool transpose_a, bool transpose_b);

}  // namespace ridgeback::quant
