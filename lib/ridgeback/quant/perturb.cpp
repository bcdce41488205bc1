// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/denoise_backward.hpp"
#include "ridgeback/quant/learned_step.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/quant/temporal.hpp"

#include <array>
#include <fmt/core.h>
#include <quant/perturb.h>
#include <quant/perturb_combine.h>

namespace ridgeback::quant {
namespace {

using shaders::PARTIALS;
using shaders::STAGE_ALL;
using shaders::STAGE_FIRST;
using shaders::STAGE_GIVEN;
using shaders::STAGE_SECOND;

static_assert(shaders::TYPE_B1 == static_cast<std::uint32_t>(DType::b1));
static_assert(shaders::TYPE_I8 == static_cast<std::uint32_t>(DType::i8));
static_assert(shaders::MINMAX == static_cast<std::uint32_t>(Codebook::minmax));
static_assert(shaders::NONE == static_cast<std::uint32_t>(Codebook::none));
static_assert(shaders::STOCHASTIC == static_cast<std::uint32_t>(Rounding::stochastic));
static_assert(shaders::POWER_OF_TWO == static_cast<std::uint32_t>(Codebook::power_of_two));
static_assert(shaders::POKEBNN == static_cast<std::uint32_t>(Estimator::pokebnn));
static_assert(shaders::STRAIGHT_THROUGH == static_cast<std::uint32_t>(Estimator::straight_through));

constexpr std::int64_t scale_bytes = 16;

// codes, factors, stats = perturb(x, step parameters[, mask][, range])
struct Perturb final : OperationOf<Perturb> {
  Perturbation options;
  std::uint32_t stream = 0;

  Perturb(const Perturbation& resolved, const PerturbInputs& inputs)
      : options(resolved), stream(stochastic() ? inputs.stream : 0) {}
  bool operator==(const Perturb&) const = default;

  [[nodiscard]] std::string_view name() const override { return "perturb"; }
  [[nodiscard]] std::string attributes() const override {
    return stochastic() ? fmt::format("{} stream={}", text(options), stream) : text(options);
  }
  [[nodiscard]] bool stochastic() const { return options.rounding == Rounding::stochastic; }
  [[nodiscard]] bool sparse() const { return options.sparsity.kind != Sparsity::Kind::none; }
  [[nodiscard]] bool given() const { return takes_range(options); }
  // The input that is the range.
  [[nodiscard]] int range_input() const { return sparse() ? 3 : 2; }
  [[nodiscard]] std::uint32_t lambda_unit() const {
    if (!options.lambda) return sparse() ? shaders::LAMBDA_DENSITY : shaders::LAMBDA_ABSOLUTE;
    return options.lambda->relative ? shaders::LAMBDA_POWER : shaders::LAMBDA_ABSOLUTE;
  }
  [[nodiscard]] float lambda() const { return options.lambda.value_or(default_lambda).value; }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].dtype == DType::f32,
            fmt::format("perturb: the value must be f32 (got {})", in[0].text()));
    const BlockShape s = block_shape(in[0].shape, options.group);
    if (given()) check_given(in[static_cast<std::size_t>(range_input())], s);
    return {{in[0].shape, code_type(options)},
            {{s.rows, s.blocks, 2}, DType::f32},
            {{s.rows, s.blocks, shaders::STATS}, DType::f32}};
  }

  void check_given(const TensorSpec& range, const BlockShape& s) const {
    const bool whole = options.group.kind == Group::Kind::tensor;
    const auto fits = [&](int axis, std::int64_t extent) {
      return range.shape[axis] == 1 || (!whole && range.shape[axis] == extent);
    };
    require(range.dtype == DType::f32 && range.shape.rank() == 3 && range.shape[2] == 2 &&
                fits(0, s.rows) && fits(1, s.blocks),
            fmt::format("perturb: wrong range (got {}, expected f32[{} or 1, {} or 1, 2])",
                        range.text(), whole ? 1 : s.rows, whole ? 1 : s.blocks));
  }

  // Steps between the ranges of rows and of blocks.
  [[nodiscard]] std::array<std::uint32_t, 2> range_steps(const LowerContext& c) const {
    if (!given() || options.group.kind == Group::Kind::tensor) return {0, 0};
    const Shape& range = c.in[static_cast<std::size_t>(range_input())].shape;
    return {range[0] == 1 ? 0 : static_cast<std::uint32_t>(range[1]), range[1] == 1 ? 0U : 1U};
  }

  [[nodiscard]] Dispatch pass(const LowerContext& c, const BlockShape& s,
                              std::uint32_t stage) const {
    const DType type = c.out[0].dtype;
    const auto pitch = type == DType::f32 ? s.cols : words_per_row(type, s.cols);
    const auto n = static_cast<double>(s.count());
    const bool padded = type != DType::f32 && s.cols * bits_of(type) != pitch * 32;
    Dispatch launch = dispatch("perturb", c, team_candidates(c.target, s, true));
    lay_out_teams(launch, c.target, s.total_blocks(), s.block);
    launch
        .specialize(options.codebook, type, largest_code(options), code_shift(options),
                    options.estimator,
                    !sparse()      ? 0
                    : s.at_words() ? shaders::MASK_OF_WORDS
                                   : shaders::MASK_OF_VALUES,
                    s.aligned() ? 1 : 0, stage, padded ? 1 : 0, options.rounding,
                    given() && stage == STAGE_ALL ? 1 : 0)
        .push(shaders::PerturbParams{
            static_cast<std::uint32_t>(s.rows), static_cast<std::uint32_t>(s.cols),
            static_cast<std::uint32_t>(s.block), static_cast<std::uint32_t>(s.blocks),
            static_cast<std::uint32_t>(pitch),
            static_cast<std::uint32_t>(words_per_row(DType::b1, s.cols)), lambda(), lambda_unit(),
            stream, range_steps(c)[0], range_steps(c)[1]})
        .read(0)
        .read(1)
        .read(sparse() ? 2 : 0)
        .cost(16 * n, 4 * n + static_cast<double>(c.out[0].bytes()));
    return launch;
  }

  [[nodiscard]] Dispatch combine(const LowerContext& c, const BlockShape& s,
                                 std::uint32_t stage) const {
    constexpr std::uint32_t lanes = 64;
    Dispatch launch = dispatch("perturb_combine", c);
    launch
        .specialize(lanes, lanes, options.codebook, largest_code(options), code_shift(options),
                    options.estimator, stage)
        .push(shaders::PerturbCombineParams{static_cast<std::uint32_t>(s.rows),
                                            static_cast<std::uint32_t>(s.cols), lambda(),
                                            lambda_unit()});
    if (stage == STAGE_GIVEN) {
      launch.read(range_input());
    } else {
      launch.read_scratch(0, partial_bytes(s));
    }
    launch.read(1);
    if (stage != STAGE_SECOND) {
      launch.write_scratch(1, scale_bytes);
    } else {
      launch.read_scratch(1, scale_bytes);
    }
    return launch.write(1).write(2).groups(1);
  }

  static std::int64_t partial_bytes(const BlockShape& s) { return s.rows * PARTIALS * 4; }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const BlockShape s = block_shape(c.in[0].shape, options.group);
    if (s.count() == 0) return {};
    if (options.group.kind != Group::Kind::tensor) {
      return {pass(c, s, STAGE_ALL).read(given() ? range_input() : 1).write(0).write(1).write(2)};
    }
    if (given()) {
      return {combine(c, s, STAGE_GIVEN),
              pass(c, s, STAGE_SECOND)
                  .read_scratch(1, scale_bytes)
                  .write(0)
                  .write_scratch(0, partial_bytes(s))
                  .write(2),
              combine(c, s, STAGE_SECOND)};
    }
    std::vector<Dispatch> launches{pass(c, s, STAGE_FIRST), combine(c, s, STAGE_FIRST),
                                   pass(c, s, STAGE_SECOND), combine(c, s, STAGE_SECOND)};
    launches[0].read(1).write(0).write_scratch(0, partial_bytes(s)).write(2);
    launches[2].read_scratch(1, scale_bytes).write(0).write_scratch(0, partial_bytes(s)).write(2);
    return launches;
  }

  // The cotangent of the codes is the gradient of x_hat.
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    std::vector<Tensor> grads(g.inputs.size());
    if (!g.grads[0]) return grads;
    const Tensor mask = sparse() ? g.inputs[2] : Tensor{};
    grads[0] =
        perturbed_gradient(g.grads[0], g.inputs[0], g.outputs[0], g.outputs[2], mask, options);
    if (options.estimator == Estimator::lsq && g.needs(range_input())) {
      grads[static_cast<std::size_t>(range_input())] =
          learned_range_gradient({g.grads[0], grads[0], g.inputs[0], g.outputs[0], g.outputs[1],
                                  mask, g.inputs[static_cast<std::size_t>(range_input())]},
                                 options);
    }
    return grads;
  }
};

