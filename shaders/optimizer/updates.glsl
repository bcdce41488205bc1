// SPDX-License-Identifier: Apache-2.0
// What a step makes of a parameter and the states that an optimizer keeps of it, for four values with the
// gradient g. `kept` says that all stay as they are (a skipped step, common/step.glsl).
//
//   SGD        d = g + decay w     w' = w - rate d
//   momentum   v' = momentum v + d     w' = w - rate (nesterov ? d + momentum v' : v')
//   Adam       d = g, or + decay w unless decoupled     w0 = w, or - rate decay w where decoupled
//              m' = beta1 m + (1 - beta1) d     v' = beta2 v + (1 - beta2) d^2
//              w' = w0 - rate / (1 - beta1^t) m' / (sqrt(v') / sqrt(1 - beta2^t) + epsilon)
#ifndef RIDGEBACK_UPDATES_GLSL
#define RIDGEBACK_UPDATES_GLSL

void sgd_update(inout vec4 w, vec4 g, float rate, float decay, bool kept) {
  const vec4 d = g + decay * w;
  w = mix(w - rate * d, w, bvec4(kept));
}

void momentum_update(inout vec4 w, inout vec4 v, vec4 g, float rate, float decay, float momentum, bool nesterov,
                     bool kept) {
  const vec4 d = g + decay * w;
  const vec4 velocity = momentum * v + d;
  const vec4 direction = nesterov ? d + momentum * velocity : velocity;
  v = mix(velocity, v, bvec4(kept));
  w = mix(w - rate * direction, w, bvec4(kept));
}

struct AdamFactors {
  float rate;
  float step_size;     // rate / (1 - beta1^t)
  float square_scale;  // sqrt(1 - beta2^t)
  float decay;
  float beta1;
  float beta2;
  float rest1;  // 1 - beta1, rounded once
  float rest2;
  float epsilon;
};

// 1 - exp(y) for y <= 0. 1 - pow(beta, t) would lose all but three digits of 1 - 0.999.
float one_minus_exp(float y) {
  float series = 1.0 + y * (1.0 / 9.0);
  series = 1.0 + y * (1.0 / 8.0) * series;
  series = 1.0 + y * (1.0 / 7.0) * series;
  series = 1.0 + y * (1.0 / 6.0) * series;
  series = 1.0 + y * (1.0 / 5.0) * series;
  series = 1.0 + y * (1.0 / 4.0) * series;
  series = 1.0 + y * (1.0 / 3.0) * series;
  series = 1.0 + y * (1.0 / 2.0) * series;
  return y < -0.5 ? 1.0 - exp(y) : -y * series;
}

void adam_update(inout vec4 w, inout vec4 m, inout vec4 v, vec4 g, AdamFactors f, bool decoupled, bool kept) {
  vec4 d = g, from = w;
  if (decoupled)
    from -= f.rate * f.decay * w;
  else
    d += f.decay * w;
  const vec4 mean = f.beta1 * m + f.rest1 * d;
  const vec4 square = f.beta2 * v + f.rest2 * d * d;
  const vec4 divisor = sqrt(square) / f.square_scale + f.epsilon;
  m = mix(mean, m, bvec4(kept));
  v = mix(square, v, bvec4(kept));
  w = mix(from - f.step_size * (mean / divisor), w, bvec4(kept));
}

#endif
