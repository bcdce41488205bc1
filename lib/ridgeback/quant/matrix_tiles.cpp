// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/matrix_tiles.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

std::uint64_t staged_bytes(const MatrixTiles& t) {
  return std::uint64_t{4} * t.group_rows * t.group_cols * t.unit.m * t.unit.n;
}

// Bytes of shared memory of shaders/matmul/codes_matrices.glsl.
std::uint64_t codes_bytes(const MatrixTiles& t) {
  const std::uint64_t lines = t.rows() + t.cols();
  return lines * (t.step + 16) + staged_bytes(t) + lines * 12;
}

// And of half_matrices.glsl, in the order of storage that takes more.
std::uint64_t dense_bytes(const MatrixTiles& t) {
  const auto operand = [&](std::uint64_t lines) {
    return 4 * std::max(lines * (t.step / 2 + 4), t.step * (lines / 2 + 4));
  };
  return 2 * (operand(t.rows()) + operand(t.cols())) + staged_bytes(t) + 32;
}

bool runs(const Target& target, const MatrixTiles& t, std::uint64_t shared_bytes) {
  const Limits& limits = target.limits;
  return t.unit.m * t.unit.n % t.subgroup == 0 && shared_bytes <= limits.shared_memory_bytes &&
         t.local_size() <= std::min(limits.max_workgroup_invocations, limits.max_workgroup_size[0]);
}

// Subgroups of a work group and products of a subgroup, in rows and columns.
struct Cut {
  std::uint32_t group_rows, group_cols, sub_rows, sub_cols;
};
constexpr Cut cuts[] = {{2, 4, 4, 2}, {2, 2, 2, 2}, {1, 4, 1, 2}, {1, 2, 1, 1}};

// How well a tile suits a shape: much reuse, little outside, enough work groups to fill the device.
double merit(const MatrixTiles& t, const ProductShape& shape) {
  constexpr double enough = 128;
  const double rows = t.rows(), cols = t.cols();
  const auto groups =
      static_cast<double>(ceil_div(shape.rows, t.rows()) * ceil_div(shape.cols, t.cols()));
  const double inside = static_cast<double>(shape.rows * shape.cols) / (groups * rows * cols);
  const double reuse = rows * cols / (rows + cols);
  return inside * reuse * std::min(1.0, groups / enough);
}

std::vector<MatrixTiles> tiles_of(const Target& target, const ProductShape& shape,
                                  const MatrixUnit& unit, std::uint32_t step,
                                  std::uint64_t (*shared_bytes)(const MatrixTiles&)) {
  std::vector<MatrixTiles> tiles;
  if (!unit.exists()) return tiles;
  for (const Cut& cut : cuts) {
    const MatrixTiles t{.unit = unit,
                        .group_rows = cut.group_rows,
                        .group_cols = cut.group_cols,
                        .sub_rows = cut.sub_rows,
                        .sub_cols = cut.sub_cols,
                        .step = step,
                        .subgroup = std::max(target.limits.subgroup_size, 1U)};
    if (runs(target, t, shared_bytes(t))) tiles.push_back(t);
  }
  std::ranges::stable_sort(tiles, [&](const MatrixTiles& a, const MatrixTiles& b) {
    return merit(a, shape) > merit(b, shape);
  });
  return tiles;
}

// The one that is chosen; the choice is kept with the launch, which takes its work groups.
MatrixTiles take(Dispatch& launch, const LowerContext& context, const ProductShape& shape,
                 const std::vector<MatrixTiles>& tiles) {
  if (tiles.empty())
    throw Unsupported(fmt::format("{}: no matrix tile fits the device", launch.kernel));
  std::vector<std::string> names;
  for (const MatrixTiles& t : tiles) names.push_back(text(t));
  launch.choices.push_back(choose(context, launch.kernel, "matrices", names));
  const auto at = std::ranges::find(names, launch.choices.back().taken) - names.begin();
  const MatrixTiles& t = tiles[static_cast<std::size_t>(at)];
  launch.linear_groups(ceil_div(shape.rows, t.rows()) * ceil_div(shape.cols, t.cols()));
  launch.constants.clear();
  return t;
}

}  // namespace

MatrixUnit matrix_unit(const Target& target, std::string_view kind) {
  const auto found = target.forced.find(fmt::format("matrix_unit/{}", kind));
  return found == target.forced.end() ? MatrixUnit{} : matrix_unit_from_text(found->second);
}

std::string text(const MatrixTiles& tiles) {
  return fmt::format("{}x{}", tiles.rows(), tiles.cols());
}

std::vector<MatrixTiles> codes_matrix_tiles(const Target& target, const ProductShape& shape) {
  // Codes of 2 and 4 bits are multiplied at the top of their bytes.
  constexpr std::int64_t longest = ((std::int64_t{1} << 31) - 1) / (128 * 128);
  if (shape.block > longest) return {};
  // A step ends where a block does.
  const bool wide = shape.block >= shape.depth || shape.block % 64 == 0;
  return tiles_of(target, shape, matrix_unit(target, "int8"), wide ? 64 : 32, codes_bytes);
}

std::vector<MatrixTiles> dense_matrix_tiles(const Target& target, const ProductShape& shape) {
  return tiles_of(target, shape, matrix_unit(target, "half"), 32, dense_bytes);
}

void launch_codes_matrices(Dispatch& launch, const LowerContext& context, const ProductShape& shape,
                           DType x, DType w, int row_terms) {
  const MatrixTiles t = take(launch, context, shape, codes_matrix_tiles(context.target, shape));
  launch.specialize(t.local_size(), x, w, t.unit.m, t.unit.n, t.unit.k, t.group_rows, t.group_cols,
                    t.sub_rows, t.sub_cols, t.step, t.subgroup,
                    ceil_div(t.rows() + t.cols(), t.local_size()), row_terms);
}

void launch_dense_matrices(Dispatch& launch, const LowerContext& context, const ProductShape& shape,
                           DType type, bool transpose_a, bool transpose_b) {
  const MatrixTiles t = take(launch, context, shape, dense_matrix_tiles(context.target, shape));
  const auto runs_of_eight = [&](std::uint32_t lines) {
    return ceil_div(lines * t.step / 8, t.local_size());
  };
  launch.specialize(t.local_size(), transpose_a, transpose_b, type,
                    (transpose_a ? shape.rows : shape.depth) % 4 == 0, t.unit.m, t.unit.n, t.unit.k,
                    t.group_rows, t.group_cols, t.sub_rows, t.sub_cols, t.subgroup,
                    runs_of_eight(t.rows()), runs_of_eight(t.cols()));
}

}  // namespace ridgeback::quant
