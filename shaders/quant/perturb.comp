#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//! variant team  TEAM=1
//
// For each block of a row:   q_j = code((z_j - b_f) / s_f),   z = x where kept, else 0
//   affine  s = Cov(x, q) / (Var(q) + lambda)       o = mean x - s mean q
//   linear  s = mean(x q) / (mean(q^2) + lambda)    o = 0
//
// x: f32 [rows, cols]          mask: b1 [rows, cols], read when SPARSE
// codes: packed, rows of `pitch` words (f32 [rows, cols] for the codebook none)
// factors: (s, o) [rows, blocks, 2]     stats: [rows, blocks, STATS]
//
// A team handles a block: it reads x twice, four values at a time. Stages serve groups that span rows: the
// first leaves Range of each row in factors (PARTIALS floats each), perturb_combine makes `scale` of it, the
// second codes with that scale and leaves Moments of each row in factors.
#include "../common/wide.glsl"
#include "../common/step.glsl"
#include "perturb.h"
#include "team.glsl"

layout(constant_id = 2) const uint CODEBOOK = MINMAX;
layout(constant_id = 3) const uint TYPE = TYPE_B1;
layout(constant_id = 4) const uint TOP = 1u;
layout(constant_id = 5) const uint SHIFT = 0u;
layout(constant_id = 6) const uint ESTIMATOR = DENOISE;
layout(constant_id = 7) const uint SPARSE = 0u;
layout(constant_id = 8) const uint ALIGNED = 0u;  // cols is a multiple of 4
layout(constant_id = 9) const uint STAGE = STAGE_ALL;

layout(push_constant) uniform Push { PerturbParams p; };
READ_FLOATS(0, x)
READ_STEP(1)
READ_WORDS(2, mask)
READ_FLOATS(3, scale)
layout(set = 0, binding = 4) buffer Codes { uint codes[]; };
layout(set = 0, binding = 5) buffer Factors { float factors[]; };
layout(set = 0, binding = 6) buffer Stats { float stats[]; };

#include "blocks.glsl"
#include "regress.glsl"

Range range_of_block() {
  const float pivot = n > 0u ? x_at(base) : 0.0;
  const float infinity = uintBitsToFloat(0x7F800000u);
  vec4 low = vec4(infinity), high = vec4(-infinity), sum = vec4(0.0), total = vec4(0.0), kept = vec4(0.0);
  const uint run = run_of(1u);  // quads in a word of the mask
  for (uint start = team_lane() * run; start < quads; start += TEAM_SIZE * run) {
    const uint word = mask_word(start), end = min(start + run, quads);
    for (uint k = start; k < end; ++k) {
      const vec4 v = read_values(k);
      const bvec4 valid = valid_lanes(k), keep = kept_lanes(word, k);
      const vec4 z = where(keep, v);
      if (affine()) sum += where(valid, v - pivot);
      if (CODEBOOK == MINMAX || CODEBOOK == ABSMAX) {
        low = min(low, mix(low, z, valid));
        high = max(high, mix(high, z, valid));
      }
      total += first_total(v, z);
      if (SPARSE != 0u) kept += flags(keep);
    }
  }
  const vec4 sums = team_sum(vec4(lanes_sum(sum), lanes_sum(total), lanes_sum(kept), 0.0));
  vec4 extremes = vec4(lanes_max(-low), lanes_max(high), 0.0, 0.0);
  if (CODEBOOK == MINMAX || CODEBOOK == ABSMAX) extremes = team_max(extremes);
  return Range(-extremes.x, extremes.y, pivot + sums.x / float(n), sums.y, SPARSE != 0u ? sums.z : float(n));
}

vec4 codes_of(vec4 u, bvec4 keep, Scale scale) {
  const vec4 signs = mix(vec4(-1.0), vec4(1.0), greaterThanEqual(u, vec4(0.0)));
  if (CODEBOOK == SIGN_MEAN) return signs;
  if (CODEBOOK == SIGN_LINEAR) return where(keep, signs);
  // A pruned value is coded as 0, which is -b_f after the shift.
  const vec4 f = mix(vec4(-scale.offset), u, keep) / scale.step;
  if (CODEBOOK == NONE) return f;
  const float top = float(TOP);
  return clamp(roundEven(f), CODEBOOK == MINMAX ? 0.0 : -top, top);
}

void write_word(uint k, uvec2 bits) {
  const uint at = code_word(TYPE, p.pitch, k);
  codes[at] = bits.x;
  if (TYPE == TYPE_TERNARY) codes[at + 1u] = bits.y;
}

void write_floats(uint k, vec4 codes_as_floats, bvec4 valid) {
  for (uint j = 0u; j < 4u; ++j) {
    if (valid[j]) codes[base + 4u * k + j] = floatBitsToUint(codes_as_floats[j]);
  }
}

