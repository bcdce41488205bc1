// SPDX-License-Identifier: Apache-2.0
// From sums over a block to the coefficients of its gradient. The including kernel has the constants
// CODEBOOK, TOP and MODE.
//   rho = s / s_f, c = mean(G q~), k = c / D
//   dx_j = Gm + rho (G_j - Gm) + k (x~_j / s_f + (1 - 2 rho) q~_j)    [+ L ds_f/dx_j where live]
// with ~ minus the block mean; a linear form has Gm = 0 and means of 0.
#ifndef RIDGEBACK_CORRECTIONS_GLSL
#define RIDGEBACK_CORRECTIONS_GLSL
#include "coefficients.glsl"
#include "codes.h"

// One row of stats.
struct Saved {
  float value_mean;
  float code_mean;
  float s;
  float inverse;
  float step;
  float offset;
};

// Sums over a block, u = x - b_f; all but the first three for the live scale only.
struct Sums {
  float grad;          // G
  float grad_code;     // G q~
  float grad_value;    // G u; in MODE_FULL G^2, for who checks that G is finite
  float value_square;  // x~ u
  float high;          // largest z, or |z| for absmax and power_of_two
  float high_count;    // values that attain it
  float low_count;     // values that attain the lowest; sign_mean: sum of the signs of u
  float kept;
};

struct Correction {
  float grad_mean;
  float k;
  float live_a;  // factors of ds_f/dx_j, see live_term()
  float live_b;
  float high;
};

// MODE_FULL as numbers. `squares`, the sum of G^2, is NaN or infinite where one of the block's G is.
Coefficients coefficients_of(Correction c, Saved t, float squares) {
  const float rho = t.s / t.step;
  return Coefficients(vec4(c.grad_mean, rho, c.k / t.step, c.k * (1.0 - 2.0 * rho)),
                      vec4(t.offset, t.value_mean, t.code_mean, squares));
}

bool affine() { return CODEBOOK == MINMAX || CODEBOOK == SIGN_MEAN; }

Correction correction_of(Sums sums, Saved t, float n) {
  const float grad_mean = affine() ? sums.grad / n : 0.0;
  const float k = sums.grad_code / n * t.inverse;
  Correction c = Correction(grad_mean, k, 0.0, 0.0, sums.high);
  if (MODE != MODE_LIVE) return c;
  // L = dL/ds_f = - sum_j (dL/dq_j) u_j / s_f^2, dL/dq_j = s (G_j - Gm) + k (x~_j - 2 s q~_j);
  // sum_j q~_j u_j = n s D.
  const float code_value = t.inverse > 0.0 ? n * t.s / t.inverse : 0.0;
  float live = -(t.s * (sums.grad_value - grad_mean * n * t.value_mean) +
                 k * (sums.value_square - 2.0 * t.s * code_value)) / (t.step * t.step);
  const float range = CODEBOOK == MINMAX ? sums.high - t.offset : sums.high;
  const bool extremes = CODEBOOK == MINMAX || CODEBOOK == ABSMAX || CODEBOOK == POWER_OF_TWO;
  if (extremes && range / float(TOP) < 1.2e-38) live = 0.0;  // s_f is the constant 1
  if (CODEBOOK == MINMAX) c.live_b = live / (float(TOP) * max(sums.low_count, 1.0));
  if (extremes) c.live_a = live / (float(TOP) * max(sums.high_count, 1.0));
  if (CODEBOOK == SIGN_MEAN) {
    c.live_a = live / n;
    c.live_b = sums.low_count / n;
  }
  if (CODEBOOK == SIGN_LINEAR) c.live_a = live / max(sums.kept, 1.0);
  if (CODEBOOK == TERNARY) c.live_a = 1.5 * live / max(sums.kept, 1.0);
  if (CODEBOOK == MEANABS) c.live_a = 2.0 / sqrt(float(TOP)) * live / max(sums.kept, 1.0);
  if (CODEBOOK == NONE) c.live_a = live / (n * t.step);
  return c;
}

// L ds_f/dx_j. Ties of an extreme share it evenly; a pruned value is constant 0.
vec4 live_term(Correction c, Saved t, vec4 v, vec4 u, vec4 z, bvec4 keep) {
  const vec4 kept = mix(vec4(0.0), vec4(1.0), keep);
  if (CODEBOOK == MINMAX) {
    return kept * (mix(vec4(0.0), vec4(c.live_a), equal(z, vec4(c.high))) -
                   mix(vec4(0.0), vec4(c.live_b), equal(z, vec4(t.offset))));
  }
  if (CODEBOOK == ABSMAX || CODEBOOK == POWER_OF_TWO) {
    return kept * mix(vec4(0.0), c.live_a * sign(v), equal(abs(z), vec4(c.high)));
  }
  if (CODEBOOK == SIGN_MEAN) return c.live_a * (sign(u) - c.live_b);
  if (CODEBOOK == NONE) return c.live_a * v;
  return kept * c.live_a * sign(v);
}

#endif
