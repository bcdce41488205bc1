// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_ROW_GROUPS_H
#define RIDGEBACK_SHADERS_QUANT_ROW_GROUPS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct RowGroupsParams {
  uint rows;         // of codes
  uint from_quads;   // texels of a row of codes
  uint quads;        // of them to lay out
  uint words_quads;  // texels of a group of words
  uint groups;       // of rows
};
RIDGEBACK_PARAMS_END

#endif
