// SPDX-License-Identifier: Apache-2.0
// Variant `coopmat` of products of f32 values with codes: matrix hardware multiplies halves into f32. All of the kernel
// but its header; wants the kernel's formula, bindings and MatmulDenseCodesParams (matmul_dense_codes.comp).
//
// An f32 value v times a power of two is hi + lo, two halves, to within 2^-24 of it:
//   hi = half(v), lo = half(v - hi);   a b = a_hi b_hi + a_hi b_lo + a_lo b_hi + (at most 2^-24 |a b|)
// so three products of halves, added in f32, are as good as one of f32. The power of two brings the largest value of a
// tile to 2^11: values down to 2^-14 of it keep all their bits, smaller ones are off by at most 2^-36 of it. It is
// chosen anew where a later step has values 16 times as large, and the sums are multiplied by the quotient, which is exact.
// Infinities and NaNs give NaN.
//
// A work group of GROUP_ROWS x GROUP_COLS subgroups makes GROUP_ROWS * SUB_ROWS * M rows and GROUP_COLS * SUB_COLS * N
// columns; a subgroup SUB_ROWS x SUB_COLS products of M x N, the extents that the device reports. STEP values of k lie
// in shared memory at a time, in the order in which the operands are stored; codes become values as they are loaded, one
// step before they are multiplied, eight at a time.
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#include "../common/index.glsl"
#include "../common/packed.glsl"
#include "matmul_dense_codes.h"

layout(constant_id = 1) const bool TRANS_A = false;
layout(constant_id = 2) const bool TRANS_B = false;
layout(constant_id = 3) const uint TYPE = 4;
layout(constant_id = 4) const bool A_WHOLE = false;  // stored rows of a are whole quads
layout(constant_id = 5) const uint M = 8;
layout(constant_id = 6) const uint N = 8;
layout(constant_id = 7) const uint K = 8;
layout(constant_id = 8) const uint GROUP_ROWS = 1;
layout(constant_id = 9) const uint GROUP_COLS = 1;
layout(constant_id = 10) const uint SUB_ROWS = 1;
layout(constant_id = 11) const uint SUB_COLS = 1;
layout(constant_id = 12) const uint LANES = 8;    // invocations of a subgroup; they divide M * N
layout(constant_id = 13) const uint A_ITEMS = 4;  // runs of eight values that an invocation loads
layout(constant_id = 14) const uint B_ITEMS = 4;

layout(push_constant) uniform Push { MatmulDenseCodesParams p; };
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) readonly buffer Factors { vec2 factors[]; };
layout(set = 0, binding = 6) writeonly buffer C { float c[]; };
#define EPILOGUE_ID 15
#define EPILOGUE_BINDING 3
#define EPILOGUE_QUADS false
#include "../common/epilogue.glsl"

const uint STEP = 32;  // a multiple of K
const uint ROWS = GROUP_ROWS * SUB_ROWS * M, COLS = GROUP_COLS * SUB_COLS * N;
const uint ELEMENTS = M * N / LANES;  // of an M x N product, by invocation
// Tiles are lines of neighbours in memory, two halves to a word; the 16 bytes left empty spread lines over banks.
const uint A_LINES = TRANS_A ? STEP : ROWS, A_LENGTH = TRANS_A ? ROWS : STEP, A_PITCH = A_LENGTH / 2 + 4;
const uint B_LINES = TRANS_B ? COLS : STEP, B_LENGTH = TRANS_B ? STEP : COLS, B_PITCH = B_LENGTH / 2 + 4;

shared uint a_tile[2 * A_LINES * A_PITCH], b_tile[2 * B_LINES * B_PITCH];  // hi, then lo
shared float staged[GROUP_ROWS * GROUP_COLS * M * N];
shared uint a_largest[2], b_largest[2];  // bits of the largest magnitudes of a step, for even and odd steps

float a_next[A_ITEMS][8], b_next[B_ITEMS][8];
coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator> sums[SUB_ROWS * SUB_COLS];

uint word_of_codes(uint row, uint at) {
  return row * words_per_row(TYPE, TRANS_B ? p.depth : p.cols) + at / codes_per_unit(TYPE) * words_per_unit(TYPE);
}

// Line and first value of run `i` of this invocation in a tile of lines of `run` runs of eight.
uvec2 place(uint i, uint length) {
  const uint e = i * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  return uvec2(e / (length / 8), e % (length / 8) * 8);
}

// The stored row and the first stored column of a run.
uvec2 a_place(uint i, uint row0, uint k0) {
  return place(i, A_LENGTH) + (TRANS_A ? uvec2(k0, row0) : uvec2(row0, k0));
}
uvec2 b_place(uint i, uint col0, uint k0) {
  return place(i, B_LENGTH) + (TRANS_B ? uvec2(col0, k0) : uvec2(k0, col0));
}

