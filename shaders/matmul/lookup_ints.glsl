// SPDX-License-Identifier: Apache-2.0
// Products of small integers with codes of one or two bits or ternary ones, without a multiplication:
//   sum_k x[i,k] w[j,k] = sum over threes of k of  T_i[three bits of column j],   T_i[t] = sum_b (bit b of t) x[i, k + b]
// The eight sums of a three lie in the eight lanes of a subgroup, and looking one up is a shuffle, one instruction with
// AVX2. Sums of four rows go side by side in the bytes of a word (of two in its halves where x is i8), so that one
// shuffle and one addition serve them all. Nothing is lost where a sum is negative: modulo 2^32 the word is the sum of
// its fields, and a start that keeps each field from 0 up makes them readable. Bytes are read before they could
// overflow, into halves of words; those into i32.
//
// Operands are laid out for it (lookup_operands.cpp):
//   x  [rows / FIELDS][k] words, k in multiples of 32: sum_i x[FIELDS r + i, k] 2^(i FIELD_BITS)
//   w  [k / 32][plane][columns in multiples of 4] words: of 32 codes, first all signs and then all non-zero bits of
//      ternary ones, or first the first 16 of i2
//   w_factors, where both sides have factors: f32 [block][s or o][columns in multiples of 4]
// Of each word the tables of all rows are made first, then a column after the other is indexed and looked up in all of
// them: the eleven indices stay in registers, and the tables are memory operands of the shuffles.
// Columns of an invocation: runs of four or eight (Y_RUN), and those of the invocations alternate. TILE_ROWS and TILE_COLS are multiples of
// 4, TILE_ROWS is at most 16, and the local and the subgroup's size are 8.
#ifndef RIDGEBACK_MATMUL_LOOKUP_INTS_GLSL
#define RIDGEBACK_MATMUL_LOOKUP_INTS_GLSL

const bool SIGNS = W_TYPE == PACKED_S1, TERNARY = W_TYPE == PACKED_TERNARY, TWO_BITS = W_TYPE == PACKED_I2;
const int FIELDS = X_TYPE == PACKED_I8 ? 2 : 4, FIELD_BITS = 32 / FIELDS;
const int X_WORDS = TILE_ROWS / FIELDS;
const int PLANES = TERNARY || TWO_BITS ? 2 : 1;
// A word of codes is ten threes and a pair, which is number 5: 17 codes before number 6 and 15 from there on.
const int GROUPS = 11;
// Bytes are read after so many groups, and start so that what comes until then keeps them in 0..255.
const int PART = FIELDS == 2 || X_TYPE == PACKED_I2 ? GROUPS : TERNARY ? 4 : 6;
const int PARTS = (GROUPS + PART - 1) / PART;
const uint START = TERNARY || X_TYPE == PACKED_I2 ? 128u : 136u;
const uint STARTS = START * 0x01010101u;
// A code of two bits is its lower bit less twice its upper one, which are summed apart; so much keeps the difference of a
// part from 0 up.
const uint DIFFERENCE = 512u;
const uint BIAS = TWO_BITS ? DIFFERENCE - START : START;  // what a part adds to a half word at x = 0
const int RUN = Y_RUN == 2 ? 8 : (Y_RUN == 1 ? 4 : Y_RUN);
const int COLUMNS = TILE_COLS + 1;  // the last one has all bits set in lane 7: sums of x
const bool X_SUMS = SIGNS || ROW_TERMS == 0;

uint tables[X_WORDS][GROUPS];
uint lane_bits[3];
uint indices[GROUPS], minus[GROUPS];  // of a column; the latter of negative or upper bits
uint fields[X_WORDS][2][COLUMNS];  // sums of even and odd bytes in halves; of i8 the first are the sums
int products[TILE_ROWS][COLUMNS];
float sums[TILE_ROWS][TILE_COLS];
int w_sums[TILE_COLS];

int group_start(int g) { return g <= 5 ? 3 * g : 3 * g - 1; }

// Column j of an invocation whose first one is `first`.
uint tile_column(uint first, int j) { return first + j / RUN * 8 * RUN + j % RUN; }
uint first_column(uint tile) { return tile * 8 * TILE_COLS + RUN * gl_LocalInvocationID.x; }

// The number of the quad that begins with column j.
uint column_quad(uint col0, int j) { return min(tile_column(col0, j) / 4, (p.cols + 3) / 4 - 1); }

void clear_fields() {
  [[unroll]] for (int q = 0; q < X_WORDS; ++q) {
    [[unroll]] for (int j = 0; j < COLUMNS; ++j) {
      fields[q][0][j] = FIELDS == 2 ? 0x80008000u : 0u;
      fields[q][1][j] = 0u;
    }
  }
}

// Sum j of row i since the last clear_fields(), `words` words of codes ago.
int field(int i, int j, uint words) {
  const int q = i / FIELDS, f = i % FIELDS;
  if (FIELDS == 2) return int(f == 0 ? fields[q][0][j] & 0xffffu : fields[q][0][j] >> 16) - 32768;
  const uint two = fields[q][f % 2][j];
  return int(f < 2 ? two & 0xffffu : two >> 16) - int(words * BIAS * PARTS);
}

