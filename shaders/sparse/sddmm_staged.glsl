// SPDX-License-Identifier: Apache-2.0
// The staged variants of sddmm. A work group is one subgroup of LANES invocations and makes the entries of
// rows_each rows, LANES * COLS columns of a and b at a time. Each invocation copies its COLS columns of b
// into an array of its own, `panel` rows at a time: why that is fast on CPU drivers is said in
// spmm_staged.comp. The products of an entry are then added up over the lanes.
layout(constant_id = 5) const int DEPTH = 128;
layout(constant_id = 6) const int COLS = 2;
const int RUN = COLS % 2 == 0 ? 2 : 1;

float staged[COLS * DEPTH];
float mine[COLS];  // a[row, column(j)], zeros past the end

uint column(uint c0, int j) {
  return c0 + j / RUN * RUN * LANES + gl_SubgroupInvocationID * RUN + j % RUN;
}

// staged[k][j] = b[k0 + k, column(j)] for k below `depth`; columns past the end repeat the last ones.
void stage(uint c0, uint k0, uint depth) {
  uint k = 0u;
  do {
#ifdef PAIRS
    [[unroll]] for (int j = 0; j < COLS; j += 2) {
      const uint at = (k0 + k) * p.n + min(column(c0, j), p.n - 2u);
      const vec2 pair = uintBitsToFloat(unpackUint2x32(b[at / 2u]));
      staged[k * COLS + j] = pair.x;
      staged[k * COLS + j + 1] = pair.y;
    }
#else
    [[unroll]] for (int j = 0; j < COLS; ++j) {
      staged[k * COLS + j] = b[(k0 + k) * p.n + min(column(c0, j), p.n - 1u)];
    }
#endif
  } while (++k < depth);
}

// value of lane (own lane xor step). Written so that compilers see one shuffle.
float exchange(float value, int step) {
  const uint lane = gl_SubgroupInvocationID;
  float other = from_lane(value, step);
  [[unroll]] for (int l = 1; l < LANES; ++l) other = lane == l ? from_lane(value, l ^ step) : other;
  return other;
}

// Half of a reduction: lanes without bit `step` add up a of themselves and of lane xor step, others b.
float fold(float a, float b, int step) {
  const bool upper = (gl_SubgroupInvocationID & step) != 0u;
  return (upper ? b : a) + exchange(upper ? a : b, step);
}

float products[LANES];

// Lane l's result is the sum of products[l] over the lanes.
float sums_of_products() {
#define FOLD(i, step) products[i] = fold(products[i], products[i + step], step)
  if (LANES == 8) {
    FOLD(0, 4);
    FOLD(1, 4);
    FOLD(2, 4);
    FOLD(3, 4);
  }
  FOLD(0, 2);
  FOLD(1, 2);
  FOLD(0, 1);
#undef FOLD
  return products[0];
}

// Entries begin to end of a row, of which there is one at least: s = their sums over these columns, or +=.
void add_entries(uint row, uint begin, uint end, uint k0, bool add) {
  const uint lane = gl_SubgroupInvocationID;
  uint first = begin;
  do {
    const uint e = min(first + lane, end - 1u);
    const uint my_k = min(entry_column(row, e) - k0, DEPTH - 1u);
    [[unroll]] for (int l = 0; l < LANES; ++l) {
      const uint k = from_lane(my_k, l);
      products[l] = 0.0;
      [[unroll]] for (int j = 0; j < COLS; ++j) products[l] += mine[j] * staged[k * COLS + j];
    }
    const float sum = sums_of_products();
    if (first + lane < end) s[e] = add ? s[e] + sum : sum;
    first += LANES;
  } while (first < end);
}

void main() {
  const uint row0 = linear_group() * p.rows_each, row_end = min(row0 + p.rows_each, p.f.rows);
  if (row0 >= row_end) return;
  uint c0 = 0u;
  do {
    uint k0 = 0u;
    do {
      stage(c0, k0, min(p.panel, p.f.cols - k0));
      uint row = row0;
      do {
        uint begin = entry_begin(row), end = entry_end(row);
        if (p.panel < p.f.cols) {
          begin = entry_at_column(row, begin, end, k0);
          end = entry_at_column(row, begin, end, k0 + p.panel);
        }
        if (begin == end) continue;
        [[unroll]] for (int j = 0; j < COLS; ++j) {
          const uint c = column(c0, j);
          mine[j] = c < p.n ? a[row * p.n + c] : 0.0;
        }
        add_entries(row, begin, end, k0, c0 > 0u);
      } while (++row < row_end);
      k0 += p.panel;
    } while (k0 < p.f.cols);
    c0 += LANES * COLS;
  } while (c0 < p.n);
}
