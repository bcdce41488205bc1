// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/denoise_backward.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/quant/block_shape.hpp"

#include <fmt/core.h>
#include <quant/denoise_backward.h>
#include <quant/denoise_backward_combine.h>

namespace ridgeback::quant {
namespace {

using shaders::PARTIALS;
using shaders::STAGE_ALL;
using shaders::STAGE_FIRST;
using shaders::STAGE_SECOND;

constexpr std::int64_t correction_bytes = 32;

// dx = denoise_backward(grad of x_hat, x, codes, stats[, mask])
struct DenoiseBackward final : OperationOf<DenoiseBackward> {
  Codebook codebook = Codebook::minmax;
  int top = 1;
  Group group;
  std::uint32_t mode = shaders::MODE_FULL;
  Estimator estimator = Estimator::denoise;
  float shape = 0;

  bool operator==(const DenoiseBackward&) const = default;

  [[nodiscard]] std::string_view name() const override { return "denoise_backward"; }
  [[nodiscard]] std::string attributes() const override {
    constexpr std::string_view modes[] = {"full", "live", "clipped"};
    const std::string gradient = mode == shaders::MODE_FACTOR
                                     ? fmt::format("{} {}", quant::name(estimator), shape)
                                     : std::string(modes[mode]);
    return fmt::format("{} group={} {}", quant::name(codebook), text(group), gradient);
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0] == in[1] && in[0].dtype == DType::f32 && in[2].shape == in[1].shape,
            fmt::format("denoise_backward: gradient, value and codes differ (got {}, {}, {})",
                        in[0].text(), in[1].text(), in[2].text()));
    const BlockShape s = block_shape(in[1].shape, group);
    const TensorSpec stats{{s.rows, s.blocks, shaders::STATS}, DType::f32};
    require(in[3] == stats, fmt::format("denoise_backward: wrong stats (got {}, expected {})",
                                        in[3].text(), stats.text()));
    return {in[0]};
  }

  // Binding 5 is the correction of a second stage, 6 is dx or the sums of a first one.
  [[nodiscard]] Dispatch pass(const LowerContext& c, const BlockShape& s,
                              std::uint32_t stage) const {
    const DType type = c.in[2].dtype;
    const bool sparse = c.in.size() > 4;
    const auto pitch = type == DType::f32 ? s.cols : words_per_row(type, s.cols);
    const auto n = static_cast<double>(s.count());
    Dispatch launch = dispatch("denoise_backward", c, team_candidates(c.target, s, false));
    lay_out_teams(launch, c.target, s.total_blocks(), s.block);
    const std::uint32_t mask_kind = s.at_words() ? shaders::MASK_OF_WORDS : shaders::MASK_OF_VALUES;
    launch
        .specialize(codebook, type, top, mode, sparse ? mask_kind : 0, s.aligned() ? 1 : 0, stage,
                    estimator)
        .push(shaders::DenoiseBackwardParams{
            static_cast<std::uint32_t>(s.rows), static_cast<std::uint32_t>(s.cols),
            static_cast<std::uint32_t>(s.block), static_cast<std::uint32_t>(s.blocks),
            static_cast<std::uint32_t>(pitch),
            static_cast<std::uint32_t>(words_per_row(DType::b1, s.cols)), shape})
        .read(0)
        .read(1)
        .read(2)
        .read(3)
        .read(sparse ? 4 : 2)
        .cost(12 * n, 12 * n + static_cast<double>(c.in[2].bytes()));
    return launch;
  }

  [[nodiscard]] Dispatch combine(const LowerContext& c, const BlockShape& s) const {
    constexpr std::uint32_t lanes = 64;
    return dispatch("denoise_backward_combine", c)
        .specialize(lanes, lanes, codebook, top, mode)
        .push(shaders::DenoiseBackwardCombineParams{static_cast<std::uint32_t>(s.rows),
                                                    static_cast<std::uint32_t>(s.cols)})
        .read_scratch(0, s.rows * PARTIALS * 4)
        .read(3)
        .write_scratch(1, correction_bytes)
        .groups(1);
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const BlockShape s = block_shape(c.in[1].shape, group);
    if (s.count() == 0) return {};
    if (group.kind != Group::Kind::tensor || elementwise()) {
      return {pass(c, s, STAGE_ALL).read(3).write(0)};
    }
    return {pass(c, s, STAGE_FIRST).read(3).write_scratch(0, s.rows * PARTIALS * 4), combine(c, s),
            pass(c, s, STAGE_SECOND).read_scratch(1, correction_bytes).write(0)};
  }

  // Without sums over the group.
  [[nodiscard]] bool elementwise() const {
    return mode == shaders::MODE_CLIPPED || mode == shaders::MODE_FACTOR;
  }

  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}}; }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext&) const override {
    throw Unsupported(
        "denoise_backward: the denoising gradient cannot be differentiated again; use backward "
        "'straight' where second derivatives are needed");
  }
};

}  // namespace

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
