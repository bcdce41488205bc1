// SPDX-License-Identifier: Apache-2.0
// Buffers that are read four words at a time through a uniform texel buffer instead of as storage buffers. CPU
// drivers that go through the lanes of a storage load one by one fetch texels all at once: four words of eight
// lanes take 20 ns on lavapipe 22.3, where a storage buffer takes 250, or 145 in 64-bit words. Writes stay with
// storage buffers, which are no worse than images there.
#ifndef RIDGEBACK_TEXELS_GLSL
#define RIDGEBACK_TEXELS_GLSL

#define FLOAT_TEXELS(number, name) layout(set = 0, binding = number) uniform samplerBuffer name;
#define UINT_TEXELS(number, name) layout(set = 0, binding = number) uniform usamplerBuffer name;

// Pair `i` of a buffer of pairs, from the texel i / 2 that holds it; word `i`, from the texel i / 4.
vec2 half_texel(vec4 texel, uint i) { return (i & 1u) == 0u ? texel.xy : texel.zw; }
uvec2 half_texel(uvec4 texel, uint i) { return (i & 1u) == 0u ? texel.xy : texel.zw; }
uint word_of(uvec4 texel, uint i) {
  const uvec2 two = half_texel(texel, i / 2u);
  return (i & 1u) == 0u ? two.x : two.y;
}
float word_of(vec4 texel, uint i) {
  const vec2 two = half_texel(texel, i / 2u);
  return (i & 1u) == 0u ? two.x : two.y;
}

// The n values from element `start` on are put into run[]; n is a multiple of 4 and at most RUN_MAX, which the
// including kernel sets. A word holds an f32 or, `halves`, two f16. Where `start` may be amid a texel (not `whole`;
// with halves `whole` says that it is a multiple of 8, or of 4 where n is not one of 8) that takes one texel more, and turning.
// `last` is the last texel that may be read.
#ifdef RUN_MAX
#include "halves.glsl"
float run[RUN_MAX + 12];

void read_run(usamplerBuffer texels, bool halves, uint start, int n, bool whole, uint last) {
  if (!halves) {
    [[unroll]] for (int i = 0; i < (whole ? n : n + 4); i += 4) {
      const vec4 v = uintBitsToFloat(texelFetch(texels, int(min(start / 4u + i / 4, last))));
      [[unroll]] for (int c = 0; c < 4; ++c) run[i + c] = v[c];
    }
    if (whole) return;
  } else {
    [[unroll]] for (int i = 0; i < (whole ? n : n + 7); i += 8) {
      uvec4 v = texelFetch(texels, int(min(start / 8u + i / 8, last)));
      if (whole && n == 4) v.xy = half_texel(v, start / 4u);
      [[unroll]] for (int c = 0; c < (whole && n == 4 ? 1 : 2); ++c) {
        const vec4 four = of_halves(v[2 * c], v[2 * c + 1]);
        [[unroll]] for (int q = 0; q < 4; ++q) run[i + 4 * c + q] = four[q];
      }
    }
    if (whole && (n == 4 || n % 8 == 0)) return;
    const bool four = (start & 4u) != 0u;
    [[unroll]] for (int i = 0; i < (whole ? n : n + 3); ++i) run[i] = mix(run[i], run[i + 4], four);
    if (whole) return;
  }
  const bool one = (start & 1u) != 0u, two = (start & 2u) != 0u;
  [[unroll]] for (int i = 0; i < n + 2; ++i) run[i] = mix(run[i], run[i + 1], one);
  [[unroll]] for (int i = 0; i < n; ++i) run[i] = mix(run[i], run[i + 2], two);
}
#endif

#endif
