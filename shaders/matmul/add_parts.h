// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_MATMUL_ADD_PARTS_H
#define RIDGEBACK_SHADERS_MATMUL_ADD_PARTS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct AddPartsParams {
  uint rows;          // of the product, all batches together
  uint cols;          // of the product
  uint parts;         // of each sum
  float epilogue[8];  // scalars of what follows the sums (common/epilogue.h)
};
RIDGEBACK_PARAMS_END

#endif
