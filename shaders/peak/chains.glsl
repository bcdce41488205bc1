// SPDX-License-Identifier: Apache-2.0
// CHAINS independent chains of LINKS dependent steps in a loop: enough to hide the latency of one step behind the others,
// few enough to stay in registers. STEP(x) is one step, ELEMENT the type. The sum is written so that all of it counts.
layout(local_size_x_id = 0) in;
layout(push_constant) uniform Push { PeakParams p; };
layout(set = 0, binding = 0) writeonly buffer Out { uint out_words[]; };

const uint CHAINS = 16u;
const uint LINKS = 8u;

void main() {
  ELEMENT x[CHAINS];
  for (uint i = 0u; i < CHAINS; ++i) x[i] = ELEMENT(p.seed + i + gl_LocalInvocationID.x);
  for (uint round = 0u; round < p.rounds; ++round) {
    for (uint j = 0u; j < LINKS; ++j) {
      for (uint i = 0u; i < CHAINS; ++i) x[i] = STEP(x[i]);
    }
  }
  ELEMENT sum = x[0];
  for (uint i = 1u; i < CHAINS; ++i) sum += x[i];
  out_words[gl_WorkGroupID.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x] = uint(sum);
}
