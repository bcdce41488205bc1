// SPDX-License-Identifier: Apache-2.0
// Variant `coopmat` of the products of codes: matrix hardware multiplies signed bytes into i32. All of the kernel but
// its header; wants the kernel's formula, bindings and MatmulCodesParams (matmul_ints.comp).
//
// Codes become bytes in shared memory, so that one kernel serves every pair of packed types. A work group of
// GROUP_ROWS x GROUP_COLS subgroups makes GROUP_ROWS * SUB_ROWS * M rows and GROUP_COLS * SUB_COLS * N columns; a
// subgroup SUB_ROWS x SUB_COLS products of M x N, the extents that the device reports. STEP codes of every line (a row
// of x or of w) lie in shared memory at a time; each invocation unpacks whole lines, which gives their sums on the
// way, and loads its words of the next step before the current one is multiplied. At a block's end the i32 products go
// through shared memory, because only the driver knows which invocation holds which element; from there on the
// arithmetic is that of the other variants, bit by bit.
//
// Codes of 2 and 4 bits stand at the top of their bytes (four_codes): a block of n codes needs n * 2^14 < 2^31.
// Padding is 0 for every type: signs become pairs with a mask that ends where the codes do.
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
#include "../common/index.glsl"
#include "matmul_codes.h"

layout(constant_id = 1) const uint X_TYPE = 8;
layout(constant_id = 2) const uint W_TYPE = 8;
layout(constant_id = 3) const uint M = 8;
layout(constant_id = 4) const uint N = 8;
layout(constant_id = 5) const uint K = 8;
layout(constant_id = 6) const uint GROUP_ROWS = 1;
layout(constant_id = 7) const uint GROUP_COLS = 1;
layout(constant_id = 8) const uint SUB_ROWS = 1;
layout(constant_id = 9) const uint SUB_COLS = 1;
layout(constant_id = 10) const uint STEP = 32;   // codes, a multiple of 32 and of K that divides a block
layout(constant_id = 11) const uint LANES = 8;   // invocations of a subgroup; they divide M * N
layout(constant_id = 12) const uint ITEMS = 1;   // lines that an invocation unpacks
layout(constant_id = 13) const int ROW_TERMS = 0;  // as in matmul_ints.comp

layout(push_constant) uniform Push { MatmulCodesParams p; };
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { uvec4 x4[]; };
layout(set = 0, binding = 1) readonly buffer XFactors { vec2 x_factors[]; };
layout(set = 0, binding = 2) readonly buffer W { uint w[]; };
layout(set = 0, binding = 2) readonly buffer W4 { uvec4 w4[]; };
layout(set = 0, binding = 3) readonly buffer WFactors { vec2 w_factors[]; };
layout(set = 0, binding = 3) readonly buffer WTerms { float w_terms[]; };
layout(set = 0, binding = 7) writeonly buffer Y { float y[]; };

#include "matmul_codes.glsl"
#define EPILOGUE_ID 14
#define EPILOGUE_BINDING 4
#define EPILOGUE_QUADS false
#include "../common/epilogue.glsl"

const uint ROWS = GROUP_ROWS * SUB_ROWS * M, COLS = GROUP_COLS * SUB_COLS * N, LINES = ROWS + COLS;
const uint CHUNKS = STEP / 32;         // of 32 codes
const uint PITCH = STEP / 4 + 4;       // words; the 16 bytes that are left empty spread lines over banks
const uint ELEMENTS = M * N / LANES;   // of an M x N product, by invocation
const uint SHIFT_X = X_TYPE == PACKED_I4 ? 4u : X_TYPE == PACKED_I2 ? 6u : 0u;
const uint SHIFT_W = W_TYPE == PACKED_I4 ? 4u : W_TYPE == PACKED_I2 ? 6u : 0u;

shared uint bytes[LINES * PITCH];
shared int staged[GROUP_ROWS * GROUP_COLS * M * N];
shared float line_scale[LINES], line_offset[LINES], line_term[LINES];

uvec4 words[ITEMS][CHUNKS][2];  // of the next step
int line_sums[ITEMS];
float sums[SUB_ROWS * SUB_COLS][ELEMENTS];
coopmat<int, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator> products[SUB_ROWS * SUB_COLS];

