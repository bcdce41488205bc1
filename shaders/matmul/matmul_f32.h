// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_MATMUL_MATMUL_F32_H
#define RIDGEBACK_SHADERS_MATMUL_MATMUL_F32_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
// Shared by matmul_f32, matmul_f32_shared and matmul_f32_naive. A batch is numbered outer * inner_batches + inner; its
// operands, f32 or f16, start at outer * ?_outer + inner * ?_inner elements.
struct MatmulF32Params {
  uint rows;           // m, of c
  uint cols;           // n, of c
  uint depth;          // k, the reduction
  uint batches;        // products to make, or groups (products.glsl)
  uint inner_batches;  // batches of the inner axis
  uint a_outer;        // elements between the outer batches of a, 0 to broadcast
  uint a_inner;        // and between the inner ones
  uint b_outer;        // likewise of b
  uint b_inner;
  uint a_pitch;  // elements between stored rows of a
  uint b_pitch;  // and of b
  uint a_last;   // last texel of a
  uint b_last;   // and of b
  uint part;     // terms of a sum that one launch of tiles adds: a multiple of 16, or all
  uint parts;    // how many such parts there are; they are stored one after the other
  float epilogue[8];  // scalars of what follows the sums (common/epilogue.h)
};
RIDGEBACK_PARAMS_END

#endif
