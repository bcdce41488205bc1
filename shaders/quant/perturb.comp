#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//! variant held  WIDE=1 HELD=1
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
// scale: of the second stage, or (low, high) of blocks or of all where GIVEN: then the values are read once
//
// A team handles a block: it reads x twice, four values at a time. The variant `held`, for rows of whole blocks of
// 64, keeps the block in registers, without any loop, which CPU drivers run masked: twice as fast as `wide` on
// lavapipe 22.3, in 37 ns a quad of eight lanes, of which the load takes 15 and the stores 6. Stages serve groups
// that span rows: the first leaves Range of each row in factors (PARTIALS floats each), perturb_combine makes `scale`
// of it, the second codes with that scale and leaves Moments of each row in factors.
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
layout(constant_id = 10) const uint PADDED = 1u;  // rows of codes may end in padding words
layout(constant_id = 11) const uint ROUNDING = NEAREST;
layout(constant_id = 12) const uint GIVEN = 0u;  // `scale` holds ranges (low, high)

layout(push_constant) uniform Push { PerturbParams p; };
READ_FLOATS(0, x)
READ_STEP(1)
READ_WORDS(2, mask)
READ_FLOATS(3, scale)
layout(set = 0, binding = 4) buffer Codes { uint codes[]; };
layout(set = 0, binding = 4) buffer CodePairs { PAIR code_pairs[]; };
layout(set = 0, binding = 4) buffer CodeQuads { QUAD code_quads[]; };
layout(set = 0, binding = 5) buffer Factors { PAIR factors[]; };
layout(set = 0, binding = 6) buffer Stats { PAIR stats[]; };

#include "blocks.glsl"
#include "regress.glsl"
#include "rounding.glsl"

#ifdef HELD
vec4 held[HELD_QUADS];
uint held_mask[HELD_QUADS / 8u];

void hold_block() {
  for (uint k = 0u; k < HELD_QUADS; ++k) held[k] = read_values(k);
  for (uint k = 0u; k < HELD_QUADS; k += 8u) held_mask[k / 8u] = mask_word(k);
}
#endif

// Lanes of Range; `sum` is of differences from a pivot.
struct RangeLanes {
  vec4 low;
  vec4 high;
  vec4 sum;
  vec4 total;
  vec4 kept;
};

void add_to_range(inout RangeLanes r, uint k, uint word, vec4 v, float pivot) {
  const bvec4 valid = valid_lanes(k), keep = kept_lanes(word, k);
  const vec4 z = where(keep, v);
  if (affine()) r.sum += where(valid, v - pivot);
  if (wants_extremes()) {
    r.low = min(r.low, mix(r.low, z, valid));
    r.high = max(r.high, mix(r.high, z, valid));
  }
  r.total += first_total(v, z);
  if (SPARSE != 0u) r.kept += flags(keep);
}

Range range_of_block() {
  const float infinity = uintBitsToFloat(0x7F800000u);
  RangeLanes r = RangeLanes(vec4(infinity), vec4(-infinity), vec4(0.0), vec4(0.0), vec4(0.0));
#ifdef HELD
  const float pivot = held[0].x;
  for (uint k = 0u; k < HELD_QUADS; ++k) add_to_range(r, k, held_mask[k / 8u], held[k], pivot);
#else
  const float pivot = n > 0u ? x_at(base) : 0.0;
  const uint run = run_of(1u);  // quads in a word of the mask
  for (uint start = team_lane() * run; start < quads; start += TEAM_SIZE * run) {
    const uint word = mask_word(start), end = min(start + run, quads);
    for (uint k = start; k < end; ++k) add_to_range(r, k, word, read_values(k), pivot);
  }
#endif
  const vec4 sums = team_sum(vec4(lanes_sum(r.sum), lanes_sum(r.total), lanes_sum(r.kept), 0.0));
  vec4 extremes = vec4(lanes_max(-r.low), lanes_max(r.high), 0.0, 0.0);
  if (wants_extremes()) extremes = team_max(extremes);
  return Range(-extremes.x, extremes.y, pivot + sums.x / float(n), sums.y, SPARSE != 0u ? sums.z : float(n));
}

