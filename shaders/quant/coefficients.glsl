// SPDX-License-Identifier: Apache-2.0
// The gradient of a block's values as numbers, which denoise_backward writes and denoise_update reads:
//   d_j = Gm + rho (G_j - Gm) + a (x_j - b_f - mean) + b (q_j - mean q)
// with the means of x - b_f and of q over the block.
#ifndef RIDGEBACK_COEFFICIENTS_GLSL
#define RIDGEBACK_COEFFICIENTS_GLSL

struct Coefficients {
  vec4 factors;  // Gm, rho, a, b
  vec4 means;    // b_f, mean of x - b_f, mean q, a sum over the block that is looked at elsewhere
};

vec4 gradient_of(Coefficients c, vec4 g, vec4 x, vec4 q) {
  return c.factors.x + c.factors.y * (g - c.factors.x) + c.factors.z * (x - c.means.x - c.means.y) +
         c.factors.w * (q - c.means.z);
}

#endif
