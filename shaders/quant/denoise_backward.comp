#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//! variant team  TEAM=1
//
// The gradient of the denoised value (corrections.glsl has the formula):
//   dx_j = Gm + rho (G_j - Gm) + k (x~_j / s_f + (1 - 2 rho) q~_j) [+ L ds_f/dx_j]
// or, in MODE_CLIPPED, of the straight-through value: dx_j = G_j where x_j lies in the codes' range, else 0
// or, in MODE_FACTOR, of a custom gradient estimator: dx_j = G_j times a function of the distance u_j of
// (x_j - b_f) / s_f from the nearest whole number (quant/perturbation.hpp has them).
//
// grads, x, dx: f32 [rows, cols]   codes, mask: packed rows   stats: [rows, blocks, STATS]
//
// A team handles a block (aligned rows only in the variant wide): sums first, then dx. Stages serve groups that span rows: the first leaves Sums of
// each row in dx (PARTIALS floats each), denoise_backward_combine makes `correction` of them, the second
// writes dx with it. STAGE_COEFFICIENTS, of MODE_FULL, does not look at x: it leaves in dx what dx_j is made of
// (COEFFICIENTS floats of each block), for denoise_update.
#include "../common/wide.glsl"
#include "denoise_backward.h"
#include "team.glsl"

layout(constant_id = 2) const uint CODEBOOK = MINMAX;
layout(constant_id = 3) const uint TYPE = TYPE_B1;
layout(constant_id = 4) const uint TOP = 1u;
layout(constant_id = 5) const uint MODE = MODE_FULL;
layout(constant_id = 6) const uint SPARSE = 0u;   // the mask is read; for the live scale only
layout(constant_id = 7) const uint ALIGNED = 0u;  // cols is a multiple of 4
layout(constant_id = 8) const uint STAGE = STAGE_ALL;
layout(constant_id = 9) const uint ESTIMATOR = DENOISE;
layout(constant_id = 10) const bool GATED = false;  // dx_j = 0 where x_j is not above 0; not of values taken alone

layout(push_constant) uniform Push { DenoiseBackwardParams p; };
READ_FLOATS(0, grads)
READ_FLOATS(1, x)
READ_WORDS(2, codes)
READ_FLOATS(3, stats)
READ_WORDS(4, mask)
READ_FLOATS(5, correction)
layout(set = 0, binding = 6) buffer Dx { QUAD dx[]; };

#include "blocks.glsl"
#include "corrections.glsl"

vec4 read_grads(uint k) {
  if (ALIGNED != 0u) return grads_quad((base >> 2) + k);
  vec4 g = vec4(0.0);
  for (uint j = 0u; j < 4u; ++j) {
    const uint i = base + 4u * k + j;
    if (4u * k + j < n) g[j] = grads_at(i);
  }
  return g;
}

// The word(s) that hold the codes of quad k, and its four codes.
uvec2 read_words(uint k) {
  if (TYPE == TYPE_F32) return uvec2(0);
  const uint at = code_word(TYPE, p.pitch, k);
  return uvec2(codes_at(at), TYPE == TYPE_TERNARY ? codes_at(at + 1u) : 0u);
}

vec4 codes_of(uvec2 words, uint k) {
  if (TYPE != TYPE_F32) return unpack_quad(TYPE, words, quad_shift(TYPE, k));
  vec4 q = vec4(0.0);
  for (uint j = 0u; j < 4u; ++j) {
    if (4u * k + j < n) q[j] = uintBitsToFloat(codes_at(base + 4u * k + j));
  }
  return q;
}

void write_dx(uint k, vec4 v) {
  if (ALIGNED != 0u) {
    dx[(base >> 2) + k] = quad_of(v);
    return;
  }
#ifndef WIDE
  for (uint j = 0u; j < 4u; ++j) {
    const uint i = base + 4u * k + j;
    if (4u * k + j < n) dx[i >> 2][i & 3u] = v[j];
  }
#endif
}

Saved read_saved() {
  const uint at = STATS * team_index();
  if (n == 0u) return Saved(0.0, 0.0, 0.0, 0.0, 1.0, 0.0);
  return Saved(stats_at(at), stats_at(at + 1u), stats_at(at + 2u), stats_at(at + 3u), stats_at(at + 4u),
               stats_at(at + 5u));
}

// What the live scale needs of the values: see Sums.
struct LiveSums {
  vec4 grad_value;
  vec4 value_square;
  vec4 high;
  vec4 high_count;
  vec4 low_count;
  vec4 kept;
};

