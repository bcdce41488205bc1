// SPDX-License-Identifier: Apache-2.0
// Numbers that the kernels of this folder and lib/ridgeback/quant agree on.
#ifndef RIDGEBACK_SHADERS_QUANT_CODES_H
#define RIDGEBACK_SHADERS_QUANT_CODES_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
// DType of the stored codes (core/dtype.hpp).
const uint TYPE_F32 = 0u;
const uint TYPE_B1 = 4u;
const uint TYPE_S1 = 5u;
const uint TYPE_TERNARY = 6u;
const uint TYPE_I2 = 7u;
const uint TYPE_I4 = 8u;
const uint TYPE_I8 = 9u;

// Codebook (quant/perturbation.hpp).
const uint MINMAX = 1u;
const uint SIGN_MEAN = 2u;
const uint ABSMAX = 3u;
const uint SIGN_LINEAR = 4u;
const uint TERNARY = 5u;
const uint NONE = 6u;
const uint MEANABS = 7u;
const uint POWER_OF_TWO = 8u;

// Rounding (quant/perturbation.hpp).
const uint NEAREST = 0u;
const uint STOCHASTIC = 1u;

// What lambda is multiplied by: 1, the share of kept values, or the block's mean square of centred codes.
const uint LAMBDA_ABSOLUTE = 0u;
const uint LAMBDA_DENSITY = 1u;
const uint LAMBDA_POWER = 2u;

// Estimator (quant/perturbation.hpp).
const uint DENOISE = 0u;
const uint STRAIGHT_THROUGH = 1u;
const uint LSQ = 2u;
const uint CGE_COSINE = 3u;
const uint CGE_TANH = 4u;
const uint CGE_PIECEWISE = 5u;
const uint POKEBNN = 6u;

// Where the blocks of a row begin: SPARSE of kernels that read masks, ODD of others.
const uint MASK_OF_WORDS = 1u;   // on words of the mask
const uint MASK_OF_VALUES = 2u;  // anywhere

// What a launch of perturb or denoise_backward does: everything, or one half of a group that spans rows.
const uint STAGE_ALL = 0u;
const uint STAGE_FIRST = 1u;
const uint STAGE_SECOND = 2u;
// Of perturb_combine: a scale from a range that is given.
const uint STAGE_GIVEN = 3u;
// Of denoise_backward: the coefficients of each block's gradient in place of the gradient.
const uint STAGE_COEFFICIENTS = 4u;

// Backward modes of denoise_backward.
const uint MODE_FULL = 0u;
const uint MODE_LIVE = 1u;
const uint MODE_CLIPPED = 2u;
const uint MODE_FACTOR = 3u;

// Floats in one row of stats and of the scratch of groups that span rows.
const uint STATS = 6u;
const uint PARTIALS = 8u;
// Floats that say how the gradient of a block's values is made (Coefficients of corrections.glsl).
const uint COEFFICIENTS = 8u;
RIDGEBACK_PARAMS_END

#endif
