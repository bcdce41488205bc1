// SPDX-License-Identifier: Apache-2.0
// Rounds of the selection of thresholds (keep_count, keep_pick).
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
// What is counted in 16 buckets: octaves of the magnitude, parts of the bracket that is known to hold the
// threshold, or parts of the indices of the values that equal it.
const uint ROUND_OCTAVES = 0u;
const uint ROUND_SPLIT = 1u;
const uint ROUND_INDICES = 2u;

// How a round of keep_count finds its values: all of them; all, noting those in the bracket; those noted.
const uint SCAN_ALL = 0u;
const uint SCAN_AND_NOTE = 1u;
const uint SCAN_NOTED = 2u;

// Octaves 1 to 14 are the exponents from FIRST_OCTAVE on: 2^-11 to 2^3. Bucket 0 is what lies below, 15 above;
// a bracket of 2^WIDE_BRACKET holds either; that of bucket 0 ends at FIRST_OCTAVE and so begins below 0, modulo 2^32. A number of rounds that narrows it to one value:
const uint FIRST_OCTAVE = 116u;
const uint WIDE_BRACKET = 30u;
const uint SPLIT_ROUNDS = 8u;

// The state of a scope: low end of the bracket (the threshold when done), its width as a power of two, values
// still to keep in it, index of the last value kept among those equal to the threshold. Nothing is left to do
// when that index is ALL_TIES.
const uint ALL_TIES = 0xFFFFFFFFu;
RIDGEBACK_PARAMS_END

#endif
