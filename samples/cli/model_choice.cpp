// SPDX-License-Identifier: Apache-2.0
// Settings as models.
#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/gpt.hpp"
#include "ridgeback/nn/mlp.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "recipe.hpp"

namespace ridgeback::cli {
namespace {

std::vector<std::int64_t> hidden_of(const std::string& text) {
  std::vector<std::int64_t> widths;
  if (text == "none") return widths;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    widths.push_back(std::stoll(text.substr(start, comma - start)));
    start = comma + 1;
  }
  return widths;
}

std::string or_default(const SettingValues& values, const std::string& name,
                       const std::string& otherwise) {
  return values.text(name) == "auto" ? otherwise : values.text(name);
}

// Options of another model are refused rather than passed over.
void require_default(const SettingValues& values, std::initializer_list<const char*> names) {
  for (const Setting& setting : setting_table()) {
    for (const char* name : names) {
      if (setting.name != name) continue;
      const std::string fallback = setting.type.empty() ? "0" : setting.fallback;
      require(values.text(name) == fallback,
              fmt::format("--{}: the model {} has no such option", name, values.text("model")));
    }
  }
}

std::string describe(const nn::MlpOptions& options) {
  std::string text = fmt::format("mlp {}", options.inputs);
  for (const std::int64_t width : options.hidden) text += fmt::format("-{}", width);
  text += fmt::format("-{}", options.outputs);
  if (options.hidden.empty()) return text;
  text += options.norm == "none" ? ", no norm" : fmt::format(", {} norm", options.norm);
  text += ", " + options.activation;
  if (options.dropout > 0) text += fmt::format(", dropout {}", options.dropout);
  if (options.recurrent_steps > 0) {
    text += fmt::format(", recurrent over {} time steps with leak {}", options.recurrent_steps,
                        options.leak);
  }
  return text;
}

std::string describe(const nn::GptOptions& o) {
  std::string text =
      fmt::format("gpt of {} layers, width {}, {} heads, context {}, {} tokens, {} norm, {}",
                  o.layers, o.width, o.heads, o.context, o.vocabulary, o.norm, o.activation);
  if (o.tie) text += ", tied head";
  if (o.dropout > 0) text += fmt::format(", dropout {}", o.dropout);
  if (o.attention.activations != quant::unquantized_bits)
    text += fmt::format(", attention products of {} bits", o.attention.activations);
  return text;
}

ModelChoice mlp_of(const SettingValues& values, std::int64_t inputs, std::int64_t outputs) {
  require_default(values,
                  {"layers", "width", "heads", "context", "tokens", "tie", "attention-bits"});
  nn::MlpOptions options;
  options.inputs = inputs;
  options.hidden = hidden_of(values.text("hidden"));
  options.outputs = outputs;
  options.norm = or_default(values, "norm", "batch");
  options.activation = or_default(values, "nonlinearity", "relu");
  options.precision = precision_of(values);
  options.input_group = quant::group_from_text(values.text("input-group"));
  options.quantize_all = quantizes_all(values);
  require(options.input_group.kind == quant::Group::Kind::automatic ||
              (options.quantize_all && options.precision.activations != quant::unquantized_bits),
          fmt::format("--input-group: the network's input has no codes (got {}; give --activations "
                      "and quantize all layers)",
                      values.text("input-group")));
  if (values.text("temporal") == "recurrent")
    options.recurrent_steps = static_cast<int>(values.whole("timesteps"));
  options.leak = static_cast<float>(values.number("leak"));
  options.dropout = static_cast<float>(values.number("dropout"));
  return {std::make_shared<const nn::Sequential>(nn::mlp(options)), train::SampleSpec(inputs),
          describe(options)};
}

ModelChoice gpt_of(const SettingValues& values, std::int64_t vocabulary) {
  require_default(values, {"hidden", "temporal", "leak", "input-group"});
  nn::GptOptions options;
  options.vocabulary = vocabulary;
  options.context = values.whole("context");
  options.width = values.whole("width");
  options.layers = values.whole("layers");
  options.heads = values.whole("heads");
  options.norm = or_default(values, "norm", "layer");
  options.activation = or_default(values, "nonlinearity", "gelu");
  options.dropout = static_cast<float>(values.number("dropout"));
  options.tie = values.flag("tie");
  options.precision = precision_of(values);
  options.quantize_all = quantizes_all(values);
  options.attention = options.precision;
  options.attention.activations = quant::bits_from_text(values.text("attention-bits"));
  return {std::make_shared<const nn::Gpt>(nn::gpt(options)),
          train::SampleSpec(options.context, true), describe(options)};
}

}  // namespace

bool quantizes_all(const SettingValues& values) {
  return or_default(values, "quantize", values.text("model") == "gpt" ? "inner" : "all") == "all";
}

ModelChoice model_of(const SettingValues& values, std::int64_t inputs, std::int64_t outputs) {
  return values.text("model") == "gpt" ? gpt_of(values, outputs) : mlp_of(values, inputs, outputs);
}

ModelChoice model_of(const SettingValues& values, const data::Dataset& dataset) {
  const bool gpt = values.text("model") == "gpt";
  require(gpt == dataset.is_text(),
          gpt ? fmt::format("--data: the model gpt needs text (got {}, expected a text file or a "
                            "folder of *.txt)",
                            values.text("data"))
              : fmt::format("--model: {} takes images, and {} is text (expected gpt)",
                            values.text("model"), values.text("data")));
  return model_of(values, dataset.sample_size(), dataset.classes);
}

}  // namespace ridgeback::cli
