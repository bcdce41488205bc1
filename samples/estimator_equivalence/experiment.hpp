// SPDX-License-Identifier: Apache-2.0
// Trains a network with a custom gradient estimator and, side by side on the same batches, the
// straight-through runs that should or should not equal it.
#pragma once

#include <ridgeback/ridgeback.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace equivalence {

/// Images pooled to a quarter of their pixels, normalized.
struct Samples {
  std::vector<float> pixels;  ///< [count, inputs]
  std::vector<std::uint32_t> labels;
};

struct Data {
  std::int64_t inputs = 0;
  std::int64_t classes = 0;
  Samples train;
  Samples test;
};

/// Means of 2x2 pixels. Throws InvalidArgument for data that is not grey images of even size.
[[nodiscard]] Data pooled(const ridgeback::data::Dataset& dataset);

/// A network inputs - hidden - classes without biases, relu between, weights quantized with a step
/// that stays: D = 2 std(w_0) / (2^(bits-1) - 1) for each layer, and so many codes that none clips.
struct Setting {
  ridgeback::quant::Estimator estimator = ridgeback::quant::Estimator::cge_cosine;
  float shape = 0.8F;
  int bits = 4;
  std::int64_t hidden = 32;
  std::int64_t batch = 32;
  bool adam = false;
  double beta2 = 0.999;
  float rate = 0.01F;
  std::uint32_t steps = 1000;
  std::uint64_t seed = 1;
};

/// How the weights of a layer of step `step` are quantized with `estimator`, the setting's or
/// straight_through.
[[nodiscard]] ridgeback::quant::Perturbation perturbation(const Setting& setting,
                                                          ridgeback::quant::Estimator estimator,
                                                          float step);

/// How an arm ended, against the custom run. For SGD distances are those to M(w), where the theorem
/// says the straight-through weight is; for Adam those to w.
struct ArmResult {
  std::string name;
  double agreement = 0;  ///< share of weights with the same code
  double error = 0;      ///< mean distance in steps D
  double accuracy = 0;   ///< on the test samples, 0 to 1
};

struct Result {
  double changed = 0;          ///< share of the custom run's weights that left their first cell
  double custom_accuracy = 0;  ///< 0 to 1
  double memory = 0;           ///< Adam: rate / ((1 - beta2) D) of the layer with the finest step
  /// SGD: matched (M and alpha), alpha alone, unchanged, matched on other batches.
  /// Adam: unchanged, from M(w_0), unchanged on other batches.
  std::vector<ArmResult> arms;
};

/// Trains all arms. The result depends on the arguments and the device only.
[[nodiscard]] Result run(const ridgeback::Device& device, const Data& data, const Setting& setting);

}  // namespace equivalence