// The words of codes k .. k + 31 of a stored row, k a multiple of 32. Rows are padded to 16 bytes with zeros.
#define LOAD_CHUNK(name, buf, buf4)                                                                        \
  void name(uint type, uint row, uint k, out uvec4 a, out uvec4 b) {                                       \
    const uint first = row * words_per_row(type, p.depth) + k / codes_per_unit(type) * words_per_unit(type); \
    a = uvec4(0);                                                                                          \
    b = uvec4(0);                                                                                          \
    if (k >= p.depth) return;                                                                              \
    if (type == PACKED_I8 || type == PACKED_I4) a = buf4[first / 4];                                       \
    if (type == PACKED_I8 && k + 16 < p.depth) b = buf4[first / 4 + 1];                                    \
    if (type == PACKED_I2 || type == PACKED_TERNARY) a.xy = uvec2(buf[first], buf[first + 1]);             \
    if (type == PACKED_B1 || type == PACKED_S1) a.x = buf[first];                                          \
    if (type == PACKED_S1) a.y = p.depth - k < 32 ? (1u << (p.depth - k)) - 1u : ~0u;                      \
  }
LOAD_CHUNK(load_x_chunk, x, x4)
LOAD_CHUNK(load_w_chunk, w, w4)

// Codes 4 i .. 4 i + 3 of a chunk as bytes.
uint chunk_bytes(uint type, uvec4 a, uvec4 b, uint i) {
  if (type == PACKED_I8) return i < 4 ? a[i] : b[i - 4];
  if (type == PACKED_I4) return four_codes(type, uvec2(a[i / 2], 0), i % 2 * 4);
  if (type == PACKED_I2) return four_codes(type, uvec2(a[i / 4], 0), i % 4 * 4);
  return four_codes(type == PACKED_S1 ? PACKED_TERNARY : type, a.xy, i * 4);
}

// Unpacks one chunk to `at` and returns the sum of its codes.
int unpack(uint type, uvec4 a, uvec4 b, uint at) {
  uint pairs = 0;  // two sums of bytes plus 128
  [[unroll]] for (uint i = 0; i < 8; ++i) {
    const uint four = chunk_bytes(type, a, b, i), biased = four ^ 0x80808080u;
    bytes[at + i] = four;
    pairs += (biased & 0x00ff00ffu) + (biased >> 8 & 0x00ff00ffu);
  }
  if (type == PACKED_B1) return bitCount(a.x);
  if (type == PACKED_S1 || type == PACKED_TERNARY) return bitCount(a.y) - 2 * bitCount(a.x);
  return (int((pairs & 0xffffu) + (pairs >> 16)) - 32 * 128) >> four_codes_scale(type);
}

uint line_of(uint item) { return item * gl_WorkGroupSize.x + gl_LocalInvocationID.x; }
uint x_row(uint line, uint row0) { return min(row0 + line, p.rows - 1); }
uint w_row(uint line, uint col0) { return min(col0 + line - ROWS, p.cols - 1); }

void load_step(uint row0, uint col0, uint k0) {
  [[unroll]] for (uint i = 0; i < ITEMS; ++i) {
    const uint line = line_of(i);
    [[unroll]] for (uint c = 0; c < CHUNKS; ++c) {
      uvec4 a = uvec4(0), b = uvec4(0);
      if (line < ROWS) load_x_chunk(X_TYPE, x_row(line, row0), k0 + 32 * c, a, b);
      else if (line < LINES) load_w_chunk(W_TYPE, w_row(line, col0), k0 + 32 * c, a, b);
      words[i][c][0] = a;
      words[i][c][1] = b;
    }
  }
}

void unpack_step() {
  [[unroll]] for (uint i = 0; i < ITEMS; ++i) {
    const uint line = line_of(i);
    [[unroll]] for (uint c = 0; c < CHUNKS; ++c) {
      const uvec4 a = words[i][c][0], b = words[i][c][1];
      const uint at = line * PITCH + 8 * c;
      if (line < ROWS) line_sums[i] += unpack(X_TYPE, a, b, at);
      else if (line < LINES) line_sums[i] += unpack(W_TYPE, a, b, at);
    }
  }
}

uint first_row() { return gl_SubgroupID / GROUP_COLS * SUB_ROWS * M; }
uint first_col() { return gl_SubgroupID % GROUP_COLS * SUB_COLS * N; }

void multiply_step() {
  [[unroll]] for (uint k = 0; k < STEP; k += K) {
    coopmat<int8_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA> a[SUB_ROWS];
    coopmat<int8_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB> b;
    [[unroll]] for (uint i = 0; i < SUB_ROWS; ++i)
      coopMatLoad(a[i], bytes, (first_row() + i * M) * PITCH + k / 4, PITCH,
                  gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0; j < SUB_COLS; ++j) {
      coopMatLoad(b, bytes, (ROWS + first_col() + j * N) * PITCH + k / 4, PITCH,
                  gl_CooperativeMatrixLayoutColumnMajor);
      [[unroll]] for (uint i = 0; i < SUB_ROWS; ++i)
        products[i * SUB_COLS + j] = coopMatMulAdd(a[i], b, products[i * SUB_COLS + j]);
    }
  }
}