// u of the values of quad k, whose columns need not be four of one Philox block.
vec4 draws_of(uint k) {
  const uint column = first + 4u * k, past = column & 3u;
  vec4 u = rounding_draws(p.stream, row, p.cols, column >> 2);
  if (ALIGNED != 0u || ROUNDING == NEAREST || past == 0u) return u;
  const vec4 next = rounding_draws(p.stream, row, p.cols, (column >> 2) + 1u);
  if (past == 1u) return vec4(u.yzw, next.x);
  return past == 2u ? vec4(u.zw, next.xy) : vec4(u.w, next.xyz);
}

// Codes of the values of quad k, u = x - b_f.
vec4 codes_of(uint k, vec4 u, bvec4 keep, Scale scale) {
  const vec4 signs = mix(vec4(-1.0), vec4(1.0), greaterThanEqual(u, vec4(0.0)));
  if (CODEBOOK == SIGN_MEAN) return signs;
  if (CODEBOOK == SIGN_LINEAR) return where(keep, signs);
  // A pruned value is coded as 0, which is -b_f after the shift.
  const vec4 f = mix(vec4(-scale.offset), u, keep) / scale.step;
  if (CODEBOOK == NONE) return f;
  const vec4 draws = draws_of(k);
  const vec4 q = CODEBOOK == POWER_OF_TWO ? rounded_to_power(f, draws) : rounded(f, draws);
  const float top = float(TOP);
  return clamp(q, CODEBOOK == MINMAX ? 0.0 : -top, top);
}

// Two words from the one on that holds quad k.
void write_pair(uint k, uvec2 bits) { code_pairs[code_word(TYPE, p.pitch, k) / 2u] = pair_of_words(bits); }

void write_word(uint k, uvec2 bits) {
  if (TYPE == TYPE_TERNARY) {
    write_pair(k, bits);
  } else {
    codes[code_word(TYPE, p.pitch, k)] = bits.x;
  }
}

void write_floats(uint k, vec4 codes_as_floats, bvec4 valid) {
#ifdef WIDE
  code_quads[(base >> 2) + k] = quad_of(codes_as_floats);
  return;
#endif
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
  if (PADDED == 0u || TYPE == TYPE_F32 || n == 0u || first + n != p.cols) return;
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
  vec4 kept;
};

// Codes quad k, adds it to the totals and returns its bits at their place in the word.
uvec2 code_quad(uint k, uint word, vec4 v, Scale scale, inout Totals t) {
  const bvec4 valid = valid_lanes(k), keep = kept_lanes(word, k);
  const vec4 u = v - scale.offset;
  const vec4 q = codes_of(k, u, keep, scale);
  const vec4 du = where(valid, u - scale.value_pivot), dq = where(valid, q - scale.code_pivot);
  t.value += du;
  t.code += dq;
  // Signs of u: u q = |u| and q q = 1, so that Moments takes all three from one sum.
  t.product += CODEBOOK == SIGN_MEAN ? abs(du) : du * dq;
  if (CODEBOOK != SIGN_MEAN) t.square += dq * dq;
  if (SPARSE != 0u) t.kept += flags(keep);
  if (TYPE == TYPE_F32) {
    write_floats(k, q, valid);
    return uvec2(0);
  }
  return pack_quad(TYPE, where(valid, q - float(SHIFT))) << quad_shift(TYPE, k);
}

#ifdef HELD
// Codes quad k and stores the words that it completes, two at a time.
void code_held(uint k, Scale scale, inout Totals t, inout uvec2 bits, inout uint before) {
  const uint run = run_of(code_width(TYPE));
  bits |= code_quad(k, held_mask[k / 8u], held[k], scale, t);
  if (TYPE == TYPE_F32 || (k + 1u) % run != 0u) return;
  const bool second = k / run % 2u == 1u;
  if (TYPE == TYPE_TERNARY) write_word(k, bits);
  if (TYPE != TYPE_TERNARY && second) write_pair(k - run, uvec2(before, bits.x));
  before = bits.x;
  bits = uvec2(0);
}
#endif

