// SPDX-License-Identifier: Apache-2.0
// Functions that GLSL lacks, or whose built-in form may overflow or lose digits on some drivers.
// The polynomials are Chebyshev interpolations, checked to stay within 1.5 ulp on their intervals.
#ifndef RIDGEBACK_MATH_GLSL
#define RIDGEBACK_MATH_GLSL

vec4 sigmoid(vec4 x) { return 1.0 / (1.0 + exp(-x)); }

// x + x^3 P(x^2) below 0.625, where 1 - 2 / (e^2|x| + 1) would cancel. Saturates instead of overflowing.
vec4 stable_tanh(vec4 x) {
  const vec4 t = abs(x);
  const vec4 u = x * x;
  vec4 near = vec4(-0.0060961191);
  near = near * u + 0.020996654;
  near = near * u - 0.053850755;
  near = near * u + 0.13332768;
  near = near * u - 0.33333328;
  near = x + x * u * near;
  const vec4 far = 1.0 - 2.0 / (exp(2.0 * min(t, 20.0)) + 1.0);
  return mix(near, sign(x) * far, greaterThan(t, vec4(0.625)));
}

// x Q(x^2) up to 1; 1 - exp(-t R(t)) with R fitted to -log(erfc(t)) / t above.
vec4 erf(vec4 x) {
  const vec4 u = x * x;
  vec4 near = vec4(-0.000564805989);
  near = near * u + 0.00492176181;
  near = near * u - 0.0267150551;
  near = near * u + 0.112803169;
  near = near * u - 0.376123428;
  near = near * u + 1.12837911;
  near *= x;
  const vec4 t = min(abs(x), 4.0);
  vec4 far = vec4(1.63092900e-05);
  far = far * t - 0.000369162386;
  far = far * t + 0.00380515284;
  far = far * t - 0.0240326002;
  far = far * t + 0.106441192;
  far = far * t + 0.635109365;
  far = far * t + 1.12863517;
  far = 1.0 - exp(-t * far);
  return mix(near, sign(x) * far, greaterThan(abs(x), vec4(1.0)));
}

// log(1 + e) for 0 <= e <= 1: the rounding of 1 + e is divided out again.
vec4 log1p_unit(vec4 e) {
  precise const vec4 sum = 1.0 + e;
  precise const vec4 kept = sum - 1.0;
  const bvec4 tiny = equal(kept, vec4(0.0));
  return mix(log(sum) * (e / mix(kept, vec4(1.0), tiny)), e, tiny);
}

// x^y as for real numbers: a negative base takes whole exponents (NaN for others), 0^0 = 1.
vec4 real_pow(vec4 x, vec4 y) {
  const vec4 size = mix(pow(abs(x), y), vec4(1.0), equal(y, vec4(0.0)));
  const bvec4 negative = lessThan(x, vec4(0.0));
  const bvec4 odd = equal(fract(0.5 * y), vec4(0.5));
  const vec4 nan = uintBitsToFloat(uvec4(0x7fc00000u));
  const vec4 signed_size = mix(mix(size, -size, odd), nan, notEqual(floor(y), y));
  return mix(size, signed_size, negative);
}

#endif
