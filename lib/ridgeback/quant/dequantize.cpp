// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/dequantize.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/row_launch.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/pack_products.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>
#include <quant/dequantize.h>

namespace ridgeback::quant {
namespace {

constexpr std::int64_t columns_per_invocation = 32;

}  // namespace

std::string Dequantize::attributes() const {
  return fmt::format("group={}", text(group));
}

std::vector<TensorSpec> Dequantize::infer(std::span<const TensorSpec> in) const {
  require(is_packed(in[0].dtype) || in[0].dtype == DType::f32,
          fmt::format("dequantize: codes must be packed or f32 (got {})", in[0].text()));
  const BlockShape s = block_shape(in[0].shape, group);
  require(s.at_words() || in[0].dtype == DType::f32,
          fmt::format(
              "dequantize: blocks of {} do not begin at words of packed codes (got {}, expected "
              "f32)",
              s.block, in[0].text()));
  require(in[1].dtype == DType::f32 && in[1].shape.count() == 2 * s.total_blocks(),
          fmt::format("dequantize: wrong factors for {} in groups of {} (got {}, expected "
                      "f32[{}, {}, 2])",
                      in[0].text(), text(group), in[1].text(), s.rows, s.blocks));
  return {{in[0].shape, DType::f32}};
}

std::vector<Dispatch> Dequantize::lower(const LowerContext& c) const {
  const BlockShape s = block_shape(c.in[0].shape, group);
  if (s.count() == 0) return {};
  const DType type = c.in[0].dtype;
  const auto pitch = type == DType::f32 ? s.cols : words_per_row(type, s.cols);
  const auto n = static_cast<double>(s.count());
  return {plain_dispatch("dequantize", c, s.rows * ceil_div(s.cols, columns_per_invocation),
                         ops::quad_candidates(c.target, s.cols % 4 == 0))
              .specialize(type, s.cols % 4 == 0 ? 1 : 0, s.at_words() ? 0 : 1)
              .push(shaders::DequantizeParams{
                  static_cast<std::uint32_t>(s.rows), static_cast<std::uint32_t>(s.cols),
                  static_cast<std::uint32_t>(s.block), static_cast<std::uint32_t>(s.blocks),
                  static_cast<std::uint32_t>(pitch)})
              .read(0)
              .read(1)
              .write(0)
              .cost(2 * n, 4 * n + static_cast<double>(c.in[0].bytes()))};
}

std::vector<Tensor> Dequantize::gradient(const GradientContext& g) const {
  return {g.grads[0], Tensor{}};
}

std::vector<const Pass*> Dequantize::required_passes() const {
  return {&pack_products()};
}

Tensor dequantize(const Tensor& codes, const Tensor& factors, Group group) {
  Dequantize operation;
  operation.group = group;
  return apply(std::move(operation), {codes, factors});
}

}  // namespace ridgeback::quant
