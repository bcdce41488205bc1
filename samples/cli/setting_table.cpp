// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/data/dataset.hpp"
#include "ridgeback/nn/activation.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/optim/schedule.hpp"
#include "ridgeback/quant/perturbation.hpp"
#include "ridgeback/quant/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include "settings.hpp"

namespace ridgeback::cli {
namespace {

using Canonical = std::function<std::string(const std::string&)>;

template <class Number>
Number read_number(const std::string& text, const std::string& expected) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  require(!text.empty() && error == std::errc{} && end == text.data() + text.size(),
          fmt::format("got '{}', expected {}", text, expected));
  return number;
}

Canonical whole(std::int64_t lowest, std::int64_t highest) {
  return [=](const std::string& text) {
    const std::string expected = fmt::format("a whole number from {} to {}", lowest, highest);
    const auto number = read_number<std::int64_t>(text, expected);
    require(number >= lowest && number <= highest,
            fmt::format("got {}, expected {}", number, expected));
    return fmt::format("{}", number);
  };
}

// Numbers in [lowest, highest], or in (lowest, highest] where `open`.
Canonical real(double lowest, double highest, bool open = false) {
  return [=](const std::string& text) {
    const std::string expected =
        fmt::format("a number {} {} and at most {}", open ? "above" : "from", lowest, highest);
    const auto number = read_number<double>(text, expected);
    require(
        std::isfinite(number) && (open ? number > lowest : number >= lowest) && number <= highest,
        fmt::format("got {}, expected {}", text, expected));
    return fmt::format("{}", number);
  };
}

Canonical or_auto(const Canonical& canonical) {
  return [=](const std::string& text) { return text == "auto" ? text : canonical(text); };
}

Canonical one_of(const std::vector<std::string>& names) {
  return [=](const std::string& text) {
    require(std::find(names.begin(), names.end(), text) != names.end(),
            fmt::format("got '{}', expected {}", text, fmt::join(names, ", ")));
    return text;
  };
}

std::string canonical_bits(const std::string& text) {
  return quant::bits_text(quant::bits_from_text(text));
}
std::string canonical_gradient_bits(const std::string& text) {
  const int bits = quant::bits_from_text(text);
  require((bits >= 2 && bits <= 8) || bits == quant::unquantized_bits,
          fmt::format("got '{}', expected 2 to 8 or 32", text));
  return quant::bits_text(bits);
}
std::string canonical_attention_bits(const std::string& text) {
  const int bits = quant::bits_from_text(text);
  require(bits != quant::ternary_bits, fmt::format("got '{}', expected 1 to 8 or 32", text));
  return quant::bits_text(bits);
}
// The way in which the library writes what `Read` makes of a text.
template <auto Read>
std::string rewritten(const std::string& text) {
  const auto value = Read(text);
  if constexpr (requires { name(value); }) {
    return std::string(name(value));
  } else {
    return quant::text(value);
  }
}
// What the library reads, as it is written.
template <auto Read>
std::string unchanged(const std::string& text) {
  static_cast<void>(Read(text));
  return text;
}

// "512,512", or "none" for a single layer.
std::string canonical_hidden(const std::string& text) {
  if (text == "none") return text;
  const auto width = whole(1, 1 << 20);
  std::string result;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    result += (result.empty() ? "" : ",") + width(text.substr(start, comma - start));
    start = comma + 1;
  }
  return result;
}

// Files are recorded with their full path: a run may be resumed from another folder.
std::string canonical_data(const std::string& text) {
  require(!text.empty(), "got '', expected 'drawn', a folder or a file");
  if (text == "drawn") return text;
  return std::filesystem::absolute(text).lexically_normal().string();
}

std::string canonical_bits_schedule(const std::string& text) {
  return quant::bits_schedule_from_text(text).text();
}
// Its defaults depend on what it is a schedule of: it stays as it is written.
std::string canonical_ramp(const std::string& text) {
  static_cast<void>(quant::ramp_from_text(text, {}));
  return text;
}
Canonical or_none(const Canonical& canonical) {
  return [=](const std::string& text) { return text == "none" ? text : canonical(text); };
}

std::string canonical_from(const std::string& text) {
  require(!text.empty(), "got '', expected 'none', a run folder or a checkpoint");
  if (text == "none") return text;
  return std::filesystem::absolute(text).lexically_normal().string();
}

