// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/lookup_operands.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/shape.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include "quant/row_groups.h"
#include "quant/transpose_codes.h"
#include "quant/turn_words.h"

namespace ridgeback::quant {
namespace {

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

std::int64_t planes(DType type) {
  return type == DType::ternary ? 2 : 1;
}

LaidOut laid_out(const LowerContext& c, Dispatch launch, int from, std::int64_t bytes) {
  const auto read = static_cast<double>(c.in[static_cast<std::size_t>(from)].bytes());
  launch.cost(0, read + static_cast<double>(bytes));
  return {std::move(launch), bytes};
}

}  // namespace

int lookup_rows(DType x) {
  return x == DType::i8 ? 2 : 4;
}

LaidOut row_groups(const LowerContext& c, int from, int fields, int scratch) {
  const TensorSpec& codes = c.in[static_cast<std::size_t>(from)];
  const std::int64_t cols = codes.shape[-1];
  const std::int64_t rows = codes.shape.count(0, codes.shape.rank() - 1);
  const std::int64_t padded = round_up(cols, 32);
  const std::int64_t quads = ceil_div(padded * bits_of(codes.dtype), 128);
  const std::int64_t groups = ceil_div(rows, fields);
  const std::int64_t bytes = 4 * groups * padded;
  const std::uint32_t local = ops::local_size(c.target);
  const shaders::RowGroupsParams params{word(rows), word(words_per_row(codes.dtype, cols) / 4),
                                        word(quads), word(padded / 4), word(groups)};
  return laid_out(c,
                  dispatch("row_groups", c, ops::quad_candidates(c.target, true))
                      .read(from)
                      .write_scratch(scratch, bytes)
                      .specialize(local, codes.dtype, fields)
                      .push(params)
                      .linear_groups(ceil_div(groups * quads, local)),
                  from, bytes);
}

LaidOut turned_words(const LowerContext& c, int from, std::int64_t rows, std::int64_t pitch,
                     std::int64_t words, int scratch) {
  const std::int64_t runs = ceil_div(rows, 4);
  const std::int64_t bytes = 16 * runs * words;
  const std::int64_t invocations = runs * ceil_div(words, 4);
  const std::uint32_t local = ops::local_size(c.target);
  return laid_out(c,
                  dispatch("turn_words", c, ops::quad_candidates(c.target, true))
                      .read(from)
                      .write_scratch(scratch, bytes)
                      .specialize(local, pitch % 4 == 0)
                      .push(shaders::TurnWordsParams{word(rows), word(pitch), word(words)})
                      .linear_groups(ceil_div(invocations, local)),
                  from, bytes);
}

LaidOut transposed_codes(const LowerContext& c, int from, bool for_lookup, int scratch) {
  const TensorSpec& codes = c.in[static_cast<std::size_t>(from)];
  const std::int64_t rows = codes.shape[0];
  const std::int64_t cols = codes.shape[1];
  const std::int64_t plane_count = planes(codes.dtype);
  const std::int64_t from_words =
      ceil_div(cols * bits_of(codes.dtype), 32 * plane_count) * plane_count;
  const std::int64_t pitch = words_per_row(codes.dtype, rows);
  const std::int64_t units =
      (for_lookup ? ceil_div(rows, 32) * lookup_planes(codes.dtype) : pitch) / plane_count;
  const std::int64_t padded = round_up(cols, 4);
  const std::int64_t bytes = 4 * (for_lookup ? padded * units * plane_count : cols * pitch);
  const std::uint32_t local = ops::local_size(c.target);
  shaders::TransposeCodesParams params{};
  params.rows = word(rows);
  params.cols = word(cols);
  params.from_pitch = word(words_per_row(codes.dtype, cols));
  params.from_words = word(from_words);
  params.to_units = word(units);
  params.to_pitch = word(pitch);
  return laid_out(c,
                  dispatch("transpose_codes", c, ops::quad_candidates(c.target, true))
                      .read(from)
                      .write_scratch(scratch, bytes)
                      .specialize(local, codes.dtype, for_lookup)
                      .push(params)
                      .linear_groups(ceil_div(units * from_words, local)),
                  from, bytes);
}

std::uint32_t lookup_flush(DType x, DType w, std::int64_t block) {
  // Halves of words hold 255 products with i8, half as many where a code of w may be -2. Of
  // narrower x they hold 65,535, in parts of at most 3 x 255 or 2 x 767 a word.
  const bool two_bits = w == DType::i2;
  const std::uint32_t words = x == DType::i8 ? (two_bits ? 3 : 7) : (two_bits ? 32 : 64);
  return ceil_div(block, 32) > words ? words : 0;
}

std::uint32_t row_pairs_windows(std::int64_t block) {
  return block == 32 ? 1 : block == 64 ? 2 : 0;
}

std::int64_t lookup_planes(DType w) {
  return w == DType::ternary || w == DType::i2 ? 2 : 1;
}

}  // namespace ridgeback::quant
