// SPDX-License-Identifier: Apache-2.0
// READ_STEP(binding) declares the step parameters, of which a kernel reads the words that it needs.
#ifndef RIDGEBACK_STEP_GLSL
#define RIDGEBACK_STEP_GLSL
#include "wide.glsl"

// Words of StepParams (step_params.h).
#define READ_STEP(number)                                                                 \
  READ_WORDS(number, step)                                                                \
  uint step_number() { return step_at(0u); }                                              \
  uvec2 step_seed() { return uvec2(step_at(1u), step_at(2u)); }                           \
  float step_learning_rate() { return uintBitsToFloat(step_at(3u)); }                     \
  float step_lambda_scale() { return uintBitsToFloat(step_at(4u)); }                      \
  bool step_skipped() { return step_at(5u) != 0u; }

#endif
