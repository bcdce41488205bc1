// SPDX-License-Identifier: Apache-2.0
// From sums over a block to its scale and its regression. The including kernel has the specialization
// constants CODEBOOK, TOP (largest code), SHIFT (stored code = code - SHIFT) and ESTIMATOR.
#ifndef RIDGEBACK_REGRESS_GLSL
#define RIDGEBACK_REGRESS_GLSL
#include "codes.h"

// A block's b_f and s_f, and pivots near the means of x - b_f and of the codes: sums of squares are taken
// about them, which keeps them free of cancellation. (Pivots of linear forms are 0.)
struct Scale {
  float offset;
  float step;
  float value_pivot;
  float code_pivot;
};

// First sums: extremes of the kept values (0 where pruned), mean of all, `total` as in first_total(), kept.
struct Range {
  float low;
  float high;
  float mean;
  float total;
  float kept;
};

// Sums about the pivots over u = x - b_f and the codes q.
struct Moments {
  float value;
  float code;
  float product;
  float square;
  float magnitude;  // sum of |u| where the codes are signs; sign_mean only
  float kept;
};

struct Regression {
  float value_mean;  // of x - b_f; 0 in a linear form, as the next
  float code_mean;   // of the stored codes
  float s;
  float inverse;  // 1 / D
  float step;     // s_f
  float offset;   // b_f
  float o;        // x_hat = s * stored + o
};

bool affine() { return CODEBOOK == MINMAX || CODEBOOK == SIGN_MEAN; }

// Zero, or too small for its inverse: the block counts as constant. Keeps a NaN.
float step_or_one(float step) { return step < 1.2e-38 ? 1.0 : step; }

// Whether the extremes of a range are looked at.
bool wants_extremes() {
  const bool bound = CODEBOOK == SIGN_LINEAR && ESTIMATOR == POKEBNN;
  return CODEBOOK == MINMAX || CODEBOOK == ABSMAX || CODEBOOK == POWER_OF_TWO || bound;
}

// The summand of Range::total for kept values z and all values x.
vec4 first_total(vec4 x, vec4 z) {
  if (CODEBOOK == SIGN_LINEAR || CODEBOOK == TERNARY || CODEBOOK == MEANABS) return abs(z);
  return CODEBOOK == NONE ? x * x : vec4(0.0);
}

// s_f of linear codes that end at the magnitude `bound`.
float bounded_step(float bound) {
  if (CODEBOOK == SIGN_LINEAR && ESTIMATOR == POKEBNN) return 0.5 * bound;
  return bound / float(TOP);
}

Scale scale_of(Range r, float n) {
  if (CODEBOOK == MINMAX) {
    const float step = step_or_one((r.high - r.low) / float(TOP));
    const float pivot = r.mean - r.low;
    // Where nothing is kept all codes are 0, whatever the mean of the values, and so must be their variance.
    return Scale(r.low, step, pivot, r.high > r.low ? pivot / step : 0.0);
  }
  if (CODEBOOK == SIGN_MEAN) return Scale(r.mean, 1.0, 0.0, 0.0);
  float step = r.total / max(r.kept, 1.0);
  if (wants_extremes()) step = bounded_step(max(r.high, -r.low));
  if (CODEBOOK == TERNARY) step *= 1.5;
  if (CODEBOOK == MEANABS) step *= 2.0 / sqrt(float(TOP));
  if (CODEBOOK == NONE) step = sqrt(r.total / n);
  return Scale(0.0, step_or_one(step), 0.0, 0.0);
}

// The scale of a range that is given, without having seen the values: of these a pivot in the middle is near the mean.
Scale scale_of_given(vec2 range) {
  if (CODEBOOK != MINMAX) return Scale(0.0, step_or_one(bounded_step(max(range.y, -range.x))), 0.0, 0.0);
  const float step = step_or_one((range.y - range.x) / float(TOP)), pivot = 0.5 * (range.y - range.x);
  return Scale(range.x, step, pivot, pivot / step);
}

Regression regression_of(Moments m, Scale scale, float n, float lambda, uint unit) {
  Regression r;
  const float value_rest = m.value / n, code_rest = m.code / n;
  float covariance = m.product / n, variance = m.square / n;
  r.offset = scale.offset;
  r.step = CODEBOOK == SIGN_MEAN ? step_or_one(m.magnitude / n) : scale.step;
  r.value_mean = 0.0;
  r.code_mean = 0.0;
  if (affine()) {
    covariance -= value_rest * code_rest;
    variance = max(variance - code_rest * code_rest, 0.0);
    // Codes -1 and +1: from their counts, exact where all are equal.
    if (CODEBOOK == SIGN_MEAN) variance = (n + m.code) * (n - m.code) / (n * n);
    r.value_mean = scale.value_pivot + value_rest;
    r.code_mean = scale.code_pivot + code_rest - float(SHIFT);
  }
  // Its unit is a constant for the gradient, as lambda is.
  float ridge = lambda;
  if (unit == LAMBDA_DENSITY) ridge *= m.kept / n;
  if (unit == LAMBDA_POWER) ridge *= variance;
  const float d = variance + ridge;
  r.inverse = d > 0.0 ? 1.0 / d : 0.0;
  r.s = covariance * r.inverse;
  r.o = affine() ? (r.offset + r.value_mean) - r.s * r.code_mean : 0.0;
  if (ESTIMATOR != DENOISE) {
    r.s = r.step;
    r.o = r.offset + r.step * float(SHIFT);
  }
  return r;
}

#endif
