// SPDX-License-Identifier: Apache-2.0
// Mean and centred square sum of a set of floats, gathered a few values at a time and merged (Chan, Golub
// and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979). No
// large square is ever subtracted from another, so a large common offset costs no digits.
#ifndef RIDGEBACK_MOMENTS_GLSL
#define RIDGEBACK_MOMENTS_GLSL

// count, mean, sum of (x - mean)^2
struct Moments {
  float n;
  float mean;
  float m2;
};

Moments merge(Moments a, Moments b) {
  const float n = a.n + b.n;
  const float distance = b.mean - a.mean;
  const float share = b.n / max(n, 1.0);
  return Moments(n, a.mean + distance * share, a.m2 + b.m2 + distance * distance * a.n * share);
}

// The first `length` (1 to 4) components of v.
Moments moments_of(vec4 v, uint length) {
  const vec4 present = vec4(lessThan(uvec4(0u, 1u, 2u, 3u), uvec4(length)));
  const float n = float(length);
  const vec4 from_first = (v - v.x) * present;
  const float mean = ((from_first.x + from_first.y) + (from_first.z + from_first.w)) / n;
  const vec4 centred = (from_first - mean) * present;
  return Moments(n, v.x + mean, dot(centred, centred));
}

// All of the components.
Moments moments_of(vec4 a, vec4 b, vec4 c, vec4 d) {
  const vec4 first = vec4(a.x);
  const vec4 sums = ((a - first) + (b - first)) + ((c - first) + (d - first));
  const float mean = ((sums.x + sums.y) + (sums.z + sums.w)) / 16.0;
  const vec4 from = first + mean;
  a -= from;
  b -= from;
  c -= from;
  d -= from;
  const vec4 squares = (a * a + b * b) + (c * c + d * d);
  return Moments(16.0, from.x, (squares.x + squares.y) + (squares.z + squares.w));
}

#endif
