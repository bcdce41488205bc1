// SPDX-License-Identifier: Apache-2.0
// Numbering of work. A launch over n groups uses (n, 1, 1) up to 32768 groups and (32768, ceil(n / 32768), 1)
// above (graph/dispatch.hpp, linear_groups), because 65535 groups on an axis are all that a device must offer.
#ifndef RIDGEBACK_INDEX_GLSL
#define RIDGEBACK_INDEX_GLSL

// gl_WorkGroupSize has its specialized value only in code that follows this line.
layout(local_size_x_id = 0) in;

const uint LINEAR_GROUP_PITCH = 32768u;

uint linear_group() { return gl_WorkGroupID.y * LINEAR_GROUP_PITCH + gl_WorkGroupID.x; }

uint linear_invocation() { return linear_group() * gl_WorkGroupSize.x + gl_LocalInvocationID.x; }

#endif
