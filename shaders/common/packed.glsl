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

// Bits 0..3 of `bits` as the lowest bits of four bytes.
uint four_bytes(uint bits) { return (bits & 15u) * 0x00204081u & 0x01010101u; }

// Codes i..i+3 of a unit, i a multiple of 4, as four signed bytes, times 2^four_codes_scale().
uint four_codes(uint type, uvec2 unit, uint i) {
  if (type == PACKED_I8) return unit.x;
  if (type == PACKED_I4) {
    uint x = unit.x >> (4u * i) & 0xffffu;
    x = (x | x << 8) & 0x00ff00ffu;
    return ((x | x << 4) & 0x0f0f0f0fu) << 4;
  }
  if (type == PACKED_I2) {
    uint x = unit.x >> (2u * i) & 0xffu;
    x = (x | x << 12) & 0x000f000fu;
    return ((x | x << 6) & 0x03030303u) << 6;
  }
  const uint ones = four_bytes(unit.x >> i);
  if (type == PACKED_B1) return ones;
  // 0x01, and 0xff for a sign.
  return (type == PACKED_S1 ? 0x01010101u : four_bytes(unit.y >> i)) | ones * 0xfeu;
}

// Log2 of the factor in four_codes(): codes of 2 and 4 bits stand at the top of their bytes.
uint four_codes_scale(uint type) { return type == PACKED_I4 ? 4u : type == PACKED_I2 ? 6u : 0u; }

#endif
