// SPDX-License-Identifier: Apache-2.0
// What a product does to its sums before it stores them:
//   v_0 = sum;   v_(s+1) = STEP_s(v_s, operand)   for s = 0 .. 3;   y = v_4      STEP_2 any function of one value, others light
// Steps are elementwise functions by their codes, operands are of the shape of the product, or one value for each
// column, each row or all. Both are specialization constants, so that a driver compiles straight code, and none where
// there are no steps. `precise` keeps it from contracting steps: y has the bits that the operations have one by one.
//
// Wants EPILOGUE_ID, the first of five specialization constants, EPILOGUE_BINDING, the first of three buffers,
// push constants `p` with rows, cols and epilogue[], and EPILOGUE_QUADS: whether four columns at a time are
// neighbours and start at a multiple of four. With TEXEL the buffers are texel buffers. The product of a tile has PRODUCT_ROWS
// rows: p.rows unless defined.
#ifndef RIDGEBACK_EPILOGUE_GLSL
#define RIDGEBACK_EPILOGUE_GLSL
#include "epilogue.h"
#include "../elementwise/unary.h"
#include "../elementwise/binary.h"
#include "../elementwise/chain.h"
#include "../elementwise/functions.glsl"

#ifndef PRODUCT_ROWS
#define PRODUCT_ROWS p.rows
#endif

layout(constant_id = EPILOGUE_ID) const uint EPILOGUE_KINDS = EPILOGUE_NO_OPERANDS;
layout(constant_id = EPILOGUE_ID + 1) const uint EPILOGUE_0 = CHAIN_PASS;
layout(constant_id = EPILOGUE_ID + 2) const uint EPILOGUE_1 = CHAIN_PASS;
layout(constant_id = EPILOGUE_ID + 3) const uint EPILOGUE_2 = CHAIN_PASS;
layout(constant_id = EPILOGUE_ID + 4) const uint EPILOGUE_3 = CHAIN_PASS;

#ifdef TEXEL
#include "texels.glsl"
#define EPILOGUE_INPUT(number, e_)                                                  \
  UINT_TEXELS(number, e_)                                                           \
  vec4 e_##_quad(uint i) { return uintBitsToFloat(texelFetch(e_, int(i >> 2))); }   \
  float e_##_at(uint i) { return e_##_quad(i)[i & 3u]; }
#else
#define EPILOGUE_INPUT(number, e_)                                                           \
  layout(set = 0, binding = number) restrict readonly buffer e_##Ones { float e_##_ones[]; };  \
  layout(set = 0, binding = number) restrict readonly buffer e_##Quads { vec4 e_##_quads[]; }; \
  vec4 e_##_quad(uint i) { return e_##_quads[i >> 2]; }                                      \
  float e_##_at(uint i) { return e_##_ones[i]; }
#endif

// Operand `number` for four columns of a line, which is a row of all batches.
#define EPILOGUE_OPERAND(number, e_)                                                         \
  EPILOGUE_INPUT(EPILOGUE_BINDING + number, e_)                                              \
  vec4 e_##_values(uint line, uvec4 cols) {                                                  \
    const uint kind = EPILOGUE_KINDS >> 3 * number & 7u;                                     \
    const bool whole = (EPILOGUE_KINDS & EPILOGUE_WHOLE) != 0u;                              \
    if (kind == EPILOGUE_NONE) return vec4(0.0);                                             \
    if (kind == EPILOGUE_SCALAR) return vec4(e_##_at(0u));                                   \
    if (kind == EPILOGUE_COLUMN) return vec4(e_##_at(line));                                 \
    const uint first = kind == EPILOGUE_FULL ? line * p.cols : 0u;                           \
    if (EPILOGUE_QUADS && whole) return e_##_quad(first + cols.x);                           \
    return vec4(e_##_at(first + cols.x), e_##_at(first + cols.y), e_##_at(first + cols.z),   \
                e_##_at(first + cols.w));                                                    \
  }
EPILOGUE_OPERAND(0, epilogue_a)
EPILOGUE_OPERAND(1, epilogue_b)
EPILOGUE_OPERAND(2, epilogue_c)

// Functions of many instructions are compiled for one step alone: drivers inline all of them before they fold constants.
vec4 epilogue_step(uint constant, vec4 v, vec4 operands[EPILOGUE_OPERANDS], float alpha, float beta) {
  const uint code = constant & 255u;
  const bool swapped = (constant >> 10 & 1u) != 0u;
  if (code == CHAIN_PASS) return v;
  if (code < CHAIN_BINARY) return light_unary_value(code, v, alpha, beta);
  const vec4 operand = operands[constant >> 8 & 3u];
  return light_binary_value(code - CHAIN_BINARY, swapped ? operand : v, swapped ? v : operand, alpha, beta);
}

vec4 epilogue_any_step(uint constant, vec4 v, vec4 operands[EPILOGUE_OPERANDS], float alpha, float beta) {
  const uint code = constant & 255u;
  if (code < CHAIN_BINARY && code != CHAIN_PASS) return unary_value(code, v, alpha, beta);
  return epilogue_step(constant, v, operands, alpha, beta);
}

// What is stored for four sums of a line. What lies outside of the product may be asked for.
vec4 epilogue(vec4 sum, uint line, uvec4 cols) {
  const uvec4 inside = min(cols, uvec4(p.cols - 1u));
  vec4 operands[EPILOGUE_OPERANDS];
  operands[0] = epilogue_a_values(line, inside);
  operands[1] = epilogue_b_values(line, inside);
  operands[2] = epilogue_c_values(line, inside);
  precise vec4 v = sum;
  v = epilogue_step(EPILOGUE_0, v, operands, p.epilogue[0], p.epilogue[1]);
  v = epilogue_step(EPILOGUE_1, v, operands, p.epilogue[2], p.epilogue[3]);
  v = epilogue_any_step(EPILOGUE_2, v, operands, p.epilogue[4], p.epilogue[5]);
  v = epilogue_step(EPILOGUE_3, v, operands, p.epilogue[6], p.epilogue[7]);
  return v;
}

// Four sums of row `row_` of a tile from column `j_` on; those past the tile repeat its last.
#define TILE_FOUR(sums_, i_, j_, tile_cols_)                                        \
  vec4(sums_[i_][j_], sums_[i_][min(j_ + 1, tile_cols_ - 1)], sums_[i_][min(j_ + 2, tile_cols_ - 1)], \
       sums_[i_][min(j_ + 3, tile_cols_ - 1)])

// Stores y_[line][column] for a tile of sums, whose row i is row0_ + i and column j is COLUMN_(j). The
// product's first line is line0_.
#define STORE_TILE(y_, sums_, tile_rows_, tile_cols_, line0_, row0_, COLUMN_)                              \
  [[unroll]] for (int i = 0; i < tile_rows_; ++i) {                                                        \
    [[unroll]] for (int j = 0; j < tile_cols_; j += 4) {                                                   \
      const uint row = row0_ + i, line = line0_ + min(row, PRODUCT_ROWS - 1u);                             \
      const uvec4 cols = uvec4(COLUMN_(j), COLUMN_(j + 1), COLUMN_(j + 2), COLUMN_(j + 3));                \
      const vec4 four = epilogue(TILE_FOUR(sums_, i, j, tile_cols_), line, cols);                          \
      [[unroll]] for (int q = 0; q < 4; ++q) {                                                             \
        const bool mine = j + q < tile_cols_ && row < PRODUCT_ROWS && cols[q] < p.cols;                    \
        if (mine) y_[line * p.cols + cols[q]] = four[q];                                                   \
      }                                                                                                    \
    }                                                                                                      \
  }

#endif
