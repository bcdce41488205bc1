// SPDX-License-Identifier: Apache-2.0
// Four entries of a row at a time, for kernels that read texels: entries first to first + 3, `first` a multiple
// of 4, of which those from `begin` to `end`, there is one at least, belong to the row.
#ifndef RIDGEBACK_SPARSE_ENTRY_QUADS_GLSL
#define RIDGEBACK_SPARSE_ENTRY_QUADS_GLSL

uvec4 quad_entries(uint first) { return first + uvec4(0u, 1u, 2u, 3u); }

bvec4 quad_inside(uint first, uint begin, uint end) {
  const uvec4 entries = quad_entries(first);
  return equal(clamp(entries, uvec4(begin), uvec4(end - 1u)), entries);
}

// Columns; one of this row in place of those of other rows, whose x may be infinite.
uvec4 quad_columns(uint row, uint first, uint begin, uint end) {
  if (FORMAT != FORMAT_N_OF_M) {
    const uvec4 found = texelFetch(columns, int(first / 4u));
    return mix(uvec4(found[max(first, begin) - first]), found, quad_inside(first, begin, end));
  }
  // A quad lies in one word or two.
  const uint low = max(first, begin) - begin, high = min(first + 3u, end - 1u) - begin;
  const uint base = row * p.f.place_words, bits = place_bits();
  const uint word_low = WORD(columns, base + low * bits / 32u);
  const uint word_high = WORD(columns, base + high * bits / 32u);
  uvec4 result;
  [[unroll]] for (uint i = 0u; i < 4u; ++i) {
    const uint j = clamp(first + i, begin, end - 1u) - begin;
    result[i] = place_column(j, j * bits / 32u == low * bits / 32u ? word_low : word_high);
  }
  return result;
}

// Values, but for row_scale(); zeros for entries of other rows. `columns4` as above.
vec4 quad_values(uint row, uint first, uint begin, uint end, uvec4 columns4) {
  vec4 result;
  if (FORMAT != FORMAT_BY_COLUMN && VALUES == VALUES_F32) {
    result = uintBitsToFloat(texelFetch(values, int(first / 4u)));
  } else {
    uvec4 at = clamp(quad_entries(first), uvec4(begin), uvec4(end - 1u));
    if (FORMAT == FORMAT_BY_COLUMN) at = texelFetch(places, int(first / 4u));
    [[unroll]] for (uint i = 0u; i < 4u; ++i) result[i] = value_at(row, at[i], columns4[i]);
  }
  return mix(vec4(0.0), result, quad_inside(first, begin, end));
}

#endif
