#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
// An optimizer's step with the gradient d of the values w that were denoised, which stays in registers:
//   d_j = gradient_of(coefficients, G_j, w_j, q_j)                          (coefficients.glsl)
//   w', m', v' = what UPDATE makes of w, m, v with d                         (optimizer/updates.glsl)
//   squares[r, i] = sum of d_j^2 over the columns 16 i .. 16 i + 15          where SQUARES
//
// grads, w, m, v: f32 [rows, cols]   codes: packed rows   coefficients: [rows, blocks, COEFFICIENTS]
// m is the velocity of UPDATE_MOMENTUM. A state that an optimizer has not is not touched.
//
// Group x of row y + 32768 z. The baseline has one invocation a quad, reads and writes w, m and v in one binding
// each (a device need not offer more than eight), and joins squares in shared memory. The variant wide, for
// aligned rows, has an invocation for RUNS runs of four quads, one work group apart, for all of which it reads the
// step once. The quads of a run mostly share coefficients and a word of codes.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "../common/step.glsl"
#include "denoise_update.h"
#include "coefficients.glsl"
#include "quads.glsl"
#include "../optimizer/updates.glsl"

layout(constant_id = 1) const uint UPDATE = UPDATE_ADAM;
layout(constant_id = 2) const uint TYPE = TYPE_B1;
layout(constant_id = 3) const uint OF = COEFFICIENTS_ROWS;
layout(constant_id = 4) const uint ALIGNED = 0u;  // cols is a multiple of 4
layout(constant_id = 5) const uint WHOLE = 0u;    // cols is a multiple of 16
layout(constant_id = 6) const bool OPTION = false;  // nesterov, decoupled
layout(constant_id = 7) const bool SQUARES = false;
#ifdef WIDE
layout(constant_id = 8) const uint RUNS = 1u;  // of an invocation
#else
layout(constant_id = 8) const uint LOCAL = 64u;  // the local size again, for the shared array
shared float partial[LOCAL];
#endif

layout(push_constant) uniform Push { DenoiseUpdateParams p; };
READ_FLOATS(0, grads)
READ_WORDS(1, codes)
READ_FLOATS(2, coefficients)
READ_STEP(3)
#ifdef WIDE
READ_FLOATS(4, w)
READ_FLOATS(5, m)
READ_FLOATS(6, v)
// Two quads are the longest store, for which CPU drivers go through the lanes once.
#define UPDATED(number, x_)                                                            \
  layout(set = 0, binding = number) writeonly buffer x_##Quads { QUAD x_##_quads[]; }; \
  layout(set = 0, binding = number) writeonly buffer x_##Twos { u64vec4 x_##_twos[]; };
UPDATED(7, new_w)
UPDATED(8, new_m)
UPDATED(9, new_v)
layout(set = 0, binding = 10) writeonly buffer Squares { float squares[]; };
#else
#define HELD(number, x_)                                                   \
  layout(set = 0, binding = number) buffer x_##Ones { float x_##_ones[]; }; \
  layout(set = 0, binding = number) buffer x_##Quads { vec4 x_##_quads[]; };
HELD(4, w)
HELD(5, m)
HELD(6, v)
layout(set = 0, binding = 7) writeonly buffer Squares { float squares[]; };
#endif

const uint ROW_PITCH = 32768u;

uint row;
bool kept;
float rate;
AdamFactors adam;

void read_step() {
  kept = step_skipped();
  rate = p.rate_scale * step_learning_rate();
  if (UPDATE != UPDATE_ADAM) return;
  const float t = float(max(step_number(), 1u));
  adam = AdamFactors(rate, rate / one_minus_exp(t * p.log_first), sqrt(one_minus_exp(t * p.log_second)),
                     p.weight_decay, p.first, p.second, p.rest_first, p.rest_second, p.epsilon);
}

Coefficients coefficient_set(uint set_index) {
  return Coefficients(coefficients_quad(2u * set_index), coefficients_quad(2u * set_index + 1u));
}