void clear_block() {
  [[unroll]] for (uint i = 0; i < ITEMS; ++i) line_sums[i] = 0;
  [[unroll]] for (uint i = 0; i < SUB_ROWS * SUB_COLS; ++i)
    products[i] = coopmat<int, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>(0);
}

void share_lines(uint row0, uint col0, uint block, uint length) {
  [[unroll]] for (uint i = 0; i < ITEMS; ++i) {
    const uint line = line_of(i);
    if (line >= LINES) continue;
    const bool is_x = line < ROWS;
    if (ROW_TERMS > 0) {
      if (!is_x) continue;
      const uint row = x_row(line, row0);
      line_scale[line] = x_factors[row].x;
      line_term[line] = ROW_TERMS == 1 ? w_terms[row] : 0.0;
      continue;
    }
    const vec2 factor = is_x ? x_factors[x_row(line, row0) * p.x_row_factors + block / p.x_ratio]
                             : w_factors[w_row(line, col0) * p.w_row_factors + block / p.w_ratio];
    line_scale[line] = factor.x;
    line_offset[line] = factor.y;
    line_term[line] = is_x ? row_term(factor.x, line_sums[i])
                           : col_term(factor.x, factor.y, line_sums[i], length);
  }
}

void subgroup_sync() {
  controlBarrier(gl_ScopeSubgroup, gl_ScopeSubgroup, gl_StorageSemanticsShared,
                 gl_SemanticsAcquireRelease);
}

// Adds a block of `length` codes to the sums.
void end_block(uint row0, uint col0, uint block, uint length) {
  share_lines(row0, col0, block, length);
  barrier();
  const uint stage = gl_SubgroupID * M * N;
  [[unroll]] for (uint t = 0; t < SUB_ROWS * SUB_COLS; ++t) {
    coopMatStore(products[t], staged, stage, N, gl_CooperativeMatrixLayoutRowMajor);
    subgroup_sync();
    [[unroll]] for (uint e = 0; e < ELEMENTS; ++e) {
      const uint at = e * LANES + gl_SubgroupInvocationID;
      const uint row = first_row() + t / SUB_COLS * M + at / N;
      const uint col = ROWS + first_col() + t % SUB_COLS * N + at % N;
      const int product = staged[stage + at] >> (SHIFT_X + SHIFT_W);
      if (ROW_TERMS > 0) {
        sums[t][e] = row_value(product, line_scale[row], line_term[row]);
      } else {
        const float value = block_value(product, line_scale[row], line_scale[col], line_term[row],
                                        line_offset[col], line_offset[row], line_term[col]);
        sums[t][e] = add_block(sums[t][e], value);
      }
    }
    subgroup_sync();
  }
  clear_block();
}

void main() {
  const uint col_tiles = (p.cols + COLS - 1) / COLS;
  const uint group = linear_group();
  const uint row0 = group / col_tiles * ROWS, col0 = group % col_tiles * COLS;
  if (row0 >= p.rows) return;

  [[unroll]] for (uint t = 0; t < SUB_ROWS * SUB_COLS; ++t)
    [[unroll]] for (uint e = 0; e < ELEMENTS; ++e) sums[t][e] = 0.0;
  clear_block();
  load_step(row0, col0, 0);
  uint block = 0, block_end = min(p.block, p.depth);
  for (uint k0 = 0; k0 < p.depth; k0 += STEP) {
    unpack_step();
    barrier();
    load_step(row0, col0, k0 + STEP);
    multiply_step();
    barrier();
    if (k0 + STEP >= block_end) {
      end_block(row0, col0, block, block_end - block * p.block);
      ++block;
      block_end = min(block_end + p.block, p.depth);
    }
  }

  [[unroll]] for (uint t = 0; t < SUB_ROWS * SUB_COLS; ++t) {
    [[unroll]] for (uint e = 0; e < ELEMENTS; ++e) {
      const uint at = e * LANES + gl_SubgroupInvocationID;
      const uint row = row0 + first_row() + t / SUB_COLS * M + at / N;
      const uint col = col0 + first_col() + t % SUB_COLS * N + at % N;
      const float value = epilogue(vec4(sums[t][e]), min(row, p.rows - 1u), uvec4(col)).x;
      if (row < p.rows && col < p.cols) y[row * p.cols + col] = value;
    }
  }
}
