// SPDX-License-Identifier: Apache-2.0
// Values of rows of equal length, one and four at a time, but for row_scale(). Wants what entry_values.glsl wants and
// PAIR and TEXEL_OF, which read two and four words as WORD reads one.
#ifndef RIDGEBACK_SPARSE_VALUE_RUNS_GLSL
#define RIDGEBACK_SPARSE_VALUE_RUNS_GLSL

float value_of(uint row, uint place) { return value_at(row, row * p.f.width + place, row); }

// Of places `place` to `place` + 3; that and the width are multiples of 4, so that they lie in one unit.
vec4 value_run(uint row, uint place) {
  const uint quad = (row * p.f.width + place) / 4u;
  if (VALUES == VALUES_F32) return uintBitsToFloat(TEXEL_OF(values, quad));
  if (VALUES == VALUES_F16) {
    const uvec2 words = PAIR(values, quad);
    return of_halves(words.x, words.y);
  }
  const uint per_unit = codes_per_unit(VALUES), index = place / per_unit;
  uvec2 unit = VALUES == PACKED_TERNARY ? PAIR(values, row * (p.f.value_words / 2u) + index)
                                        : uvec2(WORD(values, row * p.f.value_words + index), 0u);
  if (per_unit > 4u) unit >>= place % per_unit * code_bits(VALUES);
  vec4 run;
  [[unroll]] for (uint i = 0u; i < 4u; ++i) run[i] = float(code_at(VALUES, unit, i));
  return run;
}

#endif
