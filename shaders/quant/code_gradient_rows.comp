#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//! variant team  TEAM=1
//
// An output gradient as codes along its rows, for the product with a matrix whose row c has factors (s_c, o_c):
//   v[r,c] = s_c g[r,c] ~ s_q[r] q[r,c]      term[r] = sum_c o_c g[r,c]      (gradient_codes.glsl: q and s_q)
//
// g: f32 [rows, cols]   factors: pairs (s, o) [cols], where SCALED   range: one float, in HINDSIGHT
// codes: packed, rows of `pitch` words   scales: pairs (s_q, 0) [rows]   term: [rows]
// next: [rows], the largest |v|, in HINDSIGHT the next range as this row alone would have it
//
// A team handles a row: it reads g twice, in HINDSIGHT once, in runs of 16. The codes 8 i .. 8 i + 7 of row r are
// rounded with block r ceil(cols / 8) + i of the stream.
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

uint row;
bool inside;  // teams past the end read the last row again and store nothing

// Quad k of the row, 0 past its end.
vec4 read_quad(uint k) {
  if (ALIGNED) return 4u * k < p.cols ? g_quad(row * (p.cols / 4u) + k) : vec4(0.0);
  vec4 v = vec4(0.0);
  for (uint j = 0u; j < 4u; ++j) {
    if (4u * k + j < p.cols) v[j] = g_at(row * p.cols + 4u * k + j);
  }
  return v;
}

// Factors of the columns of quad k; any value past the end.
void read_factors(uint k, out vec4 s, out vec4 o) {
  s = vec4(1.0);
  o = vec4(0.0);
  if (!SCALED) return;
  if (ALIGNED) {
    const uint q = min(k, p.cols / 4u - 1u);
    const vec4 a = factors_quad(2u * q), b = factors_quad(2u * q + 1u);
    s = vec4(a.xz, b.xz);
    o = vec4(a.yw, b.yw);
    return;
  }
  for (uint j = 0u; j < 4u; ++j) {
    const vec2 pair = factors_pair(min(4u * k + j, p.cols - 1u));
    s[j] = pair.x;
    o[j] = pair.y;
  }
}

struct Sums {
  vec4 largest;
  vec4 total;  // of |v|: not finite where a value is not
  vec4 term;
};

vec4 read_values(uint k, inout Sums sums) {
  vec4 s, o;
  read_factors(k, s, o);
  const vec4 g = read_quad(k), v = s * g;
  sums.largest = max(sums.largest, abs(v));
  sums.total += abs(v);
  sums.term += o * g;
  return v;
}

Sums no_sums() { return Sums(vec4(0.0), vec4(0.0), vec4(0.0)); }

Sums measure() {
  Sums sums = no_sums();
  const uint runs = (p.cols + 15u) / 16u;
  for (uint run = team_lane(); run < runs; run += TEAM_SIZE) {
    read_values(4u * run, sums);
    read_values(4u * run + 1u, sums);
    read_values(4u * run + 2u, sums);
    read_values(4u * run + 3u, sums);
  }
  return sums;
}

// Eight codes from quad k on, as the fields of two quads.
uvec2 eight_codes(uint k, float inverse, inout Sums sums) {
  uvec4 random = uvec4(0u);
  if (ROUNDING == STOCHASTIC) {
    const uint block = row * ((p.cols + 7u) / 8u) + k / 2u;
    random = step_random(step_seed(), step_number(), p.stream, block);
  }
  const vec4 a = read_values(k, sums), b = read_values(k + 1u, sums);
  const uint width = code_width(TYPE);
  return uvec2(bits_of_quad(fields_of(a, vec4(inverse), fractions(random.xy)), width),
               bits_of_quad(fields_of(b, vec4(inverse), fractions(random.zw)), width));
}

// Runs go on to the end of the row's padding, which is 0.
Sums write_codes(float inverse) {
  Sums sums = no_sums();
  const uint runs = p.pitch / RUN_WORDS;
  for (uint run = inside ? team_lane() : runs; run < runs; run += TEAM_SIZE) {
    const uvec2 a = eight_codes(4u * run, inverse, sums), b = eight_codes(4u * run + 2u, inverse, sums);
    const uint at = row * runs + run;
    if (TYPE == TYPE_I8) code_quads[at] = quad_of_words(uvec4(a, b));
    if (TYPE == TYPE_I4) code_pairs[at] = pair_of_words(uvec2(a.x | a.y << 16, b.x | b.y << 16));
    if (TYPE == TYPE_I2) codes[at] = a.x | a.y << 8 | b.x << 16 | b.y << 24;
  }
  return sums;
}

// Largest, total, term.
vec3 join(Sums sums) {
  const vec4 joined = team_sum(vec4(lanes_sum(sums.total), lanes_sum(sums.term), 0.0, 0.0));
  return vec3(team_max(vec4(lanes_max(sums.largest), 0.0, 0.0, 0.0)).x, joined.xy);
}

void main() {
  inside = team_index() < p.rows;
  row = min(team_index(), p.rows - 1u);
  const float given = HINDSIGHT ? range_at(0u) : 0.0;
  vec3 found = vec3(0.0);
  const bool measured = !(given > 0.0);  // alike everywhere
  if (measured) found = join(measure());
  const float used = measured ? found.x : given;
  const Sums sums = write_codes(inverse_of(used));
  if (HINDSIGHT) found = join(sums);
  if (!inside || team_lane() != 0u) return;
  scales[row] = pair_of(vec2(scale_of(used, found.y), 0.0));
  term[row] = found.z;
  next[row] = next_range(given, found.x, p.momentum);
}