std::vector<Setting> model_settings() {
  const char* group = "Model";
  return {
      {"model", "mlp", "NAME", group,
       "Architecture: mlp (hidden layers of linear, norm, nonlinearity, and a linear one), or gpt "
       "(a transformer that predicts the next token of a text)",
       one_of({"mlp", "gpt"})},
      {"hidden", "512,512", "N,N,...", group,
       "mlp: widths of the hidden layers, or none (1 to 1048576)", canonical_hidden},
      {"norm", "auto", "NAME", group,
       "After each hidden layer: none, batch, layer or rms; gpt takes layer or rms. auto: batch, "
       "for gpt layer",
       one_of({"auto", "none", "batch", "layer", "rms"})},
      {"nonlinearity", "auto", "NAME", group,
       fmt::format("Activation function: {}. auto: relu, for gpt gelu",
                   fmt::join(nn::Activation::names(), ", ")),
       or_auto(one_of(nn::Activation::names()))},
      {"dropout", "0", "P", group, "Share of activations dropped in training (0 to 0.95)",
       real(0, 0.95)},
  };
}

std::vector<Setting> gpt_settings() {
  const char* group = "Model gpt";
  return {
      {"layers", "2", "N", group, "Transformer blocks (1 to 1000)", whole(1, 1000)},
      {"width", "128", "N", group,
       "Values of a token; the hidden layer of each block has four times as many (1 to 65536)",
       whole(1, 65536)},
      {"heads", "4", "N", group, "Attention heads, which divide the width (1 to 65536)",
       whole(1, 65536)},
      {"context", "64", "N", group, "Tokens of a window: what a prediction sees (1 to 65536)",
       whole(1, data::max_context)},
      {"tokens", "characters", "KIND", group,
       "What a text is cut into: characters (of UTF-8; the model file holds those of the training "
       "and test text) or bytes (any file)",
       one_of({"characters", "bytes"})},
      {"tie", "", "", group, "The token embedding is the output head too", {}},
      {"attention-bits", "32", "B", group,
       "Bits of all four operands of the attention's products: 1 to 8 or 32. Queries by keys is a "
       "product of packed codes; probabilities by values and all but one of the gradients are "
       "products of dense values with packed codes",
       canonical_attention_bits},
  };
}

std::vector<Setting> data_settings() {
  const char* group = "Data";
  return {
      {"data", "drawn", "drawn|DIR|FILE", group,
       "drawn (digits drawn by program, no file needed); a folder of IDX files as MNIST's, plain "
       "or .gz; DIR/PREFIX for one of several sets in a folder; a folder of images, one folder "
       "a class (PNG, JPEG); for gpt a text file or a folder of *.txt, of which the last tenth is "
       "the test split unless there are train.txt and val.txt, valid.txt, validation.txt or "
       "test.txt, which are the splits then",
       canonical_data},
      {"train-samples", "20000", "N", group, "Training samples of drawn (1 to 10000000)",
       whole(1, 10'000'000)},
      {"test-samples", "2000", "N", group, "Test samples of drawn (1 to 10000000)",
       whole(1, 10'000'000)},
      {"data-seed", "1", "N", group,
       "Which digits are drawn; which images of a folder without "
       "test/ are its test split",
       whole(0, INT64_MAX)},
      {"shift", "0", "N", group, "Training images are moved by up to N pixels (0 to 64)",
       whole(0, 64)},
      {"flip", "", "", group, "Training images are mirrored left-right half of the time", {}},
  };
}