uint magnitude(float value) { return floatBitsToUint(value) & 0x7fffffffu; }

// Loads the step at k0, zeros outside of the operands, and notes the largest magnitudes.
void load_step(uint row0, uint col0, uint k0) {
  uint a_max = 0, b_max = 0;
  const uint a_rows = TRANS_A ? p.depth : p.rows, a_cols = TRANS_A ? p.rows : p.depth;
  [[unroll]] for (uint i = 0; i < A_ITEMS; ++i) {
    const uvec2 at = a_place(i, row0, k0);
    const bool inside = place(i, A_LENGTH).x < A_LINES && at.x < a_rows;
    [[unroll]] for (uint q = 0; q < 8; q += 4) {
      vec4 quad = vec4(0.0);
      if (A_WHOLE) {
        if (inside && at.y + q < a_cols) quad = a4[(at.x * a_cols + at.y + q) / 4];
      } else {
        [[unroll]] for (uint e = 0; e < 4; ++e)
          if (inside && at.y + q + e < a_cols) quad[e] = a[at.x * a_cols + at.y + q + e];
      }
      [[unroll]] for (uint e = 0; e < 4; ++e) {
        a_next[i][q + e] = quad[e];
        a_max = max(a_max, magnitude(quad[e]));
      }
    }
  }
  const uint b_rows = TRANS_B ? p.cols : p.depth, b_cols = TRANS_B ? p.depth : p.cols;
  [[unroll]] for (uint i = 0; i < B_ITEMS; ++i) {
    const uvec2 at = b_place(i, col0, k0);
    uvec2 unit = uvec2(0), second = uvec2(0);
    vec2 so = vec2(0.0);
    if (place(i, B_LENGTH).x < B_LINES && at.x < b_rows && at.y < b_cols) {
      const uint word = word_of_codes(at.x, at.y);
      unit = uvec2(b[word], TYPE == PACKED_TERNARY || TYPE == PACKED_I8 ? b[word + 1] : 0u);
      so = factors[at.x * p.row_factors + at.y / p.block];
    }
    if (TYPE == PACKED_I8) {
      second.x = unit.y;
      unit.y = 0;
    }
    [[unroll]] for (uint e = 0; e < 8; ++e) {
      const int code = TYPE == PACKED_I8 ? code_at(TYPE, e < 4 ? unit : second, e % 4)
                                         : code_at(TYPE, unit, at.y % codes_per_unit(TYPE) + e);
      const float value = so.x * float(code) + so.y;
      b_next[i][e] = at.y + e < b_cols ? value : 0.0;
      b_max = max(b_max, magnitude(b_next[i][e]));
    }
  }
  const uint turn = k0 / STEP % 2;
  atomicMax(a_largest[turn], a_max);
  atomicMax(b_largest[turn], b_max);
}

float power_of_two(int exponent) { return uintBitsToFloat(uint(clamp(exponent, -126, 127) + 127) << 23); }

// The exponent under which values up to `largest` become halves: the last one unless that is too large.
int exponent_for(uint largest, int last) {
  const int exponent = int(largest >> 23) - 127;
  return exponent + last < 15 ? last : clamp(11 - exponent, -126, 126);
}

// hi at word `at` of a tile and lo `pitch` words on.
#define STORE_RUN(name, tile)                                                  \
  void name(uint at, uint lo, float values[8], float scale) {                  \
    [[unroll]] for (uint e = 0; e < 4; ++e) {                                  \
      const vec2 pair = vec2(values[2 * e], values[2 * e + 1]) * scale;        \
      const uint hi = packHalf2x16(pair);                                      \
      tile[at + e] = hi;                                                       \
      tile[at + lo + e] = packHalf2x16(pair - unpackHalf2x16(hi));             \
    }                                                                          \
  }
STORE_RUN(store_a, a_tile)
STORE_RUN(store_b, b_tile)

void store_step(int a_exponent, int b_exponent) {
  const float a_scale = power_of_two(a_exponent), b_scale = power_of_two(b_exponent);
  [[unroll]] for (uint i = 0; i < A_ITEMS; ++i) {
    const uvec2 at = place(i, A_LENGTH);
    if (at.x < A_LINES) store_a(at.x * A_PITCH + at.y / 2, A_LINES * A_PITCH, a_next[i], a_scale);
  }
  [[unroll]] for (uint i = 0; i < B_ITEMS; ++i) {
    const uvec2 at = place(i, B_LENGTH);
    if (at.x < B_LINES) store_b(at.x * B_PITCH + at.y / 2, B_LINES * B_PITCH, b_next[i], b_scale);
  }
}

uint first_row() { return gl_SubgroupID / GROUP_COLS * SUB_ROWS * M; }
uint first_col() { return gl_SubgroupID % GROUP_COLS * SUB_COLS * N; }

