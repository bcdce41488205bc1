#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
// Peak of fp32 multiply-adds: 16 chains of 8 a round and invocation, 2 operations each.
#include "peak_f32.h"
#define ELEMENT float
#define STEP(x) (x * factor + addend)
float factor = 0.999;
float addend = 0.001;
#include "chains.glsl"
