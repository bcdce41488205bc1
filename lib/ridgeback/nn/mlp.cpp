// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/mlp.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/activation.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/norm.hpp"
#include "ridgeback/nn/temporal.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {
namespace {

std::shared_ptr<const Module> norm_layer(const std::string& norm, std::int64_t width) {
  if (norm == "batch") return std::make_shared<const BatchNorm>(width);
  if (norm == "layer") return std::make_shared<const LayerNorm>(width);
  if (norm == "rms") return std::make_shared<const RmsNorm>(width);
  require(norm == "none",
          fmt::format("mlp: unknown norm '{}' (expected none, batch, layer or rms)", norm));
  return nullptr;
}

}  // namespace

Sequential mlp(const MlpOptions& options) {
  Sequential net;
  std::vector<std::int64_t> widths{options.inputs};
  widths.insert(widths.end(), options.hidden.begin(), options.hidden.end());
  widths.push_back(options.outputs);
  const std::size_t layers = widths.size() - 1;
  const bool recurrent = options.recurrent_steps > 0;
  if (recurrent) net.append(std::make_shared<const Repeat>(options.recurrent_steps));
  for (std::size_t i = 0; i < layers; ++i) {
    const bool outer = i == 0 || i + 1 == layers;
    const bool quantized = options.quantize_all || !outer;
    quant::Precision precision = quantized ? options.precision : quant::Precision{};
    if (i == 0 && options.input_group.kind != quant::Group::Kind::automatic) {
      require(precision.activations != quant::unquantized_bits,
              "mlp: the first layer's input has no codes that could share a scale (quantize it, or "
              "leave its group automatic)");
      precision.activation_group = options.input_group;
    }
    if (recurrent && quantized) {
      net.append(std::make_shared<const Leaky>(options.recurrent_steps, options.leak,
                                               precision.activation()));
      precision.activations = quant::unquantized_bits;
    }
    net.append(std::make_shared<const Linear>(widths[i], widths[i + 1], precision));
    if (i + 1 == layers) break;
    if (auto norm = norm_layer(options.norm, widths[i + 1])) net.append(std::move(norm));
    net.append(std::make_shared<const Activation>(options.activation));
    if (options.dropout > 0) net.append(std::make_shared<const Dropout>(options.dropout));
  }
  if (recurrent) net.append(std::make_shared<const MeanOverSteps>(options.recurrent_steps));
  return net;
}

}  // namespace ridgeback::nn
