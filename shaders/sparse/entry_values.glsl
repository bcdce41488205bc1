// SPDX-License-Identifier: Apache-2.0
// Values of entries: f32, f16, or packed codes with a scale to a row of the matrix. Wants, beside what
// entries.glsl wants, buffers `places` and `values` (words) and `scales` (f32).
#ifndef RIDGEBACK_SPARSE_ENTRY_VALUES_GLSL
#define RIDGEBACK_SPARSE_ENTRY_VALUES_GLSL
#include "../common/halves.glsl"
#include "../common/packed.glsl"

layout(constant_id = 4) const uint VALUES = VALUES_F32;  // as DType numbers element types

int entry_code(uint row, uint j) {
  const uint per_unit = codes_per_unit(VALUES), each = words_per_unit(VALUES);
  const uint word = row * p.f.value_words + j / per_unit * each;
  return code_at(VALUES, uvec2(WORD(values, word), each == 2u ? WORD(values, word + 1u) : 0u), j % per_unit);
}

// The value of an entry of `row`, but for row_scale(); `at` is its place, `owner` its row in the matrix.
float value_at(uint row, uint at, uint owner) {
  if (VALUES == VALUES_F32) return uintBitsToFloat(WORD(values, at));
  if (VALUES == VALUES_F16) return of_half(WORD(values, at / 2u), at);
  if (FORMAT != FORMAT_BY_COLUMN) return float(entry_code(row, at - row * p.f.width));
  return WORD(scales, owner) * float(entry_code(owner, at - owner * p.f.width));
}

float entry_value(uint row, uint entry) {
  if (FORMAT != FORMAT_BY_COLUMN) return value_at(row, entry, row);
  return value_at(row, WORD(places, entry), WORD(columns, entry));
}

float row_scale(uint row) {
  return VALUES > VALUES_F16 && FORMAT != FORMAT_BY_COLUMN ? WORD(scales, row) : 1.0;
}

#endif
