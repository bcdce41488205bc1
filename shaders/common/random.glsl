// SPDX-License-Identifier: Apache-2.0
// Philox 4x32-10, the same bits as core/random.hpp.
#ifndef RIDGEBACK_RANDOM_GLSL
#define RIDGEBACK_RANDOM_GLSL

uvec4 philox(uvec2 key, uvec4 counter) {
  for (int i = 0; i < 10; ++i) {
    uint a_high, a_low, b_high, b_low;
    umulExtended(0xD2511F53u, counter.x, a_high, a_low);
    umulExtended(0xCD9E8D57u, counter.z, b_high, b_low);
    counter = uvec4(b_high ^ counter.y ^ key.x, b_low, a_high ^ counter.w ^ key.y, a_low);
    key += uvec2(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}

// [0, 1) with 24 random bits.
float unit_float(uint word) { return float(word >> 8) * (1.0 / 16777216.0); }

#endif