void index_column(uint bits, uint negative) {
  [[unroll]] for (int g = 0; g < GROUPS; ++g) {
    const uint mask = g == 5 ? 3u : 7u;
    indices[g] = bits >> group_start(g) & mask;
    if (PLANES == 2) minus[g] = negative >> group_start(g) & mask;
  }
}

// Every other bit of a and b.
uint even_bits(uint a, uint b) {
  a &= 0x55555555u;
  b &= 0x55555555u;
  a = (a | a >> 1) & 0x33333333u;
  b = (b | b >> 1) & 0x33333333u;
  a = (a | a >> 2) & 0x0f0f0f0fu;
  b = (b | b >> 2) & 0x0f0f0f0fu;
  a = (a | a >> 4) & 0x00ff00ffu;
  b = (b | b >> 4) & 0x00ff00ffu;
  return (a | a >> 8) & 0xffffu | (b | b >> 8) << 16;
}

// Of word `q` of the rows.
void make_tables(int q, uint row0, uint k) {
  const uint group = min(row0 / FIELDS + q, (p.rows + FIELDS - 1) / FIELDS - 1);
  const uvec4 own = texelFetch(x, int((group * ((p.depth + 31) / 32) + k) * 8 + gl_SubgroupInvocationID));
  [[unroll]] for (int g = 0; g < GROUPS; ++g) {
    uint sum = 0u;
    [[unroll]] for (int b = 0; b < 3; ++b) {
      const int at = group_start(g) + b;
      if (b < 2 || g != 5) sum += from_lane(own[at % 4], at / 4) & lane_bits[b];
    }
    // What a part of bytes begins with costs nothing here.
    tables[q][g] = FIELDS == 4 && !TERNARY && g % PART == 0 ? sum + STARTS : sum;
  }
}

uint look_up(int q, int g, int j) {
  if (j == TILE_COLS) return tables[q][g];
  const uint sum = subgroupShuffle(tables[q][g], indices[g]);
  return TERNARY ? sum - subgroupShuffle(tables[q][g], minus[g]) : sum;
}

// Of upper bits.
uint look_up_minus(int q, int g, int j) {
  return j == TILE_COLS ? 0u : subgroupShuffle(tables[q][g], minus[g]);
}

void add_part(int q, int j, int first) {
  if (first >= GROUPS) return;
  uint sum = TERNARY ? STARTS : 0u, upper = j == TILE_COLS ? STARTS : 0u;  // the rest is in the tables
  [[unroll]] for (int g = first; g < first + PART; ++g) {
    if (g < GROUPS) {
      sum += look_up(q, g, j);
      if (TWO_BITS) upper += look_up_minus(q, g, j);
    }
  }
  uint even = sum & 0x00ff00ffu, odd = sum >> 8 & 0x00ff00ffu;
  if (TWO_BITS) {
    even += DIFFERENCE * 0x00010001u - ((upper & 0x00ff00ffu) << 1);
    odd += DIFFERENCE * 0x00010001u - (upper >> 7 & 0x01fe01feu);
  }
  fields[q][0][j] += even;
  fields[q][1][j] += odd;
}

void add_column(int q, int j) {
  if (FIELDS == 2) {
    uint sum = fields[q][0][j], upper = 0u;
    [[unroll]] for (int g = 0; g < GROUPS; ++g) {
      sum += look_up(q, g, j);
      if (TWO_BITS) upper += look_up_minus(q, g, j);
    }
    fields[q][0][j] = TWO_BITS ? sum - 2u * upper : sum;
    return;
  }
  add_part(q, j, 0);
  add_part(q, j, PART);
  add_part(q, j, 2 * PART);
}

// Column j in all rows.
void multiply_column(int j) {
  [[unroll]] for (int q = 0; q < X_WORDS; ++q) add_column(q, j);
}

void multiply_run(int j, uint col0, uint k) {
  if (j >= TILE_COLS) return;
  const uint runs = (p.cols + 3) / 4, run = column_quad(col0, j);
  uvec4 bits = texelFetch(w, int(k * PLANES * runs + run));
  uvec4 negative = uvec4(0u);
  if (PLANES == 2) {
    const uvec4 second = texelFetch(w, int((k * PLANES + 1) * runs + run));
    [[unroll]] for (int c = 0; c < 4; ++c) {
      negative[c] = TERNARY ? bits[c] : even_bits(bits[c] >> 1, second[c] >> 1);
      bits[c] = TERNARY ? second[c] : even_bits(bits[c], second[c]);
    }
  }
#define MULTIPLY(c_)                                                                                              \
  if (ROW_TERMS == 0) w_sums[j + c_] += bitCount(bits[c_]) - (PLANES == 2 ? 2 * bitCount(negative[c_]) : 0);       \
  index_column(TERNARY ? bits[c_] ^ negative[c_] : bits[c_], negative[c_]);                                        \
  multiply_column(j + c_);
  MULTIPLY(0)
  MULTIPLY(1)
  MULTIPLY(2)
  MULTIPLY(3)
}