void add_live(inout LiveSums a, vec4 g, uint k, bvec4 valid, Saved t) {
  const bvec4 keep = kept_lanes(mask_word(k), k);
  const vec4 v = read_values(k);
  const vec4 u = where(valid, v - t.offset), z = where(keep, v);
  a.grad_value += g * u;
  a.value_square += where(valid, u - t.value_mean) * u;
  a.kept += flags(keep);
  if (CODEBOOK == SIGN_MEAN) a.low_count += sign(u);
  if (CODEBOOK != MINMAX && CODEBOOK != ABSMAX && CODEBOOK != POWER_OF_TWO) return;
  const vec4 candidate = CODEBOOK == MINMAX ? z : abs(z);
  const vec4 larger = flags(greaterThan(candidate, a.high)) * flags(valid);
  const vec4 same = flags(equal(candidate, a.high)) * flags(valid);
  a.high_count = mix(a.high_count + same, vec4(1.0), larger);
  a.high = mix(a.high, candidate, greaterThan(larger, vec4(0.0)));
  a.low_count += flags(equal(z, vec4(t.offset))) * flags(valid);
}

Sums join_live(vec4 grad, vec4 grad_code, LiveSums a) {
  const float high = team_max(vec4(lanes_max(a.high), 0.0, 0.0, 0.0)).x;
  const float ties = lanes_sum(where(equal(a.high, vec4(high)), a.high_count));
  const vec4 s = team_sum(vec4(lanes_sum(grad), lanes_sum(grad_code), lanes_sum(a.grad_value),
                               lanes_sum(a.value_square)));
  const vec4 c = team_sum(vec4(ties, lanes_sum(a.low_count), lanes_sum(a.kept), 0.0));
  return Sums(s.x, s.y, s.z, s.w, high, c.x, c.y, c.z);
}

// Sums of G, G q~ and G^2.
struct GradSums {
  vec4 grad;
  vec4 code;
  vec4 square;
};

void add_grads(inout GradSums a, vec4 g, vec4 q, Saved t) {
  a.grad += g;
  a.code += g * (q - t.code_mean);
  if (STAGE == STAGE_FIRST || STAGE == STAGE_COEFFICIENTS) a.square += g * g;
}

Sums sums_of_block(Saved t) {
  const float infinity = uintBitsToFloat(0x7F800000u);
  GradSums a = GradSums(vec4(0.0), vec4(0.0), vec4(0.0));
  LiveSums live = LiveSums(vec4(0.0), vec4(0.0), vec4(-infinity), vec4(0.0), vec4(0.0), vec4(0.0));
  const uint run = run_of(code_width(TYPE));
  uint start = team_lane() * run;
#ifdef WIDE
  for (uint i = 0u; MODE == MODE_FULL && run == 8u && i < whole_eights(); ++i) {
    const uvec2 words = read_words(start);
#define ADD(K) add_grads(a, read_grads(start + K), codes_of(words, start + K), t);
    EIGHT(ADD)
    start += run;
  }
#endif
  for (; start < quads; start += TEAM_SIZE * run) {
    const uvec2 words = read_words(start);
    const uint end = min(start + run, quads);
    for (uint k = start; k < end; ++k) {
      const vec4 g = read_grads(k);  // 0 past the end of the block
      add_grads(a, g, codes_of(words, k), t);
      if (MODE == MODE_LIVE) add_live(live, g, k, valid_lanes(k), t);
    }
  }
  if (MODE == MODE_LIVE) return join_live(a.grad, a.code, live);
  const vec4 s = team_sum(vec4(lanes_sum(a.grad), lanes_sum(a.code), lanes_sum(a.square), 0.0));
  return Sums(s.x, s.y, s.z, 0.0, 0.0, 0.0, 0.0, 0.0);
}

vec4 corrected(Correction c, Saved t, vec4 g, vec4 v, vec4 q) {
  return gradient_of(coefficients_of(c, t, 0.0), g, v, q);
}

// The gradient of who made v by a relu.
vec4 gated(vec4 d, vec4 v) { return GATED ? where(greaterThan(v, vec4(0.0)), d) : d; }

// Four quads, their gradients before their values: the lanes of a CPU driver are each in a row of its own, and in
// matrices of a power of two columns these rows compete for the same lines of the cache.
void write_four(Correction c, Saved t, uvec2 words, uint k) {
  const vec4 g0 = read_grads(k), g1 = read_grads(k + 1u), g2 = read_grads(k + 2u), g3 = read_grads(k + 3u);
  const vec4 v0 = read_values(k), v1 = read_values(k + 1u), v2 = read_values(k + 2u), v3 = read_values(k + 3u);
  write_dx(k, gated(corrected(c, t, g0, v0, codes_of(words, k)), v0));
  write_dx(k + 1u, gated(corrected(c, t, g1, v1, codes_of(words, k + 1u)), v1));
  write_dx(k + 2u, gated(corrected(c, t, g2, v2, codes_of(words, k + 2u)), v2));
  write_dx(k + 3u, gated(corrected(c, t, g3, v3, codes_of(words, k + 3u)), v3));
}