// Ranges that come from the options or from x alone are made here.
Tensor range_for(const Tensor& x, const Perturbation& options, const Tensor& given) {
  if (options.range.kind == ValueRange::Kind::fixed) {
    const std::array<float, 2> ends{-options.range.value, options.range.value};
    return constant({1, 1, 2}, ends);
  }
  if (options.range.kind == ValueRange::Kind::percentile) return block_range(x, options);
  require(
      static_cast<bool>(given),
      fmt::format("perturb: {} needs its range (PerturbInputs::range)",
                  options.estimator == Estimator::lsq ? std::string("lsq") : text(options.range)));
  return given;
}

}  // namespace

std::int64_t blocks_per_row(Group group, std::int64_t cols) {
  return block_shape({1, cols}, group).blocks;
}

Perturbed perturb(const Tensor& x, const Perturbation& perturbation, const PerturbInputs& given) {
  const Perturbation options = perturbation.resolved();
  require(!options.is_identity(), "perturb: nothing to do (32 bits and no sparsity)");
  require(options.timesteps == 1,
          fmt::format("perturb: a train has {} codes; see train_of()", options.timesteps));
  Perturbed result;
  std::vector<Tensor> inputs{x, step_params()};
  if (options.sparsity.kind != Sparsity::Kind::none) {
    result.mask = keep_mask(x, options.sparsity, options.group);
    inputs.push_back(result.mask);
  }
  if (takes_range(options)) inputs.push_back(range_for(x, options, given.range));
  const std::vector<Tensor> outputs =
      apply_all(std::make_shared<const Perturb>(options, given), std::move(inputs));
  result.codes = outputs[0];
  result.factors = outputs[1];
  result.stats = outputs[2];
  return result;
}

Tensor denoise(const Tensor& x, const Perturbation& perturbation, const PerturbInputs& inputs) {
  const Perturbation options = perturbation.resolved();
  if (options.is_identity()) return x;
  if (options.timesteps > 1) return train_of(x, options, inputs).value;
  const Perturbed p = perturb(x, options, inputs);
  return dequantize(p.codes, p.factors, options.group);
}

}  // namespace ridgeback::quant
