// SPDX-License-Identifier: Apache-2.0
// What the products of codes share. Wants the push constants `p` and the constants X_TYPE and W_TYPE.
#ifndef RIDGEBACK_MATMUL_CODES_GLSL
#define RIDGEBACK_MATMUL_CODES_GLSL
#include "../common/packed.glsl"

// With xhat = s q + o on either side, P the product and S the sums of the n codes of a block:
//   sum xhat what = s_x s_w P + (s_x S_x) o_w + o_x (s_w S_w + n o_w)
// Every kernel adds blocks with this very expression and in ascending order, so that all of them give
// the same bits.
float block_value(int product, float s_x, float s_w, float row_term, float o_w, float o_x,
                  float col_term) {
  precise float value = s_x * s_w * float(product);
  value = value + row_term * o_w;
  value = value + o_x * col_term;
  return value;
}
float row_term(float s_x, int sum_x) {
  precise float term = s_x * float(sum_x);
  return term;
}
float col_term(float s_w, float o_w, int sum_w, uint count) {
  precise float term = s_w * float(sum_w);
  term = term + float(count) * o_w;
  return term;
}
// With one factor and one term a row.
float row_value(int product, float s, float t) {
  precise float value = s * float(product);
  value = value + t;
  return value;
}
float add_block(float sum, float value) {
  precise float result = sum + value;
  return result;
}

#endif
