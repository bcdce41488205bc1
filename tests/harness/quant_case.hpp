// SPDX-License-Identifier: Apache-2.0
// One value through perturb, dequantize and the gradient, on every usable variant, against the
// reference in double precision.
#pragma once

#include "ridgeback/graph/step_params.hpp"
#include "ridgeback/quant/quant.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/array.hpp"
#include "harness/run_case.hpp"
#include "reference/quant_reference.hpp"

namespace ridgeback::test {

struct QuantCase {
  Shape shape;
  std::vector<double> x;
  std::vector<double> dy;
  quant::Perturbation options;
  float lambda_scale = 1;
  StepParams step{};  ///< its lambda_scale is the one above
  quant::PerturbInputs inputs{};
  /// (low, high), f32 [rows or 1, blocks or 1, 2], for options that take a range; empty without.
  Shape range_shape{};
  std::vector<double> range{};
  /// Where given, the case runs in one of its choices of variants, this one counted round and
  /// round, and not in all: for sweeps over pairs of options, each of which then compiles one
  /// pipeline instead of one for every variant.
  std::optional<std::size_t> turn{};
};

/// What the device made of a case.
struct QuantRun {
  Array codes;    ///< of the codebook, before the shift
  Array factors;  ///< of the stored codes
  Array stats;
  Array x_hat;
  Array dx;
  Array mask;  ///< empty where nothing is pruned
};

/// One run per choice of variants, or the one whose turn it is.
[[nodiscard]] std::vector<QuantRun> run_quant(const QuantCase& c);

[[nodiscard]] reference::QuantInput reference_input(const QuantCase& c);

/// Checks mask and codes (a code may differ by one where its value lies on the border between two
/// in f32), and, for the device's codes, x_hat and dx within `tolerance` of the largest value. The
/// reference's gradient is itself checked by finite differences where `finite_differences`.
void check_quant(const QuantCase& c, double tolerance = 1e-5, bool finite_differences = false);

/// Normal values and output gradients.
[[nodiscard]] QuantCase normal_case(const Shape& shape, const quant::Perturbation& options);

/// The same in one choice of variants (QuantCase::turn): a sweep counts on, so that each of its
/// options meets each variant.
void check_in_turn(std::size_t turn, QuantCase c, double tolerance = 1e-5,
                   bool finite_differences = false);

/// One of each of six codebooks, for sweeps over something else.
[[nodiscard]] std::vector<quant::Perturbation> few_codebooks();

/// Variants to force in turn, kernel by kernel: none, then rounds in which each kernel that has
/// more usable variants runs the next of them: fewer compilations than one variant of one kernel at
/// a time.
[[nodiscard]] std::vector<std::map<std::string, std::string>> variant_rounds(
    const std::vector<Tensor>& outputs);

/// Normal values times `scale` about `shift`, each an f32.
[[nodiscard]] std::vector<double> draw(std::int64_t count, std::uint64_t seed, float scale = 1,
                                       float shift = 0);

/// max |got - want| <= tolerance * max |want|.
[[nodiscard]] testing::AssertionResult near_largest(std::span<const double> got,
                                                    std::span<const double> want, double tolerance);

}  // namespace ridgeback::test
