// SPDX-License-Identifier: Apache-2.0
// Makes one parameter struct text valid in GLSL and in C++. Every <kernel>.h starts with including this
// file and declares `struct <Kernel>Params` inside RIDGEBACK_PARAMS_BEGIN / END with members `uint`,
// `int` and `float` only (each 4 bytes, so both languages lay them out alike).
#ifndef RIDGEBACK_SHADERS_COMMON_PARAMS_H
#define RIDGEBACK_SHADERS_COMMON_PARAMS_H

#ifdef __cplusplus
#include <cstdint>
#define RIDGEBACK_PARAMS_BEGIN      \
  namespace ridgeback::shaders {    \
  using uint = std::uint32_t;
#define RIDGEBACK_PARAMS_END }
#else
#define RIDGEBACK_PARAMS_BEGIN
#define RIDGEBACK_PARAMS_END
#endif

#endif
