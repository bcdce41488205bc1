// SPDX-License-Identifier: Apache-2.0
// "Custom Gradient Estimators are Straight-Through Estimators in Disguise" (Schoenbauer, Moro, Lew,
// Howard, arXiv 2405.05171) as a tool: the straight-through run that a custom one equals. With
// cells of length D, borders halfway between the values, and the backward factor q:
//
//   custom            w <- w - eta g(Q(w)) q(w)
//   straight-through  v <- v - alpha eta g(Q(v)),  v_0 = M(w_0)
//   alpha = D / integral of ds / q(s) over a cell
//   M(w)  = w_b + alpha integral of ds / q(s) from the border w_b to w
//
// M fixes every border and maps each cell onto itself, so Q(M(w)) = Q(w), and M(w_t) - v_t grows by
// O(eta^2) a step while the quantized weights agree. It holds for plain SGD with small steps, a
// step D that does not move, values that are not clipped, no weight decay, and the same batches.
// With momentum a weight must move far less than D within 1 / (1 - beta) steps. Adam needs neither
// alpha nor M where rate / (1 - beta2) is far below D: the factor cancels.
#pragma once

#include "ridgeback/quant/perturbation.hpp"

#include <span>
#include <vector>

namespace ridgeback::quant {

/// The backward factor q at an offset from the centre of a cell, -1/2 <= offset <= 1/2 in units of
/// the step. Throws InvalidArgument for an estimator that has none. See Estimator for the formulas.
[[nodiscard]] double backward_factor(Estimator estimator, double shape, double offset);

/// Cells of uniform quantization: the values are offset + step k, the borders lie between them.
struct Cells {
  double step = 1;
  double offset = 0;
};

/// The cells of a weight: those of a custom gradient estimator with a fixed range. Throws
/// InvalidArgument for anything else, whose cells move with the weights.
[[nodiscard]] Cells cells_of(const Perturbation& perturbation);

/// alpha: the harmonic mean of the backward factor over a cell.
[[nodiscard]] double equivalent_rate_scale(Estimator estimator, double shape);

/// M(w) - w_b in units of the step for w = w_b + step * (offset + 1/2), that is how far into the
/// cell the straight-through weight lies; -1/2 <= offset <= 1/2, result in [0, 1].
[[nodiscard]] double equivalent_place(Estimator estimator, double shape, double offset);

/// What to train in place of a run with a custom gradient estimator.
struct StraightThroughRun {
  double learning_rate = 0;
  std::vector<float> weights;  ///< quantized to the same values as those given
};

/// The straight-through run with the same quantized weights as SGD with `estimator` (one of the cge
/// ones with a fixed range), learning rate and initial weights.
[[nodiscard]] StraightThroughRun equivalent_straight_through(const Perturbation& estimator,
                                                             double learning_rate,
                                                             std::span<const float> weights);

}  // namespace ridgeback::quant
