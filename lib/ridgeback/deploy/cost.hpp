// SPDX-License-Identifier: Apache-2.0
// What evaluation of a model costs in arithmetic, whatever the machine.
#pragma once

#include "ridgeback/core/dtype.hpp"
#include "ridgeback/core/shape.hpp"
#include "ridgeback/nn/module.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace ridgeback::deploy {

/// Of one sample, of text of one window. ACE is arithmetic computation effort as "PokeBNN: A Binary
/// Pursuit of Lightweight Accuracy" (Zhang, Zhang and Lew, CVPR 2022) defines it: multiply-adds
/// times the bits of both operands. ACEv2 in the spirit of "PikeLPN: Mitigating Overlooked
/// Inefficiencies of Low-Precision Neural Networks" (Neseem et al., CVPR 2024) adds the work
/// outside of products: quantizing, block corrections, norms, nonlinearities, in units of one bit's
/// full adder, 1.25 fJ at 7 nm: a float multiplication counts 1048, an addition 304, a
/// comparison 32. That paper's own prices are not public; these follow the energy table of the
/// first one. Zeros of sparse weights are counted.
struct ArithmeticCost {
  std::int64_t multiply_adds = 0;
  double ace = 0;
  double ace_v2 = 0;
  double elementwise = 0;  ///< of ace_v2, what is not products
  /// Multiply-adds by operand types: {"b1 x b1", 668672}.
  std::map<std::string, std::int64_t> by_types;
};

/// Counts the operations of the graph that evaluation runs on a sample of `sample_size` floats, or
/// on a window of so many tokens where `type` is u32. What it derives from parameters alone is
/// free: a deployed model has it in its file.
[[nodiscard]] ArithmeticCost cost_of(const nn::Module& module, std::int64_t sample_size,
                                     DType type = DType::f32);

}  // namespace ridgeback::deploy
