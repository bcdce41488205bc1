// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_PEAK_COPY_QUADS_H
#define RIDGEBACK_SHADERS_PEAK_COPY_QUADS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct CopyQuadsParams {
  uint quads;  // 16-byte pieces
};
RIDGEBACK_PARAMS_END

#endif