std::vector<Setting> precision_settings() {
  const char* group = "Precision";
  return {
      {"weights", "32", "B", group, "Bits of weights: 1 to 8, t (ternary) or 32 (fp32)",
       canonical_bits},
      {"activations", "32", "B", group,
       "Bits of each quantized layer's input: 1 to 8, t (ternary) or 32 (fp32)", canonical_bits},
      {"gradients", "32", "B", group,
       "Bits of the output gradients dY of quantized layers: 2 to 8 or 32 (fp32). Operands coded "
       "in "
       "whole rows (--group channel) make dX = dY W and dW = dY^T X integer products; with blocks, "
       "an operand in fp32 or --sparse-path, the quantized dY is multiplied in f32",
       canonical_gradient_bits},
      {"gradient-rounding", "stochastic", "NAME", group,
       "Rounding of --gradients: stochastic (unbiased, drawn anew each step) or nearest",
       one_of({"stochastic", "nearest"})},
      {"gradient-range", "dynamic", "NAME", group,
       "Range of --gradients: dynamic (largest magnitude of the block, read before it is coded) or "
       "hindsight (of earlier steps, kept in the model: one per tensor for dX, one per output "
       "channel for dW; larger values are clipped)",
       one_of({"dynamic", "hindsight"})},
      {"gradient-momentum", "0.9", "X", group,
       "Of the range in hindsight: X of the last range and 1 - X of the step's own (0 to 0.999)",
       real(0, 0.999)},
      {"timesteps", "1", "T", group,
       "Each quantized layer's input as a train of T codes (1 to 64): precision bought with time",
       whole(1, quant::most_timesteps)},
      {"temporal", "residual", "FORM", group,
       "With --timesteps. residual: each code is of what those before it leave, their values add "
       "up; "
       "recurrent: the network runs over T steps, what a code leaves stays in the membrane of its "
       "unit, the result is the mean over the steps",
       one_of({"residual", "recurrent"})},
      {"leak", "1", "X", group,
       "--temporal recurrent: share of a membrane that is left at the next step (0 to 1)",
       real(0, 1)},
      {"quantize", "auto", "WHICH", group,
       "all layers, or inner: all but the first and the last; of gpt those are token embedding and "
       "output head. auto: all, for gpt inner",
       one_of({"auto", "all", "inner"})},
      {"sparsity", "none", "F|N:M|RxC:F", group,
       "Zeros among weights: a fraction F in [0, 1); N:M keeps N of each M (M to 32); RxC:F prunes "
       "a "
       "fraction F of whole blocks of R outputs by C inputs, as 4x4:0.9 or 1x32:0.9",
       rewritten<quant::sparsity_from_text>},
      {"sparsity-scope", "channel", "SCOPE", group,
       "Where a fraction is counted: channel (each output's weights; each row of pruned blocks), "
       "tensor or block",
       rewritten<quant::scope_from_text>},
      {"sparse-path",
       "",
       "",
       group,
       "Layers with --sparsity skip pruned weights in their products, unless they keep more than "
       "15 % (blocks of 4x4 and more: 30 %) or have affine codes (--weight-codebook minmax), to "
       "which a pruned weight is not zero: those are trained densely. Computes in fp32 on the "
       "weights' denoised values",
       {}},
      {"refresh-every", "1", "N", group,
       "With --sparse-path: every Nth step gives all weights their gradient and chooses anew which "
       "are kept; between those only kept weights are trained, which costs what they cost. 1 "
       "computes what the dense path does (1 to 1000000)",
       whole(1, 1'000'000)},
      {"estimator", "denoise", "NAME", group,
       "denoise (ridge regression, the method), ste (straight-through), lsq (learned step size), "
       "cge_cosine, cge_tanh, cge_piecewise (custom gradients of weights, beside straight-through "
       "activations) or pokebnn (1 bit; --range fixed:B bounds activations, 3 by default; signs of "
       "what --nonlinearity leaves, so not after relu)",
       rewritten<quant::estimator_from_text>},
      {"estimator-shape", "auto", "X", group,
       "Of cge_cosine and cge_piecewise the amplitude (0 to 1, 0.8), of cge_tanh the steepness (6)",
       or_auto(real(0, 30))},
      {"backward", "full", "MODE", group,
       "Gradient of denoise: full, live (through the scale too) or straight (the control)",
       rewritten<quant::backward_from_text>},
      {"clipped", "", "", group, "ste only: no gradient where the code is clipped", {}},
      {"codebook", "auto", "NAME", group,
       "auto, minmax (1 to 8 bits), sign_mean (1 bit), absmax, meanabs (2 to 8), power_of_two (2 "
       "to "
       "8; from 5 on simulated in fp32), sign_linear (1 bit), ternary or none. auto: minmax; for "
       "sparse weights sign_linear or absmax",
       rewritten<quant::codebook_from_text>},
      {"range", "auto", "R", group,
       "What codes span: minmax, absmax or meanabs of each block; percentile:P of each block; "
       "running:M (moving average over steps, M of the old kept); hindsight (last step's extremes; "
       "hindsight:M of their average) or fixed:B. What lies outside is clipped. Evaluation uses "
       "the "
       "range that training left. auto: the codebook's",
       rewritten<quant::range_from_text>},
      {"group", "auto", "G", group,
       "Values that share a scale: channel or token (a row), a block length (a multiple of 32; "
       "others are simulated in fp32), or tensor (weights "
       "only). "
       "auto: 64; channel for sparse weights of 1 bit",
       rewritten<quant::group_from_text>},
      {"lambda", "auto", "L", group,
       "Ridge strength: in code units, or 0.01r for 0.01 times the block's mean square of codes "
       "about their mean. auto: 0.01, times the density of sparse weights",
       or_auto(rewritten<quant::lambda_from_text>)},
      {"rounding", "nearest", "NAME", group,
       "Of codes while training: nearest, or stochastic (unbiased; drawn from --seed and the step)",
       rewritten<quant::rounding_from_text>},
      {"simulate", "", "", group, "fp32 reference path in place of products on packed codes", {}},
  };
}