Moments code_block(Scale scale) {
  Totals t = Totals(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
#ifdef TEAM
  const uint rounds = (p.block + 4u * TEAM_SIZE - 1u) / (4u * TEAM_SIZE);  // alike in the work group
  for (uint i = 0u; i < rounds; ++i) {
    const uint k = i * TEAM_SIZE + team_lane();
    uvec2 bits = uvec2(0);
    if (k < quads) bits = code_quad(k, mask_word(k), read_values(k), scale, t);
    if (TYPE != TYPE_F32) write_shared(k, bits);
  }
#elif defined(HELD)
  uvec2 bits = uvec2(0);
  uint before = 0u;
  // In fours: a larger loop is not unrolled.
#define CODE_FOUR(K) for (uint i = 0u; i < 4u; ++i) code_held(K + i, scale, t, bits, before);
  CODE_FOUR(0u) CODE_FOUR(4u) CODE_FOUR(8u) CODE_FOUR(12u)
#else
  const uint run = run_of(code_width(TYPE));
  for (uint start = 0u; start < quads; start += run) {
    const uint word = mask_word(start), end = min(start + run, quads);
    uvec2 bits = uvec2(0);
    for (uint k = start; k < end; ++k) bits |= code_quad(k, word, read_values(k), scale, t);
    if (TYPE != TYPE_F32) write_word(start, bits);
  }
#endif
  const vec4 a = team_sum(vec4(lanes_sum(t.value), lanes_sum(t.code), lanes_sum(t.product), lanes_sum(t.square)));
  const float kept = SPARSE != 0u ? team_sum(vec4(lanes_sum(t.kept), 0.0, 0.0, 0.0)).x : float(n);
  return Moments(a.x, a.y, a.z, CODEBOOK == SIGN_MEAN ? float(n) : a.w, a.z, kept);
}

// Whether there is a range: one that remembers former steps has low > high before the first, everywhere.
bool range_is_given() {
  if (GIVEN == 0u) return false;
  const vec2 any_range = scale_pair(0u);
  return !(any_range.x > any_range.y);
}

void main() {
  find_block();
#ifdef HELD
  if (n == 0u) return;
  hold_block();
#endif
  const bool writer = n > 0u && team_lane() == 0u;
  const uint index = team_index();
  Scale scale = Scale(0.0, 1.0, 0.0, 0.0);
  if (STAGE == STAGE_SECOND) {
    const vec4 given = scale_quad(0u);
    scale = Scale(given.x, given.y, given.z, given.w);
  } else if (range_is_given()) {
    scale = scale_of_given(scale_pair(row * p.range_row + (index - row * p.blocks) * p.range_block));
  } else {
    const Range range = range_of_block();
    if (STAGE == STAGE_FIRST) {
      if (!writer) return;
      const uint at = index * PARTIALS / 2u;
      factors[at] = pair_of(vec2(range.low, range.high));
      factors[at + 1u] = pair_of(vec2(range.mean, range.total));
      factors[at + 2u] = pair_of(vec2(range.kept, 0.0));
      return;
    }
    scale = scale_of(range, float(n));
  }

  const Moments m = code_block(scale);
  write_padding();
  if (!writer) return;
  if (STAGE == STAGE_SECOND) {
    const uint at = index * PARTIALS / 2u;
    factors[at] = pair_of(vec2(m.value, m.code));
    factors[at + 1u] = pair_of(vec2(m.product, m.square));
    factors[at + 2u] = pair_of(vec2(m.magnitude, m.kept));
    return;
  }
  const Regression r = regression_of(m, scale, float(n), p.lambda * step_lambda_scale(), p.lambda_unit);
  factors[index] = pair_of(vec2(r.s, r.o));
  const uint at = index * STATS / 2u;
  stats[at] = pair_of(vec2(r.value_mean, r.code_mean));
  stats[at + 1u] = pair_of(vec2(r.s, r.inverse));
  stats[at + 2u] = pair_of(vec2(r.step, r.offset));
}