Coefficients coefficients_of(uint column) {
  if (OF == COEFFICIENTS_SHARED) return coefficient_set(0u);
  if (OF == COEFFICIENTS_ROWS) return coefficient_set(row);
  return coefficient_set(row * p.blocks + column / p.block);
}

void update(inout vec4 w, inout vec4 m, inout vec4 v, vec4 d) {
  if (UPDATE == UPDATE_SGD) sgd_update(w, d, rate, p.weight_decay, kept);
  else if (UPDATE == UPDATE_MOMENTUM) momentum_update(w, m, d, rate, p.weight_decay, p.first, OPTION, kept);
  else adam_update(w, m, v, d, adam, OPTION, kept);
}

// The word(s) that hold the codes of quad k of the row, and its four codes.
uvec2 read_words(uint k) {
  if (TYPE == TYPE_F32) return uvec2(0);
  const uint at = row * p.pitch + quad_word(TYPE, k);
  return uvec2(codes_at(at), TYPE == TYPE_TERNARY ? codes_at(at + 1u) : 0u);
}

vec4 codes_of(uvec2 words, uint k) {
  if (TYPE != TYPE_F32) return unpack_quad(TYPE, words, quad_shift(TYPE, k));
  if (ALIGNED != 0u) return uintBitsToFloat(codes_quad(row * (p.cols / 4u) + k));
  vec4 q = vec4(0.0);
  for (uint j = 0u; j < 4u; ++j) {
    if (4u * k + j < p.cols) q[j] = uintBitsToFloat(codes_at(row * p.cols + 4u * k + j));
  }
  return q;
}

#ifdef WIDE

struct Updated {
  vec4 w;
  vec4 m;
  vec4 v;
  vec4 squares;  // of the gradient
};

struct Held {
  vec4 w;
  vec4 g;
  vec4 m;
  vec4 v;
};

Held held_quad(uint k) {
  const uint at = row * (p.cols / 4u) + k;
  return Held(w_quad(at), grads_quad(at), UPDATE == UPDATE_SGD ? vec4(0.0) : m_quad(at),
              UPDATE == UPDATE_ADAM ? v_quad(at) : vec4(0.0));
}

// Of quad k of the row, which has codes in `words`.
Updated updated_quad(uint k, Held h, Coefficients c, uvec2 words) {
  const vec4 d = gradient_of(c, h.g, h.w, codes_of(words, k));
  update(h.w, h.m, h.v, d);
  return Updated(h.w, h.m, h.v, d * d);
}

vec4 update_alone(uint k) {
  const uint at = row * (p.cols / 4u) + k;
  const Updated u = updated_quad(k, held_quad(k), coefficients_of(4u * k), read_words(k));
  if (UPDATE != UPDATE_SGD) new_m_quads[at] = quad_of(u.m);
  if (UPDATE == UPDATE_ADAM) new_v_quads[at] = quad_of(u.v);
  new_w_quads[at] = quad_of(u.w);
  return u.squares;
}

// Quads k, which is even, and k + 1.
void update_two(uint k, Coefficients c, uvec2 words, uvec2 next_words, inout vec4 sums) {
  const uint at = (row * (p.cols / 4u) + k) / 2u;
  // What is read of both comes first: their lines of the cache are waited for together.
  const Held first = held_quad(k), second = held_quad(k + 1u);
  const Updated a = updated_quad(k, first, c, words), b = updated_quad(k + 1u, second, c, next_words);
  if (UPDATE != UPDATE_SGD) new_m_twos[at] = u64vec4(quad_of(a.m), quad_of(b.m));
  if (UPDATE == UPDATE_ADAM) new_v_twos[at] = u64vec4(quad_of(a.v), quad_of(b.v));
  new_w_twos[at] = u64vec4(quad_of(a.w), quad_of(b.w));
  sums += a.squares;
  sums += b.squares;
}