std::vector<Setting> operand_settings() {
  const char* group = "Precision of one operand (default: what holds for both)";
  std::vector<Setting> result;
  for (const std::string operand : {"weight", "activation"}) {
    result.push_back({operand + "-codebook", "auto", "NAME", group,
                      "--codebook of the " + operand + "s", rewritten<quant::codebook_from_text>});
    result.push_back({operand + "-group", "auto", "G", group, "--group of the " + operand + "s",
                      rewritten<quant::group_from_text>});
    result.push_back({operand + "-lambda", "auto", "L", group, "--lambda of the " + operand + "s",
                      or_auto(rewritten<quant::lambda_from_text>)});
    result.push_back({operand + "-range", "auto", "R", group, "--range of the " + operand + "s",
                      rewritten<quant::range_from_text>});
    result.push_back({operand + "-estimator", "auto", "NAME", group,
                      "--estimator of the " + operand + "s",
                      or_auto(rewritten<quant::estimator_from_text>)});
    result.push_back({operand + "-rounding", "auto", "NAME", group,
                      "--rounding of the " + operand + "s",
                      or_auto(rewritten<quant::rounding_from_text>)});
    result.push_back({operand + "-backward", "auto", "MODE", group,
                      "--backward of the " + operand + "s",
                      or_auto(rewritten<quant::backward_from_text>)});
  }
  result.push_back({"input-group", "auto", "G", group,
                    "mlp: --activation-group of the network's input alone, which no norm has made "
                    "alike: channel is one block a sample",
                    rewritten<quant::group_from_text>});
  return result;
}

std::vector<Setting> recipe_settings() {
  const char* group = "Recipe";
  return {
      {"epochs", "5", "N", group, "Passes over the training samples (1 to 1000000)",
       whole(1, 1'000'000)},
      {"steps", "0", "N", group, "In place of --epochs: this many steps (0: use --epochs)",
       whole(0, 1'000'000'000)},
      {"eval-steps", "0", "N", group, "Evaluate every N steps too (0: at the end of epochs only)",
       whole(0, 1'000'000'000)},
      {"batch", "128", "N", group,
       "Samples a step; for gpt windows of --context tokens (1 to 65536)", whole(1, 65536)},
      {"lr", "auto", "X", group,
       "Learning rate (above 0, to 1000). auto: the optimizer's own, 0.001 for adam",
       or_auto(real(0, 1000, true))},
      {"schedule", "cosine", "NAME", group,
       fmt::format("Learning rate over the run: {}; settings as cosine:warmup=100,floor=0.01",
                   fmt::join(optim::schedule_names(), ", ")),
       unchanged<optim::schedule_from_text>},
      {"optimizer", "adam", "NAME", group,
       fmt::format("{}; settings as sgd:momentum=0.9,nesterov=1",
                   fmt::join(optim::optimizer_names(), ", ")),
       unchanged<optim::optimizer_from_text>},
      {"clip", "0", "X", group, "Gradients are scaled down to this global norm (0: never)",
       real(0, 1e30)},
      {"seed", "1", "N", group, "First values, order of samples, dropout (from 0)",
       whole(0, INT64_MAX)},
      {"bits-schedule", "none", "STEP:B,...", group,
       "Quantized operands have at least B bits from STEP steps (or epochs, as 2e) on, such as "
       "0:8,1000:4,3e:1. Must come down to the model's bits",
       or_none(canonical_bits_schedule)},
      {"sparsity-schedule", "none", "RAMP", group,
       "Gradual pruning to --sparsity F: cubic:from=0,start=100,end=2000, or linear or cosine; in "
       "16 "
       "stages, of which each has an executable of its own (stages=N for another number)",
       or_none(canonical_ramp)},
      {"lambda-schedule", "none", "RAMP", group,
       "A factor on every lambda that goes to 1, such as linear:from=10,end=1000; evaluations "
       "use 1",
       or_none(canonical_ramp)},
      {"from", "none", "RUN|FILE", group,
       "First values of all parameters and running statistics from another run's newest checkpoint "
       "or a checkpoint file, such as of fp32 training; the models must differ in precision alone. "
       "The optimizer, ranges of former steps and learned steps start anew",
       canonical_from},
      {"diagnose", "0", "N", group,
       "Diagnose steps 1, N + 1, 2 N + 1...: signal to noise, rho, codes that changed, dead blocks "
       "and saturation of each operand; norm of each gradient and its cosine to the fp32 one. To "
       "metrics.jsonl and diagnostics.svg; such a step takes about four times as long (0: never)",
       whole(0, 1'000'000'000)},
      {"deterministic",
       "",
       "",
       group,
       "Choose kernels by fixed rules, whatever the tuner remembers. One device and driver always "
       "gives the same bytes for the same kernels; with this the kernels are the same too",
       {}},
  };
}

}  // namespace

const std::vector<Setting>& setting_table() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> all;
    for (const auto& part : {model_settings(), gpt_settings(), data_settings(),
                             precision_settings(), operand_settings(), recipe_settings()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return table;
}

}  // namespace ridgeback::cli
