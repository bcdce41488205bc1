// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/code_gradient.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/fill_launch.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/quant/block_shape.hpp"

#include <fmt/core.h>

#include "quant/code_gradient.h"

namespace ridgeback::quant {
namespace {

constexpr std::int64_t values_in_turn = 4;  // of a lane, more than those that teams are laid for

std::vector<Dispatch> zeros(const LowerContext& c) {
  std::vector<Dispatch> launches;
  for (int output = 1; output < 4; ++output) {
    if (c.out[static_cast<std::size_t>(output)].shape.count() > 0)
      launches.push_back(ops::fill_launch(c, output));
  }
  return launches;
}

}  // namespace

std::string CodeGradient::attributes() const {
  return fmt::format("{} {} stream={}{}", along == Along::rows ? "rows" : "columns", text(code),
                     stream, scaled ? " scaled" : "");
}

std::vector<TensorSpec> CodeGradient::infer(std::span<const TensorSpec> in) const {
  code.check();
  require(!code.is_identity(), "code_gradient: nothing to do (32 bits)");
  require(in[0].dtype == DType::f32 && in[0].shape.rank() >= 1,
          fmt::format("code_gradient: g must be f32 and have an axis (got {})", in[0].text()));
  const auto [rows, cols] = as_matrix(in[0].shape);
  const std::int64_t blocks = along == Along::rows ? rows : cols;
  const std::int64_t length = along == Along::rows ? cols : rows;
  if (scaled) {
    require(in[2].dtype == DType::f32 && in[2].shape.count() == 2 * length,
            fmt::format("code_gradient: wrong factors for {} (got {}, expected {} pairs of f32)",
                        in[0].text(), in[2].text(), length));
  }
  if (hindsight()) {
    const TensorSpec expected{Shape{along == Along::rows ? 1 : cols}, DType::f32};
    require(in.back() == expected, fmt::format("code_gradient: wrong range (got {}, expected {})",
                                               in.back().text(), expected.text()));
  }
  return {{Shape{blocks, length}, container_for(code.bits)},
          {Shape{blocks, length == 0 ? 0 : 1, 2}, DType::f32},
          {Shape{blocks}, DType::f32},
          {Shape{blocks}, DType::f32}};
}

std::vector<Dispatch> CodeGradient::lower(const LowerContext& c) const {
  const auto [rows, cols] = as_matrix(c.in[0].shape);
  if (c.out[2].shape.count() == 0) return {};
  if (rows * cols == 0) return zeros(c);
  const bool by_rows = along == Along::rows;
  const DType type = c.out[0].dtype;
  const BlockShape shape{rows, cols, cols, 1};
  Dispatch launch = dispatch(by_rows ? "code_gradient_rows" : "code_gradient_columns", c,
                             team_candidates(c.target, shape, false));
  lay_out_teams(launch, c.target, by_rows ? rows : ceil_div(cols, 4),
                ceil_div(by_rows ? cols : rows, values_in_turn));
  const int top = (1 << (code.bits - 1)) - 1;
  const auto pitch = static_cast<std::uint32_t>(words_per_row(type, by_rows ? cols : rows));
  launch.specialize(type, top, code.rounding, scaled ? 1 : 0, hindsight() ? 1 : 0,
                    shape.aligned() ? 1 : 0);
  const auto r = static_cast<std::uint32_t>(rows), n = static_cast<std::uint32_t>(cols);
  launch.push(shaders::CodeGradientParams{r, n, pitch, stream, code.momentum});
  const auto count = static_cast<double>(rows * cols);
  return {launch.read(0)
              .read(1)
              .read(scaled ? 2 : 0)
              .read(hindsight() ? static_cast<int>(c.in.size()) - 1 : 0)
              .write(0)
              .write(1)
              .write(2)
              .write(3)
              .cost(8 * count, 4 * count + static_cast<double>(c.out[0].bytes()))};
}

CodedGradient code_gradient(const Tensor& g, Along along, const Tensor& factors,
                            const GradientCode& code, std::uint32_t stream, const Tensor& range) {
  CodeGradient operation;
  operation.along = along;
  operation.code = code;
  // What has no influence is equal in equal operations.
  operation.stream = code.rounding == Rounding::stochastic ? stream : 0;
  operation.scaled = static_cast<bool>(factors);
  std::vector<Tensor> inputs{g, step_params()};
  if (factors) inputs.push_back(factors);
  const bool hindsight = code.range == GradientRange::hindsight;
  require(hindsight == static_cast<bool>(range),
          "code_gradient: a range is given for codes in hindsight, and only then");
  if (range) inputs.push_back(range);
  const std::vector<Tensor> out =
      apply_all(std::make_shared<const CodeGradient>(operation), std::move(inputs));
  CodedGradient coded{out[0], out[1], out[2], out[3]};
  // Each row made of the common range and its own largest value what the tensor makes of the
  // largest of all.
  if (hindsight && along == Along::rows)
    coded.range = out[3].shape().count() > 0 ? max(out[3], 0, true) : range;
  return coded;
}

}  // namespace ridgeback::quant