#ifdef TEAM
shared uvec2 pieces[128];
// Stores the word that holds quad k of this invocation and its neighbours; the whole work group calls this.
void write_shared(uint k, uvec2 piece) {
  const uint in_word = 8u / code_width(TYPE), me = gl_LocalInvocationID.x;
  barrier();
  pieces[me] = piece;
  barrier();
  if (k % in_word != 0u || k >= quads) return;
  uvec2 bits = pieces[me];
  for (uint i = 1u; i < in_word; ++i) bits |= pieces[me + i];
  write_word(k, bits);
}
#endif

// Padding words of the row are zero; the team of its last block writes them.
void write_padding() {
  if (TYPE == TYPE_F32 || n == 0u || first + n != p.cols) return;
  const uint planes = TYPE == TYPE_TERNARY ? 2u : 1u;
  const uint used = (p.cols * code_width(TYPE) + 31u) / 32u * planes;
  for (uint i = used + team_lane(); i < p.pitch; i += TEAM_SIZE) codes[row * p.pitch + i] = 0u;
}

// Sums of vec4 lanes; see Moments.
struct Totals {
  vec4 value;
  vec4 code;
  vec4 product;
  vec4 square;
  vec4 magnitude;
  vec4 kept;
};

// Codes quad k, adds it to the totals and returns its bits at their place in the word.
uvec2 code_quad(uint k, uint word, Scale scale, inout Totals t) {
  const bvec4 valid = valid_lanes(k), keep = kept_lanes(word, k);
  const vec4 u = read_values(k) - scale.offset;
  const vec4 q = codes_of(u, keep, scale);
  const vec4 du = where(valid, u - scale.value_pivot), dq = where(valid, q - scale.code_pivot);
  t.value += du;
  t.code += dq;
  t.product += du * dq;
  t.square += dq * dq;
  if (CODEBOOK == SIGN_MEAN) t.magnitude += abs(du);
  if (SPARSE != 0u) t.kept += flags(keep);
  if (TYPE == TYPE_F32) {
    write_floats(k, q, valid);
    return uvec2(0);
  }
  return pack_quad(TYPE, where(valid, q - float(SHIFT))) << quad_shift(TYPE, k);
}

Moments code_block(Scale scale) {
  Totals t = Totals(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
#ifdef TEAM
  const uint rounds = (p.block + 4u * TEAM_SIZE - 1u) / (4u * TEAM_SIZE);  // alike in the work group
  for (uint i = 0u; i < rounds; ++i) {
    const uint k = i * TEAM_SIZE + team_lane();
    uvec2 bits = uvec2(0);
    if (k < quads) bits = code_quad(k, mask_word(k), scale, t);
    if (TYPE != TYPE_F32) write_shared(k, bits);
  }
#else
  const uint run = run_of(code_width(TYPE));
  for (uint start = 0u; start < quads; start += run) {
    const uint word = mask_word(start), end = min(start + run, quads);
    uvec2 bits = uvec2(0);
    for (uint k = start; k < end; ++k) bits |= code_quad(k, word, scale, t);
    if (TYPE != TYPE_F32) write_word(start, bits);
  }
#endif
  const vec4 a = team_sum(vec4(lanes_sum(t.value), lanes_sum(t.code), lanes_sum(t.product), lanes_sum(t.square)));
  const vec4 b = team_sum(vec4(lanes_sum(t.magnitude), lanes_sum(t.kept), 0.0, 0.0));
  return Moments(a.x, a.y, a.z, a.w, b.x, SPARSE != 0u ? b.y : float(n));
}

void main() {
  find_block();
  const bool writer = n > 0u && team_lane() == 0u;
  const uint index = team_index();
  Scale scale = Scale(0.0, 1.0, 0.0, 0.0);
  if (STAGE == STAGE_SECOND) {
    const vec4 given = scale_quad(0u);
    scale = Scale(given.x, given.y, given.z, given.w);
  } else {
    const Range range = range_of_block();
    if (STAGE == STAGE_FIRST) {
      if (!writer) return;
      const float values[5] = float[5](range.low, range.high, range.mean, range.total, range.kept);
      for (uint i = 0u; i < 5u; ++i) factors[index * PARTIALS + i] = values[i];
      return;
    }
    scale = scale_of(range, float(n));
  }

  const Moments m = code_block(scale);
  write_padding();
  if (!writer) return;
  if (STAGE == STAGE_SECOND) {
    const float sums[6] = float[6](m.value, m.code, m.product, m.square, m.magnitude, m.kept);
    for (uint i = 0u; i < 6u; ++i) factors[index * PARTIALS + i] = sums[i];
    return;
  }
  const Regression r = regression_of(m, scale, float(n), p.lambda * step_lambda_scale(), p.relative != 0u);
  factors[2u * index] = r.s;
  factors[2u * index + 1u] = r.o;
  const float saved[6] = float[6](r.value_mean, r.code_mean, r.s, r.inverse, r.step, r.offset);
  for (uint i = 0u; i < STATS; ++i) stats[STATS * index + i] = saved[i];
}
