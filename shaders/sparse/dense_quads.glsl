// SPDX-License-Identifier: Apache-2.0
// Four neighbours of a row of n values at a time from a texel buffer. Rows of whole texels (WHOLE) take one
// fetch, others two.
#ifndef RIDGEBACK_SPARSE_DENSE_QUADS_GLSL
#define RIDGEBACK_SPARSE_DENSE_QUADS_GLSL

// Values 4 quad to 4 quad + 3 of row `row` of `rows`; past the end of the row any.
#define DENSE_QUAD(matrix, rows, row, quad)                                                            \
  (WHOLE ? texelFetch(matrix, int((row) * (p.n / 4u) + (quad)))                                       \
         : shifted(texelFetch(matrix, int(((row) * p.n) / 4u + (quad))),                              \
                   texelFetch(matrix, int(min(((row) * p.n) / 4u + (quad) + 1u, ((rows) * p.n - 1u) / 4u))), \
                   ((row) * p.n) % 4u))

vec4 shifted(vec4 low, vec4 high, uint by) {
  const vec4 two = by >= 2u ? vec4(low.zw, high.xy) : low;
  const float next = by >= 2u ? high.z : high.x;
  return by % 2u == 1u ? vec4(two.yzw, next) : two;
}

#endif
