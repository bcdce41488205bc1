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

int x_code(uint row, uint k) {
  const uint unit = row * words_per_row(X_TYPE, p.depth) + k / codes_per_unit(X_TYPE) * words_per_unit(X_TYPE);
  const uvec2 words = uvec2(x[unit], X_TYPE == PACKED_TERNARY ? x[unit + 1] : 0u);
  return code_at(X_TYPE, words, k % codes_per_unit(X_TYPE));
}
int w_code(uint row, uint k) {
  const uint unit = row * words_per_row(W_TYPE, p.depth) + k / codes_per_unit(W_TYPE) * words_per_unit(W_TYPE);
  const uvec2 words = uvec2(w[unit], W_TYPE == PACKED_TERNARY ? w[unit + 1] : 0u);
  return code_at(W_TYPE, words, k % codes_per_unit(W_TYPE));
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.cols) return;
  const uint row = index / p.cols, col = index % p.cols;
  const bool bits = X_TYPE == PACKED_B1 && W_TYPE == PACKED_B1;
  float sum = 0.0;
  for (uint block = 0, k0 = 0; k0 < p.depth; ++block, k0 += p.block) {
    const uint end = min(k0 + p.block, p.depth);
    int product = 0, sum_x = 0, sum_w = 0;
    if (bits) {
      const uint pitch = words_per_row(PACKED_B1, p.depth);
      for (uint word = k0 / 32; word * 32 < end; ++word) {
        const uint a = x[row * pitch + word], b = w[col * pitch + word];
        product += bitCount(a & b);
        sum_x += bitCount(a);
        sum_w += bitCount(b);
      }
    } else {
      for (uint k = k0; k < end; ++k) {
        const int a = x_code(row, k), b = w_code(col, k);
        product += a * b;
        sum_x += a;
        sum_w += b;
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