void multiply_step() {
  const int a_layout = TRANS_A ? gl_CooperativeMatrixLayoutColumnMajor : gl_CooperativeMatrixLayoutRowMajor;
  const int b_layout = TRANS_B ? gl_CooperativeMatrixLayoutColumnMajor : gl_CooperativeMatrixLayoutRowMajor;
  [[unroll]] for (uint k = 0; k < STEP; k += K) {
    coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA> hi[SUB_ROWS], lo[SUB_ROWS];
    [[unroll]] for (uint i = 0; i < SUB_ROWS; ++i) {
      const uint row = first_row() + i * M;
      const uint at = TRANS_A ? k * A_PITCH + row / 2 : row * A_PITCH + k / 2;
      coopMatLoad(hi[i], a_tile, at, A_PITCH, a_layout);
      coopMatLoad(lo[i], a_tile, A_LINES * A_PITCH + at, A_PITCH, a_layout);
    }
    [[unroll]] for (uint j = 0; j < SUB_COLS; ++j) {
      const uint col = first_col() + j * N;
      const uint at = TRANS_B ? col * B_PITCH + k / 2 : k * B_PITCH + col / 2;
      coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB> b_hi, b_lo;
      coopMatLoad(b_hi, b_tile, at, B_PITCH, b_layout);
      coopMatLoad(b_lo, b_tile, B_LINES * B_PITCH + at, B_PITCH, b_layout);
      [[unroll]] for (uint i = 0; i < SUB_ROWS; ++i) {
        const uint t = i * SUB_COLS + j;
        sums[t] = coopMatMulAdd(lo[i], b_hi, sums[t]);
        sums[t] = coopMatMulAdd(hi[i], b_lo, sums[t]);
        sums[t] = coopMatMulAdd(hi[i], b_hi, sums[t]);
      }
    }
  }
}

void scale_sums(float factor) {
  [[unroll]] for (uint t = 0; t < SUB_ROWS * SUB_COLS; ++t) sums[t] = sums[t] * factor;
}

void subgroup_sync() {
  controlBarrier(gl_ScopeSubgroup, gl_ScopeSubgroup, gl_StorageSemanticsShared,
                 gl_SemanticsAcquireRelease);
}

void main() {
  const uint col_tiles = (p.cols + COLS - 1) / COLS;
  const uint group = linear_group();
  const uint row0 = group / col_tiles * ROWS, col0 = group % col_tiles * COLS;
  if (row0 >= p.rows) return;

  [[unroll]] for (uint t = 0; t < SUB_ROWS * SUB_COLS; ++t)
    sums[t] = coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>(0.0);
  if (gl_LocalInvocationID.x < 2) a_largest[gl_LocalInvocationID.x] = b_largest[gl_LocalInvocationID.x] = 0;
  barrier();
  load_step(row0, col0, 0);
  barrier();
  int a_exponent = 126, b_exponent = 126;
  for (uint k0 = 0; k0 < p.depth; k0 += STEP) {
    const uint turn = k0 / STEP % 2;
    const int a_new = exponent_for(a_largest[turn], a_exponent);
    const int b_new = exponent_for(b_largest[turn], b_exponent);
    const int change = a_new + b_new - a_exponent - b_exponent;
    // Sums are 0 where a first value brings a change beyond all powers of two.
    if (change != 0) scale_sums(power_of_two(change));
    a_exponent = a_new;
    b_exponent = b_new;
    store_step(a_exponent, b_exponent);
    barrier();
    if (gl_LocalInvocationID.x == 0) a_largest[turn] = b_largest[turn] = 0;
    load_step(row0, col0, k0 + STEP);
    multiply_step();
    barrier();
  }

  // In two steps that go the same way, so that nothing passes the range of f32 but the result.
  const int exponent = -a_exponent - b_exponent;
  const float first_scale = power_of_two(exponent / 2), second_scale = power_of_two(exponent - exponent / 2);
  const uint stage = gl_SubgroupID * M * N;
  [[unroll]] for (uint t = 0; t < SUB_ROWS * SUB_COLS; ++t) {
    coopMatStore(sums[t], staged, stage, N, gl_CooperativeMatrixLayoutRowMajor);
    subgroup_sync();
    [[unroll]] for (uint e = 0; e < ELEMENTS; ++e) {
      const uint at = e * LANES + gl_SubgroupInvocationID;
      const uint row = row0 + first_row() + t / SUB_COLS * M + at / N;
      const uint col = col0 + first_col() + t % SUB_COLS * N + at % N;
      const float sum = staged[stage + at] * first_scale * second_scale;
      const float value = epilogue(vec4(sum), min(row, p.rows - 1u), uvec4(col)).x;
      if (row < p.rows && col < p.cols) c[row * p.cols + col] = value;
    }
    subgroup_sync();
  }
}
