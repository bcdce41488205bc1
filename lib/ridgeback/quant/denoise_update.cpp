// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/denoise_update.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/step_params.hpp"
#include "ridgeback/ops/row_launch.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/denoise_operations.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "quant/denoise_update.h"

namespace ridgeback::quant {
namespace {

using ops::OptimizerUpdate;

// The kernel takes the kind as it is.
using Kind = OptimizerUpdate::Kind;
static_assert(static_cast<std::uint32_t>(Kind::sgd) == shaders::UPDATE_SGD &&
              static_cast<std::uint32_t>(Kind::momentum) == shaders::UPDATE_MOMENTUM &&
              static_cast<std::uint32_t>(Kind::adam) == shaders::UPDATE_ADAM);

constexpr std::int64_t run = 16;           // values of a sum of squares
constexpr std::int64_t row_pitch = 32768;  // rows along y (denoise_update.comp)
// Bytes that stand for a state that the optimizer has not, and for sums that nobody asked for.
// Vulkan wants memory behind every binding of a kernel, the untouched ones too; as they are
// declared written, it may be that of no other binding.
constexpr std::int64_t untouched = 16;

std::uint32_t u32(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

std::string_view name_of(Kind kind) {
  constexpr std::string_view names[] = {"sgd", "momentum", "adam"};
  return names[static_cast<std::size_t>(kind)];
}

std::uint32_t coefficients_of(const BlockShape& s, const Group& group) {
  if (group.kind == Group::Kind::tensor) return shaders::COEFFICIENTS_SHARED;
  if (s.blocks == 1) return shaders::COEFFICIENTS_ROWS;
  if (s.block % run == 0) return shaders::COEFFICIENTS_RUNS;
  return s.block % 4 == 0 ? shaders::COEFFICIENTS_QUADS : shaders::COEFFICIENTS_VALUES;
}

// Invocations of a work group: those of a row where there are few.
std::uint32_t local_size(std::int64_t lanes) {
  return u32(std::clamp<std::int64_t>(round_up(lanes, 8), 8, 64));
}

// Runs of an invocation of the variant wide. The step's factors, which each makes for itself, are
// an eighth of the instructions of a run alone; of eight they no longer matter. Few rows are still
// spread.
constexpr std::uint32_t wide_local = 8;
std::int64_t runs_each(std::int64_t rows, std::int64_t runs) {
  constexpr std::int64_t most = 8, fewest_groups = 64;
  const std::int64_t in_row = ceil_div(runs, wide_local);
  return std::clamp<std::int64_t>(rows * in_row / fewest_groups, 1, std::min(most, in_row));
}

}  // namespace

std::string DenoiseUpdate::attributes() const {
  return fmt::format("{} group={} decay={}{}", name_of(update.kind), text(group),
                     update.weight_decay, squares ? " squares" : "");
}

std::vector<TensorSpec> DenoiseUpdate::infer(std::span<const TensorSpec> in) const {
  const auto states = static_cast<std::size_t>(update.states());
  require(in.size() == states + 5, "denoise_update: wrong number of inputs");
  const TensorSpec& values = in[0];
  for (const TensorSpec& spec : in.first(states + 2)) {
    require(spec == values && spec.dtype == DType::f32,
            fmt::format("denoise_update: tensors must be f32 of the parameter's shape {} (got {})",
                        values.shape.text(), spec.text()));
  }
  require(in[states + 2].shape == values.shape,
          fmt::format("denoise_update: codes do not fit (got {} for {})", in[states + 2].text(),
                      values.text()));
  const TensorSpec expected[] = {coefficients_spec(values.shape, group),
                                 {{step_params_words}, DType::u32}};
  for (std::size_t i = 0; i < 2; ++i) {
    const TensorSpec& spec = in[states + 3 + i];
    require(spec == expected[i], fmt::format("denoise_update: wrong {} (got {}, expected {})",
                                             i == 0 ? "coefficients" : "step parameters",
                                             spec.text(), expected[i].text()));
  }
  std::vector<TensorSpec> outputs(states + 1, values);
  const BlockShape s = block_shape(values.shape, group);
  if (squares) outputs.push_back({{s.rows, ceil_div(s.cols, run)}, DType::f32});
  return outputs;
}

std::vector<InPlace> DenoiseUpdate::in_place() const {
  std::vector<InPlace> pairs;
  for (int i = 0; i <= update.states(); ++i) pairs.push_back({i, i});
  return pairs;
}

std::vector<Dispatch> DenoiseUpdate::lower(const LowerContext& c) const {
  const BlockShape s = block_shape(c.in[0].shape, group);
  if (s.count() == 0) return {};
  const int states = update.states();
  const DType type = c.in[static_cast<std::size_t>(states) + 2].dtype;
  const std::uint32_t of = coefficients_of(s, group);
  const bool quads = s.cols % 4 == 0 && of != shaders::COEFFICIENTS_VALUES;
  Dispatch launch = dispatch("denoise_update", c, ops::quad_candidates(c.target, quads));
  const bool wide = launch.variant == "wide";

  const std::int64_t pieces = ceil_div(s.cols, wide ? run : 4);
  const std::int64_t each = wide ? runs_each(s.rows, pieces) : 1;
  const std::uint32_t local = wide ? wide_local : local_size(pieces);
  launch.specialize(local, update.kind, type, of, s.cols % 4 == 0, s.cols % run == 0, update.option,
                    squares);
  launch.specialize(wide ? each : local);
  launch
      .push(shaders::DenoiseUpdateParams{
          u32(s.rows), u32(s.cols), u32(s.block), u32(s.blocks),
          u32(type == DType::f32 ? s.cols : words_per_row(type, s.cols)), update.rate_scale,
          update.weight_decay, update.first, update.second, update.rest_first, update.rest_second,
          update.log_first, update.log_second, update.epsilon})
      .groups(ceil_div(pieces, local * each), std::min(s.rows, row_pitch),
              ceil_div(s.rows, row_pitch));
  for (int i = 1; i <= 4; ++i) launch.read(states + i);

  std::vector<Dispatch> launches;
  for (int i = 0; i <= 2 && wide; ++i) launch.read(i <= states ? i : 0);
  for (int i = 0; i <= 2; ++i) {
    if (i > states) {
      launch.write_scratch(i, untouched);
    } else if (wide) {
      launch.write(i);
    } else {
      // It works where the new values lie. The copies are dropped where that is in place.
      Dispatch copy;
      copy.read(i).write(i).cost(0, 2.0 * static_cast<double>(c.out[0].bytes()));
      launches.push_back(copy);
      launch.update(i);
    }
  }
  squares ? launch.write(states + 1) : launch.write_scratch(3, untouched);
  const auto n = static_cast<double>(s.count());
  const double floats = 4 + 2 * states - 1 + (squares ? 1.0 / static_cast<double>(run) : 0.0);
  launch.cost(24 * n, 4 * floats * n + n * bits_of(type) / 8);
  launches.push_back(std::move(launch));
  return launches;
}

}  // namespace ridgeback::quant
