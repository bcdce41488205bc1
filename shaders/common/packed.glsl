// SPDX-License-Identifier: Apache-2.0
// The packed formats, as ridgeback/core/bits.hpp defines them. Types are numbered by packed.h; with a
// specialization constant as `type` every branch here folds.
//
// A *unit* is what holds whole codes: one word, or for ternary codes a pair (signs, non-zero mask). It
// is handed about as a uvec2 whose y is 0 for all other types.
#ifndef RIDGEBACK_PACKED_GLSL
#define RIDGEBACK_PACKED_GLSL
#include "packed.h"

// Storage bits of a code in its word; each plane of a ternary code has one.
uint code_bits(uint type) {
  return type == PACKED_I8 ? 8u : type == PACKED_I4 ? 4u : type == PACKED_I2 ? 2u : 1u;
}

// 32, 32, 32, 16, 8 and 4 codes to a unit.
uint codes_per_unit(uint type) { return 32u / code_bits(type); }

uint words_per_unit(uint type) { return type == PACKED_TERNARY ? 2u : 1u; }

// Words of a row of `cols` codes: rows start on 16 bytes.
uint words_per_row(uint type, uint cols) {
  const uint per_unit = codes_per_unit(type);
  return ((cols + per_unit - 1u) / per_unit * words_per_unit(type) + 3u) & ~3u;
}

// Code `i` of a unit, 0 <= i < codes_per_unit.
int code_at(uint type, uvec2 unit, uint i) {
  if (type == PACKED_TERNARY) return int(unit.y >> i & 1u) - 2 * int(unit.x >> i & 1u);
  if (type == PACKED_S1) return 1 - 2 * int(unit.x >> i & 1u);
  if (type == PACKED_B1) return int(unit.x >> i & 1u);
  const uint bits = code_bits(type);
  return int(unit.x << (32u - bits - i * bits)) >> (32u - bits);
}

// Sum of the codes of a unit of one-bit or ternary codes whose first `count` codes are real.
int bit_sum(uint type, uvec2 unit, uint count) {
  const int ones = bitCount(unit.x);
  if (type == PACKED_TERNARY) return bitCount(unit.y) - 2 * ones;
  return type == PACKED_S1 ? int(min(count, 32u)) - 2 * ones : ones;
}

#endif
