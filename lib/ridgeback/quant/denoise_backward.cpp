// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/denoise_backward.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/fill_launch.hpp"
#include "ridgeback/quant/denoise_operations.hpp"
#include "ridgeback/quant/fuse_gates.hpp"
#include "ridgeback/quant/fuse_updates.hpp"

#include <fmt/core.h>
#include <quant/denoise_backward.h>
#include <quant/denoise_backward_combine.h>

namespace ridgeback::quant {
namespace {

using shaders::PARTIALS;
using shaders::STAGE_ALL;
using shaders::STAGE_COEFFICIENTS;
using shaders::STAGE_FIRST;
using shaders::STAGE_SECOND;

constexpr std::int64_t correction_bytes = 32;

void require_stats(std::string_view operation, const TensorSpec& stats, const BlockShape& s) {
  const TensorSpec expected{{s.rows, s.blocks, shaders::STATS}, DType::f32};
  require(stats == expected, fmt::format("{}: wrong stats (got {}, expected {})", operation,
                                         stats.text(), expected.text()));
}

// Which inputs of an operation a launch of denoise_backward reads.
struct Inputs {
  int grad = 0;
  int x = 1;
  int codes = 2;
  int stats = 3;
  int mask = -1;  // -1: none
};

// Binding 5 is the correction of a second stage, 6 is dx, the sums of a first one or coefficients.
Dispatch pass(const DenoiseBackward& op, const LowerContext& c, const Inputs& in,
              std::uint32_t stage) {
  const TensorSpec& codes = c.in[static_cast<std::size_t>(in.codes)];
  const BlockShape s = block_shape(codes.shape, op.group);
  const DType type = codes.dtype;
  const auto pitch = type == DType::f32 ? s.cols : words_per_row(type, s.cols);
  const auto n = static_cast<double>(s.count());
  Dispatch launch = dispatch("denoise_backward", c, team_candidates(c.target, s, false));
  lay_out_teams(launch, c.target, s.total_blocks(), s.block);
  const std::uint32_t mask_kind = s.at_words() ? shaders::MASK_OF_WORDS : shaders::MASK_OF_VALUES;
  const bool sparse = in.mask >= 0;
  launch
      .specialize(op.codebook, type, op.top, op.mode, sparse ? mask_kind : 0, s.aligned() ? 1 : 0,
                  stage, op.estimator, op.gated)
      .push(shaders::DenoiseBackwardParams{
          static_cast<std::uint32_t>(s.rows), static_cast<std::uint32_t>(s.cols),
          static_cast<std::uint32_t>(s.block), static_cast<std::uint32_t>(s.blocks),
          static_cast<std::uint32_t>(pitch),
          static_cast<std::uint32_t>(words_per_row(DType::b1, s.cols)), op.shape})
      .read(in.grad)
      .read(in.x)
      .read(in.codes)
      .read(in.stats)
      .read(sparse ? in.mask : in.codes);
  const bool sums = stage == STAGE_FIRST || stage == STAGE_COEFFICIENTS;
  const double floats = sums ? 1 : 3;
  return launch.cost(sums ? 5 * n : 12 * n, 4 * floats * n + static_cast<double>(codes.bytes()));
}

Dispatch combine(const DenoiseBackward& op, const LowerContext& c, const Inputs& in, bool whole) {
  constexpr std::uint32_t lanes = 64;
  const BlockShape s = block_shape(c.in[static_cast<std::size_t>(in.codes)].shape, op.group);
  return dispatch("denoise_backward_combine", c)
      .specialize(lanes, lanes, op.codebook, op.top, op.mode, whole)
      .push(shaders::DenoiseBackwardCombineParams{static_cast<std::uint32_t>(s.rows),
                                                  static_cast<std::uint32_t>(s.cols)})
      .read_scratch(0, s.rows * PARTIALS * 4)
      .read(in.stats)
      .groups(1);
}

}  // namespace

std::string DenoiseBackward::attributes() const {
  constexpr std::string_view modes[] = {"full", "live", "clipped"};
  const std::string gradient = mode == shaders::MODE_FACTOR
                                   ? fmt::format("{} {}", quant::name(estimator), shape)
                                   : std::string(modes[mode]);
  return fmt::format("{} group={} {}{}", quant::name(codebook), text(group), gradient,
                     gated ? " gated" : "");
}

std::vector<TensorSpec> DenoiseBackward::infer(std::span<const TensorSpec> in) const {
  require(in[0] == in[1] && in[0].dtype == DType::f32 && in[2].shape == in[1].shape,
          fmt::format("denoise_backward: gradient, value and codes differ (got {}, {}, {})",
                      in[0].text(), in[1].text(), in[2].text()));
  require_stats(name(), in[3], block_shape(in[1].shape, group));
  return {in[0]};
}

std::vector<Dispatch> DenoiseBackward::lower(const LowerContext& c) const {
  const BlockShape s = block_shape(c.in[1].shape, group);
  if (s.count() == 0) return {};
  const Inputs in{.mask = c.in.size() > 4 ? 4 : -1};
  if (group.kind != Group::Kind::tensor || elementwise()) {
    return {pass(*this, c, in, STAGE_ALL).read(3).write(0)};
  }
  const std::int64_t partials = s.rows * PARTIALS * 4;
  return {pass(*this, c, in, STAGE_FIRST).read(3).write_scratch(0, partials),
          combine(*this, c, in, false).write_scratch(1, correction_bytes),
          pass(*this, c, in, STAGE_SECOND).read_scratch(1, correction_bytes).write(0)};
}

std::vector<Tensor> DenoiseBackward::gradient(const GradientContext& /*g*/) const {
  throw Unsupported(
      "denoise_backward: the denoising gradient cannot be differentiated again; use backward "
      "'straight' where second derivatives are needed");
}

std::vector<const Pass*> DenoiseBackward::required_passes() const {
  return {&fuse_gates(), &fuse_updates()};
}

TensorSpec coefficients_spec(const Shape& values, const Group& group) {
  const BlockShape s = block_shape(values, group);
  const bool whole = group.kind == Group::Kind::tensor;
  return {{whole ? 1 : s.rows, whole ? 1 : s.blocks, shaders::COEFFICIENTS}, DType::f32};
}

std::vector<TensorSpec> DenoiseCoefficients::infer(std::span<const TensorSpec> in) const {
  const BlockShape s = block_shape(in[1].shape, backward.group);
  require(in[0] == (TensorSpec{in[1].shape, DType::f32}),
          fmt::format("denoise_coefficients: gradient and codes differ (got {} and {})",
                      in[0].text(), in[1].text()));
  require_stats(name(), in[2], s);
  return {coefficients_spec(in[1].shape, backward.group)};
}

std::vector<Dispatch> DenoiseCoefficients::lower(const LowerContext& c) const {
  if (c.out[0].shape.count() == 0) return {};
  const BlockShape s = block_shape(c.in[1].shape, backward.group);
  if (s.count() == 0) return {ops::fill_launch(c, 0)};
  // It does not look at x.
  const Inputs in{.grad = 0, .x = 0, .codes = 1, .stats = 2};
  if (backward.group.kind != Group::Kind::tensor)
    return {pass(backward, c, in, STAGE_COEFFICIENTS).read(2).write(0)};
  const std::int64_t partials = s.rows * PARTIALS * 4;
  return {pass(backward, c, in, STAGE_FIRST).read(2).write_scratch(0, partials),
          combine(backward, c, in, true).write(0)};
}

Tensor perturbed_gradient(const Tensor& grad, const Tensor& x, const Tensor& codes,
                          const Tensor& stats, const Tensor& mask, const Perturbation& p) {
  DenoiseBackward operation;
  operation.codebook = p.codebook;
  operation.top = largest_code(p);
  operation.group = p.group;
  if (is_custom_gradient(p.estimator)) {
    operation.mode = shaders::MODE_FACTOR;
    operation.estimator = p.estimator;
    operation.shape = p.shape.value_or(0);
  } else if (p.estimator != Estimator::denoise) {
    const bool plain = p.estimator == Estimator::straight_through;
    if (plain && !(p.clipped && can_clip(p))) return grad;
    operation.mode = shaders::MODE_CLIPPED;
    if (p.estimator == Estimator::pokebnn) operation.top = 2;  // its codes lie at half of the range
  } else if (p.backward == Backward::straight) {
    return grad;
  } else if (p.backward == Backward::live) {
    operation.mode = shaders::MODE_LIVE;
  }
  std::vector<Tensor> inputs{grad, x, codes, stats};
  if (operation.mode == shaders::MODE_LIVE && mask) inputs.push_back(mask);
  return apply(std::move(operation), std::move(inputs));
}

}  // namespace ridgeback::quant
