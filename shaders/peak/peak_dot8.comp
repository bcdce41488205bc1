#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_spirv_intrinsics : require
// SPDX-License-Identifier: Apache-2.0
//! variant dot8
//
// Peak of the integer dot product of four signed bytes: 16 chains of 8 a round and invocation, 8 operations each.
#include "peak_dot8.h"
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int dot_4x8(int a, int b, spirv_literal int format);
#define ELEMENT int
#define STEP(x) (x + dot_4x8(x, 0x01fe0301, 0))
#include "chains.glsl"
