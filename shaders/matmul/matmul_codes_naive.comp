#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   y[i,j] = sum_k xhat[i,k] what[j,k]     xhat = s q + o, (s, o) by row and block
//
// One invocation makes one element, word by word: the yardstick that `bench` holds matmul_bits and
// matmul_ints against. Layouts as there; all packed types.
#include "../common/index.glsl"
#include "matmul_codes_naive.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint X_TYPE = 4;
layout(constant_id = 2) const uint W_TYPE = 4;

layout(push_constant) uniform Push { MatmulCodesParams p; };
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) readonly buffer XFactors { float x_factors[]; };
layout(set = 0, binding = 2) readonly buffer W { uint w[]; };
layout(set = 0, binding = 3) readonly buffer WFactors { float w_factors[]; };
layout(set = 0, binding = 4) writeonly buffer Y { float y[]; };

#include "matmul_codes.glsl"

const uint X_UNIT = X_TYPE == PACKED_I8 ? 4 : X_TYPE == PACKED_I4 ? 8 : X_TYPE == PACKED_I2 ? 16 : 32;
const uint W_UNIT = W_TYPE == PACKED_I8 ? 4 : W_TYPE == PACKED_I4 ? 8 : W_TYPE == PACKED_I2 ? 16 : 32;
const uint STEP = X_UNIT < W_UNIT ? X_UNIT : W_UNIT;

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.cols) return;
  const uint row = index / p.cols, col = index % p.cols;
  const uint x_row = row * words_per_row(X_TYPE, p.depth), w_row = col * words_per_row(W_TYPE, p.depth);
  float sum = 0.0;
  for (uint block = 0, k0 = 0; k0 < p.depth; ++block, k0 += p.block) {
    const uint end = min(k0 + p.block, p.depth);
    int product = 0, sum_x = 0, sum_w = 0;
    for (uint k = k0; k < end; k += STEP) {
      const uint x_word = x_row + k / X_UNIT * words_per_unit(X_TYPE);
      const uint w_word = w_row + k / W_UNIT * words_per_unit(W_TYPE);
      const uvec2 a = uvec2(x[x_word], X_TYPE == PACKED_TERNARY ? x[x_word + 1] : 0u);
      const uvec2 b = uvec2(w[w_word], W_TYPE == PACKED_TERNARY ? w[w_word + 1] : 0u);
      if (X_TYPE == PACKED_B1 && W_TYPE == PACKED_B1) {
        product += bitCount(a.x & b.x);
        sum_x += bitCount(a.x);
        sum_w += bitCount(b.x);
      } else {
        for (uint i = 0; i < STEP; ++i) {
          const int inside = int(k + i < end);
          const int x_code = code_at(X_TYPE, a, k % X_UNIT + i) * inside;
          const int w_code = code_at(W_TYPE, b, k % W_UNIT + i) * inside;
          product += x_code * w_code;
          sum_x += x_code;
          sum_w += w_code;
        }
      }
    }
    const uint fx = (row * p.x_row_factors + block / p.x_ratio) * 2;
    const uint fw = (col * p.w_row_factors + block / p.w_ratio) * 2;
    const float s_x = x_factors[fx], o_x = x_factors[fx + 1];
    const float s_w = w_factors[fw], o_w = w_factors[fw + 1];
    sum = add_block(sum, block_value(product, s_x, s_w, row_term(s_x, sum_x), o_w, o_x,
                                     col_term(s_w, o_w, sum_w, end - k0)));
  }
  y[index] = sum;
}
