#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
// Peak of binary multiply-adds: xor, bit count and add of 32 bits at once; 16 chains of 8 a round and invocation, 64 operations each.
#include "peak_popcount.h"
#define ELEMENT uint
#define STEP(x) (x + bitCount(x ^ 0x5bd1e995u))
#include "chains.glsl"
