// SPDX-License-Identifier: Apache-2.0
// Kernels, tiles and variants of the products on codes: pure functions of the device's facts, the
// types, the shape and the blocks.
#pragma once

#include "ridgeback/core/dtype.hpp"
#include "ridgeback/graph/dispatch.hpp"
#include "ridgeback/ops/matmul.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::quant {

/// One product as its kernel sees it: rows x cols sums of depth terms, in blocks of `block` terms
/// (at most `depth`), for each of `batches`, or of so many groups.
struct ProductShape {
  std::int64_t rows;  ///< of groups of rows the mean
  std::int64_t cols;
  std::int64_t depth;  ///< of groups of terms the mean
  std::int64_t block;
  std::int64_t batches = 1;
  Groups groups = Groups::none;
  std::int64_t all_rows = 0;  ///< of groups of rows
};

struct ProductTiles {
  std::string kernel;
  std::uint32_t local_size = 0;
  std::uint32_t rows = 0;   ///< of an invocation's tile
  std::uint32_t cols = 0;   ///< of an invocation's tile
  std::uint32_t lanes = 0;  ///< units of the reduction in registers at a time, 1, 2, 4 or 8
  /// matmul_bits: chunks of 32 codes in a block, where several blocks end within `lanes` chunks.
  /// matmul_dense_codes, where b is transposed and looked up: those of a block of one or two.
  std::uint32_t block_chunks = 0;
  std::uint32_t flush = 0;  ///< matmul_ints: codes that f32 adds exactly, 0 if a block has no more
  std::int64_t groups = 0;
  std::vector<std::string> variants;  ///< usable for this shape, best first
};

/// Codes times codes. Throws Unsupported where a block is so long that i32 could overflow.
[[nodiscard]] ProductTiles codes_tiles(const Target& target, DType x, DType w,
                                       const ProductShape& shape);

/// The constant Y_RUN of kernels that store wide (shaders/matmul/wide_store.glsl): how many columns
/// of a tile are stored at a time, 1, 4 or 8, or 2: eight in pairs.
[[nodiscard]] std::uint32_t stored_run(std::int64_t cols, std::uint32_t tile_cols);

/// Dense values (f32 or f16) times codes of type b, or with transpose_b times their transpose.
[[nodiscard]] ProductTiles dense_codes_tiles(const Target& target, DType a, DType b,
                                             bool transpose_b, const ProductShape& shape);

/// Offers a tuner other tiles of registers than the rule's, which `tiles` holds, and changes
/// `tiles` to the one that is taken. Where a variant is forced that the rule's tile has, tiles
/// without it are not offered.
[[nodiscard]] Choice take_tile(const LowerContext& context, const ProductShape& shape,
                               ProductTiles& tiles);

}  // namespace ridgeback::quant