// Quads k to k + 3.
vec4 update_run(uint k, Coefficients of_row) {
  vec4 sums = vec4(0.0);
  if (WHOLE != 0u && OF != COEFFICIENTS_QUADS) {
    const Coefficients c = OF == COEFFICIENTS_RUNS ? coefficients_of(4u * k) : of_row;
    // Codes of up to 2 bits of these 16 values lie in one word.
    const bool one_word = code_width(TYPE) <= 2u;
    const uvec2 words = read_words(k);
    update_two(k, c, words, one_word ? words : read_words(k + 1u), sums);
    update_two(k + 2u, c, one_word ? words : read_words(k + 2u), one_word ? words : read_words(k + 3u), sums);
  } else {
    for (uint i = k; i < min(k + 4u, p.cols / 4u); ++i) sums += update_alone(i);
  }
  return sums;
}

void main() {
  row = gl_WorkGroupID.y + ROW_PITCH * gl_WorkGroupID.z;
  const uint runs = (p.cols + 15u) / 16u, pitch = gl_WorkGroupSize.x;
  const uint first = gl_WorkGroupID.x * RUNS * pitch + gl_LocalInvocationID.x;
  if (row >= p.rows || first >= runs) return;
  read_step();
  const Coefficients of_row = coefficients_of(0u);
  const uint last = min(first + RUNS * pitch, runs);
  for (uint run = first; run < last; run += pitch) {
    const vec4 sums = update_run(4u * run, of_row);
    if (SQUARES) squares[row * runs + run] = (sums.x + sums.y) + (sums.z + sums.w);
  }
}

#else

vec4 update_quad(uint k) {
  const uint at = row * (p.cols / 4u) + k;
  vec4 w = w_quads[at];
  const vec4 d = gradient_of(coefficients_of(4u * k), grads_quad(at), w, codes_of(read_words(k), k));
  vec4 m = UPDATE == UPDATE_SGD ? vec4(0.0) : m_quads[at];
  vec4 v = UPDATE == UPDATE_ADAM ? v_quads[at] : vec4(0.0);
  update(w, m, v, d);
  if (UPDATE != UPDATE_SGD) m_quads[at] = m;
  if (UPDATE == UPDATE_ADAM) v_quads[at] = v;
  w_quads[at] = w;
  return d * d;
}

// Quads that begin anywhere or lie in several blocks.
vec4 update_values(uint k) {
  const vec4 q = codes_of(read_words(k), k);
  vec4 sums = vec4(0.0);
  for (uint j = 0u; j < 4u; ++j) {
    const uint column = 4u * k + j, at = row * p.cols + column;
    if (column >= p.cols) break;
    vec4 w = vec4(w_ones[at]);
    const vec4 d = gradient_of(coefficients_of(column), vec4(grads_at(at)), w, vec4(q[j]));
    vec4 m = vec4(UPDATE == UPDATE_SGD ? 0.0 : m_ones[at]);
    vec4 v = vec4(UPDATE == UPDATE_ADAM ? v_ones[at] : 0.0);
    update(w, m, v, d);
    if (UPDATE != UPDATE_SGD) m_ones[at] = m.x;
    if (UPDATE == UPDATE_ADAM) v_ones[at] = v.x;
    w_ones[at] = w.x;
    sums[j] = d.x * d.x;
  }
  return sums;
}

void main() {
  row = gl_WorkGroupID.y + ROW_PITCH * gl_WorkGroupID.z;
  const uint quads = (p.cols + 3u) / 4u, k = gl_WorkGroupID.x * LOCAL + gl_LocalInvocationID.x;
  vec4 sums = vec4(0.0);
  if (row < p.rows && k < quads) {
    read_step();
    sums = ALIGNED != 0u && OF != COEFFICIENTS_VALUES ? update_quad(k) : update_values(k);
  }
  if (!SQUARES) return;
  const uint lane = gl_LocalInvocationID.x;
  partial[lane] = (sums.x + sums.y) + (sums.z + sums.w);
  barrier();
  if (row >= p.rows || k >= quads || (lane & 3u) != 0u) return;
  const float total = (partial[lane] + partial[lane + 1u]) + (partial[lane + 2u] + partial[lane + 3u]);
  squares[row * ((quads + 3u) / 4u) + k / 4u] = total;
}

#endif
