// SPDX-License-Identifier: Apache-2.0
// Buffers that are read four words at a time through a uniform texel buffer instead of as storage buffers. CPU
// drivers that go through the lanes of a storage load one by one fetch texels all at once: four words of eight
// lanes take 20 ns on lavapipe 22.3, where a storage buffer takes 250, or 145 in 64-bit words. Writes stay with
// storage buffers, which are no worse than images there. A kernel whose variant `texel` includes this needs rows of
// whole texels.
#ifndef RIDGEBACK_TEXELS_GLSL
#define RIDGEBACK_TEXELS_GLSL

#define FLOAT_TEXELS(number, name) layout(set = 0, binding = number) uniform samplerBuffer name;
#define UINT_TEXELS(number, name) layout(set = 0, binding = number) uniform usamplerBuffer name;

#endif
