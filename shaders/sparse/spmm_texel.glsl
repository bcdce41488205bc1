// SPDX-License-Identifier: Apache-2.0
// The texel variant of spmm: everything is read four words at a time through texel buffers. An invocation makes
// COLS / 4 quads of columns of a row, neighbours the quads between them, so that a texel of four entries serves
// for all of them and the lanes read x side by side.
#include "../common/texels.glsl"

layout(constant_id = 7) const bool WHOLE = true;  // n is a multiple of 4
layout(constant_id = 8) const bool EVEN = true;   // n is even
const uint QUADS = COLS / 4;

UINT_TEXELS(0, starts)
UINT_TEXELS(1, columns)
UINT_TEXELS(2, places)
UINT_TEXELS(3, values)
FLOAT_TEXELS(4, scales)
FLOAT_TEXELS(5, x)
layout(set = 0, binding = 6) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 6) writeonly buffer Y2 { uint64_t y2[]; };

#include "entries.glsl"
#include "entry_values.glsl"
#include "entry_quads.glsl"
#include "dense_quads.glsl"

vec4 sum[QUADS];

void store_pair(uint at, vec2 pair) { y2[at / 2u] = packUint2x32(floatBitsToUint(pair)); }

void store(uint row, uint quad, vec4 value) {
  const uint c = 4u * quad, at = row * p.n + c;
  if (EVEN) {
    if (c < p.n) store_pair(at, value.xy);
    if (c + 2u < p.n) store_pair(at + 2u, value.zw);
    return;
  }
  [[unroll]] for (int j = 0; j < 4; ++j) {
    if (c + j < p.n) y[at + j] = value[j];
  }
}

void main() {
  const uint quads = (p.n + 3u) / 4u, runs = (quads + QUADS - 1u) / QUADS, id = linear_invocation();
  if (id >= runs * p.f.rows) return;
  const uint row = ALONG_ROWS ? id % p.f.rows : id / runs;
  const uint run = ALONG_ROWS ? id / p.f.rows : id % runs;
  [[unroll]] for (uint q = 0u; q < QUADS; ++q) sum[q] = vec4(0.0);
  const uint begin = entry_begin(row), end = entry_end(row);
  uint first = begin & ~3u;
  // Tested at its end: CPU drivers run the body of any other loop once more, with no effect.
  if (begin < end) do {
    const uvec4 k = quad_columns(row, first, begin, end);
    const vec4 v = quad_values(row, first, begin, end, k);
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      const uint at = min(k[i], p.f.cols - 1u);
      [[unroll]] for (uint q = 0u; q < QUADS; ++q) {
        sum[q] += v[i] * DENSE_QUAD(x, p.f.cols, at, min(run + q * runs, quads - 1u));
      }
    }
    first += 4u;
  } while (first < end);
  const float scale = row_scale(row);
  [[unroll]] for (uint q = 0u; q < QUADS; ++q) store(row, run + q * runs, sum[q] * scale);
}