// 32 codes of every row and column. Calls are written out: see lookup_tile.glsl.
void multiply_word(uint row0, uint col0, uint k) {
  [[unroll]] for (int q = 0; q < X_WORDS; ++q) make_tables(q, row0, k);
  if (X_SUMS) multiply_column(TILE_COLS);
  multiply_run(0, col0, k);
  multiply_run(4, col0, k);
  multiply_run(8, col0, k);
  multiply_run(12, col0, k);
}

void flush(uint words) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < COLUMNS; ++j) products[i][j] += field(i, j, words);
  clear_fields();
}

// `words` were multiplied since the last flush.
int product(int i, int j, uint words) { return FLUSH > 0 ? products[i][j] : field(i, j, words); }

void clear_block() {
  clear_fields();
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < COLUMNS; ++j) products[i][j] = 0;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) w_sums[j] = 0;
}

// Factors of rows i to i + 7, one in each lane.
vec2 lane_factor(int i, uint row0, uint block) {
  const uint row = min(row0 + i + gl_SubgroupInvocationID, p.rows - 1);
  return x_factor(row * p.x_row_factors + block / p.x_ratio);
}

void end_row(uint row0) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; i += 8) {
    const float own_s = lane_factor(i, row0, 0).x;
    const uint own_row = min(row0 + i + gl_SubgroupInvocationID, p.rows - 1);
    const float own_t = ROW_TERMS == 1 ? given_term(own_row) : 0.0;
    [[unroll]] for (int r = 0; r < 8; ++r) {
      if (i + r >= TILE_ROWS) continue;
      const float s = from_lane(own_s, r), t = from_lane(own_t, r);
      const int x_sum = SIGNS ? from_lane(product(i + r, TILE_COLS, (p.depth + 31) / 32), 7) : 0;
      [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
        const int value = product(i + r, j, (p.depth + 31) / 32);
        sums[i + r][j] = row_value(SIGNS ? x_sum - 2 * value : value, s, t);
      }
    }
  }
}

float s_w[TILE_COLS], o_w[TILE_COLS], w_term[TILE_COLS];

void load_w_factors(uint col0, uint block, uint length) {
  const uint runs = (p.cols + 3) / 4;
  [[unroll]] for (int j = 0; j < TILE_COLS; j += 4) {
    const uint at = block / p.w_ratio * 2 * runs + column_quad(col0, j);
    const vec4 s = texelFetch(w_factors, int(at)), o = texelFetch(w_factors, int(at + runs));
    [[unroll]] for (int c = 0; c < 4; ++c) {
      const int sum = SIGNS ? int(length) - 2 * w_sums[j + c] : w_sums[j + c];
      s_w[j + c] = s[c];
      o_w[j + c] = o[c];
      w_term[j + c] = col_term(s[c], o[c], sum, length);
    }
  }
}

void add_row(int i, vec2 own, int lane, uint words) {
  if (i >= TILE_ROWS) return;
  const float s_x = from_lane(own.x, lane), o_x = from_lane(own.y, lane);
  const int x_sum = from_lane(product(i, TILE_COLS, words), 7);
  const float x_term = row_term(s_x, x_sum);
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const int value = product(i, j, words);
    sums[i][j] = add_block(sums[i][j], block_value(SIGNS ? x_sum - 2 * value : value, s_x, s_w[j], x_term,
                                                   o_w[j], o_x, w_term[j]));
  }
}

void add_eight(int i, uint row0, uint block, uint words) {
  if (i >= TILE_ROWS) return;
  const vec2 own = lane_factor(i, row0, block);
  add_row(i, own, 0, words);
  add_row(i + 1, own, 1, words);
  add_row(i + 2, own, 2, words);
  add_row(i + 3, own, 3, words);
  add_row(i + 4, own, 4, words);
  add_row(i + 5, own, 5, words);
  add_row(i + 6, own, 6, words);
  add_row(i + 7, own, 7, words);
}

void end_block(uint row0, uint col0, uint block, uint length) {
  load_w_factors(col0, block, length);
  const uint words = (length + 31) / 32;
  add_eight(0, row0, block, words);
  add_eight(8, row0, block, words);
  clear_block();
}

void multiply_all(uint row0, uint col0) {
  [[unroll]] for (int b = 0; b < 3; ++b)
    lane_bits[b] = (gl_SubgroupInvocationID >> b & 1u) != 0u ? 0xffffffffu : 0u;
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) sums[i][j] = 0.0;
  clear_block();
  const uint words = (end_k() + 31) / 32;
  uint k = first_k / 32, block = first_block();
  do {
    const uint length = min(p.block, p.depth - block * p.block);
    const uint end = k + (length + 31) / 32;
    do {
      const uint first = k, flush_at = FLUSH > 0 ? min(k + FLUSH, end) : end;
      do {
        multiply_word(row0, col0, k);
        ++k;
      } while (k < flush_at);
      if (FLUSH > 0) flush(k - first);
    } while (k < end);
    if (ROW_TERMS == 0) end_block(row0, col0, block, length);
    ++block;
  } while (k < words);
  if (ROW_TERMS > 0) end_row(row0);
}

#include "wide_store.glsl"
WIDE_STORE(7, y)

#endif