void write_block(Correction c, Saved t) {
  const uint run = run_of(code_width(TYPE));
  uint start = team_lane() * run;
#ifdef WIDE
  for (uint i = 0u; MODE == MODE_FULL && run == 8u && i < whole_eights(); ++i) {
    const uvec2 words = read_words(start);
    write_four(c, t, words, start);
    write_four(c, t, words, start + 4u);
    start += run;
  }
#endif
  for (; start < quads; start += TEAM_SIZE * run) {
    const uvec2 words = read_words(start);
    const uint end = min(start + run, quads);
    uint k = start;
#ifdef WIDE
    if (MODE == MODE_FULL && run >= 4u) {
      for (; k + 4u <= end; k += 4u) write_four(c, t, words, k);
    }
#endif
    for (; k < end; ++k) {
      const vec4 v = read_values(k);
      vec4 d = corrected(c, t, read_grads(k), v, codes_of(words, k));
      if (MODE == MODE_LIVE) {
        const bvec4 keep = kept_lanes(mask_word(k), k);
        d += live_term(c, t, v, v - t.offset, where(keep, v), keep);
      }
      write_dx(k, gated(d, v));
    }
  }
}

void write_clipped(Saved t) {
  // Affine codes begin at 0, which is b_f; linear ones at -TOP.
  const float high = float(TOP) * t.step, low = CODEBOOK == MINMAX ? 0.0 : -high;
  for (uint k = team_lane(); k < quads; k += TEAM_SIZE) {
    const vec4 u = read_values(k) - t.offset;
    write_dx(k, where(lessThanEqual(u, vec4(high)), where(greaterThanEqual(u, vec4(low)), read_grads(k))));
  }
}

// cos(2 pi u), |u| <= 1/2, as 2 cos^2(pi u) - 1 by a series: cos() may be off by 2^-11.
vec4 cosine_of_turns(vec4 u) {
  const vec4 t = u * u * (3.14159265358979 * 3.14159265358979);
  const vec4 c = 1.0 - t * (1.0 / 2.0 - t * (1.0 / 24.0 - t * (1.0 / 720.0 - t * (1.0 / 40320.0 -
                 t * (1.0 / 3628800.0 - t * (1.0 / 479001600.0))))));
  return 2.0 * c * c - 1.0;
}

// cge_tanh_floor + k / (2 tanh(k/2) cosh(k d)^2), d = 1/2 - |u|
vec4 tanh_factor(vec4 u, float k) {
  const vec4 e = exp(-2.0 * k * (0.5 - abs(u)));
  const float half_tanh = (1.0 - exp(-k)) / (1.0 + exp(-k));
  return 0.05 + k / (2.0 * half_tanh) * 4.0 * e / ((1.0 + e) * (1.0 + e));
}

void write_factored(Saved t) {
  for (uint k = team_lane(); k < quads; k += TEAM_SIZE) {
    const vec4 f = (read_values(k) - t.offset) / t.step, u = f - roundEven(f);
    vec4 factor = 1.0 + p.shape * (1.0 - 4.0 * abs(u));
    if (ESTIMATOR == CGE_COSINE) factor = 1.0 + p.shape * cosine_of_turns(u);
    if (ESTIMATOR == CGE_TANH) factor = tanh_factor(u, p.shape);
    write_dx(k, factor * read_grads(k));
  }
}

void main() {
  find_block();
  const Saved t = read_saved();
  if (MODE == MODE_CLIPPED) {
    write_clipped(t);
    return;
  }
  if (MODE == MODE_FACTOR) {
    write_factored(t);
    return;
  }
  if (STAGE == STAGE_SECOND) {
    const vec4 c = correction_quad(0u);
    write_block(Correction(c.x, c.y, c.z, c.w, correction_at(4u)), t);
    return;
  }
  const Sums s = sums_of_block(t);
  if (STAGE == STAGE_FIRST) {
    if (n == 0u || team_lane() != 0u) return;
    dx[2u * team_index()] = quad_of(vec4(s.grad, s.grad_code, s.grad_value, s.value_square));
    dx[2u * team_index() + 1u] = quad_of(vec4(s.high, s.high_count, s.low_count, s.kept));
    return;
  }
  if (STAGE == STAGE_COEFFICIENTS) {
    if (n == 0u || team_lane() != 0u) return;
    const Coefficients c = coefficients_of(correction_of(s, t, float(n)), t, s.grad_value);
    dx[2u * team_index()] = quad_of(c.factors);
    dx[2u * team_index() + 1u] = quad_of(c.means);
    return;
  }
  write_block(correction_of(s, t, float(n)), t);
}
