#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//! variant team  TEAM=1
//
// An output gradient as codes along its columns, transposed, for the product with a matrix whose row r has
// factors (s_r, o_r):
//   v[r,c] = s_r g[r,c] ~ s_q[c] q[c,r]      term[c] = sum_r o_r g[r,c]      (gradient_codes.glsl: q and s_q)
//
// g: f32 [rows, cols]   factors: pairs (s, o) [rows], where SCALED   range: [cols], in HINDSIGHT
// codes: packed, `cols` rows of `pitch` words   scales: pairs (s_q, 0) [cols]   term: [cols]
// next: [cols], the largest |v|, in HINDSIGHT the next range
//
// A team handles four columns: it reads g twice, in HINDSIGHT once, in runs of 16 rows, neighbouring teams
// neighbouring columns. The codes of a quad of columns k in rows 2 i and 2 i + 1 are rounded with block
// i ceil(cols / 4) + k of the stream.
#include "../common/wide.glsl"
#include "../common/step_random.glsl"
#include "code_gradient.h"
#include "team.glsl"
#include "gradient_codes.glsl"

layout(push_constant) uniform Push { CodeGradientParams p; };
READ_FLOATS(0, g)
READ_STEP(1)
READ_FLOATS(2, factors)
READ_FLOATS(3, range)
layout(set = 0, binding = 4) writeonly buffer Codes { uint codes[]; };
layout(set = 0, binding = 4) writeonly buffer CodePairs { PAIR code_pairs[]; };
layout(set = 0, binding = 4) writeonly buffer CodeQuads { QUAD_WORDS code_quads[]; };
layout(set = 0, binding = 5) writeonly buffer Scales { PAIR scales[]; };
layout(set = 0, binding = 6) writeonly buffer Term { float term[]; };
layout(set = 0, binding = 7) writeonly buffer Next { float next[]; };

uint quad, quads;  // the team's quad of columns, all of them
bool inside;       // teams past the end read the last quad again and store nothing

bool holds(uint j) { return ALIGNED || 4u * quad + j < p.cols; }

struct Sums {
  vec4 largest;
  vec4 total;  // of |v|: not finite where a value is not
  vec4 term;
};
Sums no_sums() { return Sums(vec4(0.0), vec4(0.0), vec4(0.0)); }

// The four columns of row r, 0 past the ends.
vec4 read_values(uint r, inout Sums sums) {
  vec4 g = vec4(0.0);
  if (r >= p.rows) return g;
  if (ALIGNED) {
    g = g_quad(r * quads + quad);
  } else {
    for (uint j = 0u; j < 4u; ++j) {
      if (holds(j)) g[j] = g_at(r * p.cols + 4u * quad + j);
    }
  }
  const vec2 f = SCALED ? factors_pair(r) : vec2(1.0, 0.0);
  const vec4 v = f.x * g;
  sums.largest = max(sums.largest, abs(v));
  sums.total += abs(v);
  sums.term += f.y * g;
  return v;
}

Sums measure() {
  Sums sums = no_sums();
  for (uint r = 4u * team_lane(); r < p.rows; r += 4u * TEAM_SIZE) {
    read_values(r, sums);
    read_values(r + 1u, sums);
    read_values(r + 2u, sums);
    read_values(r + 3u, sums);
  }
  return sums;
}

// The codes of four rows, those of a column in a component.
uvec4 four_rows(uint r, vec4 inverse, inout Sums sums) {
  uvec4 first = uvec4(0u), second = uvec4(0u);
  if (ROUNDING == STOCHASTIC) {
    const uint block = r / 2u * quads + quad;
    first = step_random(step_seed(), step_number(), p.stream, block);
    second = step_random(step_seed(), step_number(), p.stream, block + quads);
  }
  const uint w = code_width(TYPE);
  const vec4 v0 = read_values(r, sums), v1 = read_values(r + 1u, sums), v2 = read_values(r + 2u, sums),
             v3 = read_values(r + 3u, sums);
  return fields_of(v0, inverse, fractions(first.xy)) | fields_of(v1, inverse, fractions(first.zw)) << w |
         fields_of(v2, inverse, fractions(second.xy)) << 2u * w | fields_of(v3, inverse, fractions(second.zw)) << 3u * w;
}

void store(uint j, uint run, uint runs, uvec4 words) {
  if (!holds(j)) return;
  const uint at = (4u * quad + j) * runs + run;
  if (TYPE == TYPE_I8) code_quads[at] = quad_of_words(words);
  if (TYPE == TYPE_I4) code_pairs[at] = pair_of_words(uvec2(words.x | words.y << 16, words.z | words.w << 16));
  if (TYPE == TYPE_I2) codes[at] = words.x | words.y << 8 | words.z << 16 | words.w << 24;
}

// Runs go on to the end of the padding, which is 0.
Sums write_codes(vec4 inverse) {
  Sums sums = no_sums();
  const uint runs = p.pitch / RUN_WORDS;
  for (uint run = inside ? team_lane() : runs; run < runs; run += TEAM_SIZE) {
    const uvec4 a = four_rows(16u * run, inverse, sums), b = four_rows(16u * run + 4u, inverse, sums),
                c = four_rows(16u * run + 8u, inverse, sums), d = four_rows(16u * run + 12u, inverse, sums);
    store(0u, run, runs, uvec4(a.x, b.x, c.x, d.x));
    store(1u, run, runs, uvec4(a.y, b.y, c.y, d.y));
    store(2u, run, runs, uvec4(a.z, b.z, c.z, d.z));
    store(3u, run, runs, uvec4(a.w, b.w, c.w, d.w));
  }
  return sums;
}

Sums join(Sums sums) {
  return Sums(team_max(sums.largest), team_sum(sums.total), team_sum(sums.term));
}

void main() {
  quads = (p.cols + 3u) / 4u;
  inside = team_index() < quads;
  quad = min(team_index(), quads - 1u);
  vec4 given = vec4(0.0);
  if (HINDSIGHT) {
    for (uint j = 0u; j < 4u; ++j) given[j] = range_at(min(4u * quad + j, p.cols - 1u));
  }
  // All invocations reach the barriers of join(); which of them measure may differ between teams.
  Sums found = no_sums();
  if (!HINDSIGHT || !all(greaterThan(given, vec4(0.0)))) found = measure();
  found = join(found);
  const vec4 used = mix(found.largest, given, greaterThan(given, vec4(0.0)));
  vec4 inverse;
  for (uint j = 0u; j < 4u; ++j) inverse[j] = inverse_of(used[j]);
  const Sums sums = write_codes(inverse);
  if (HINDSIGHT) found = join(sums);
  if (!inside || team_lane() != 0u) return;
  for (uint j = 0u; j < 4u; ++j) {
    if (!holds(j)) continue;
    const uint c = 4u * quad + j;
    scales[c] = pair_of(vec2(scale_of(used[j], found.total[j]), 0.0));
    term[c] = found.term[j];
    next[c] = next_range(given[j], found.largest[j], p.momentum);
  }
}
