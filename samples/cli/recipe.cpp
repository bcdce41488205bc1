// SPDX-License-Identifier: Apache-2.0
#include "recipe.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/open.hpp"
#include "ridgeback/quant/simulated.hpp"

#include <cstdio>
#include <fmt/core.h>

#include "progress.hpp"

namespace ridgeback::cli {
namespace {

std::optional<quant::Lambda> lambda_of(const SettingValues& values, const std::string& name) {
  if (values.text(name) == "auto") return std::nullopt;
  return quant::lambda_from_text(values.text(name));
}

std::optional<quant::Rounding> rounding_of(const SettingValues& values, const std::string& name) {
  if (values.text(name) == "auto") return std::nullopt;
  return quant::rounding_from_text(values.text(name));
}

std::optional<quant::Backward> backward_of(const SettingValues& values, const std::string& name) {
  if (values.text(name) == "auto") return std::nullopt;
  return quant::backward_from_text(values.text(name));
}

std::optional<quant::Estimator> estimator_of(const SettingValues& values, const std::string& name) {
  if (values.text(name) == "auto") return std::nullopt;
  return quant::estimator_from_text(values.text(name));
}

}  // namespace

quant::Precision precision_of(const SettingValues& values) {
  quant::Precision p;
  p.weights = quant::bits_from_text(values.text("weights"));
  p.activations = quant::bits_from_text(values.text("activations"));
  p.gradients = quant::bits_from_text(values.text("gradients"));
  p.gradient_rounding = quant::rounding_from_text(values.text("gradient-rounding"));
  p.gradient_range = quant::gradient_range_from_text(values.text("gradient-range"));
  p.gradient_momentum = static_cast<float>(values.number("gradient-momentum"));
  p.sparsity = quant::sparsity_from_text(values.text("sparsity"));
  p.sparsity.scope = quant::scope_from_text(values.text("sparsity-scope"));
  p.estimator = quant::estimator_from_text(values.text("estimator"));
  p.backward = quant::backward_from_text(values.text("backward"));
  p.clipped = values.flag("clipped");
  // The library lets the straight-through estimator pass over it, so that comparisons change one
  // option; a user who gives both expects something else.
  require(p.estimator == quant::Estimator::denoise || p.backward == quant::Backward::full,
          fmt::format("--backward: only the estimator denoise has a choice of gradients (got {})",
                      name(p.backward)));
  if (values.text("estimator-shape") != "auto")
    p.shape = static_cast<float>(values.number("estimator-shape"));
  p.weight_estimator = estimator_of(values, "weight-estimator");
  p.activation_estimator = estimator_of(values, "activation-estimator");
  p.range = quant::range_from_text(values.text("range"));
  p.weight_range = quant::range_from_text(values.text("weight-range"));
  p.activation_range = quant::range_from_text(values.text("activation-range"));
  p.codebook = quant::codebook_from_text(values.text("codebook"));
  p.group = quant::group_from_text(values.text("group"));
  p.lambda = lambda_of(values, "lambda");
  p.weight_codebook = quant::codebook_from_text(values.text("weight-codebook"));
  p.activation_codebook = quant::codebook_from_text(values.text("activation-codebook"));
  p.weight_group = quant::group_from_text(values.text("weight-group"));
  p.activation_group = quant::group_from_text(values.text("activation-group"));
  p.weight_lambda = lambda_of(values, "weight-lambda");
  p.activation_lambda = lambda_of(values, "activation-lambda");
  p.rounding = quant::rounding_from_text(values.text("rounding"));
  p.weight_rounding = rounding_of(values, "weight-rounding");
  p.activation_rounding = rounding_of(values, "activation-rounding");
  p.weight_backward = backward_of(values, "weight-backward");
  p.activation_backward = backward_of(values, "activation-backward");
  const bool recurrent = values.text("temporal") == "recurrent";
  if (!recurrent) p.timesteps = static_cast<int>(values.whole("timesteps"));
  require(!recurrent || p.activations != quant::unquantized_bits,
          "--temporal: activations of 32 bits have no codes to emit (give --activations)");
  require(recurrent || values.number("leak") == 1,
          "--leak: only --temporal recurrent has membranes");
  static_cast<void>(p.weight());
  static_cast<void>(p.activation());
  static_cast<void>(p.gradient());
  require(p.gradients == quant::unquantized_bits || !p.is_identity(),
          fmt::format("--gradients: those of quantized layers only, and none is (got {}; give "
                      "--weights or --activations)",
                      p.gradients));
  return p;
}

std::shared_ptr<optim::Optimizer> optimizer_of(const SettingValues& values) {
  std::string text = values.text("optimizer");
  if (values.text("lr") != "auto") {
    require(text.find("rate=") == std::string::npos,
            "--lr: the rate stands in --optimizer already; give one of the two");
    text += (text.find(':') == std::string::npos ? ":rate=" : ",rate=") + values.text("lr");
  }
  return optim::optimizer_from_text(text);
}

train::FitOptions fit_options(const SettingValues& values) {
  train::FitOptions options;
  options.epochs = values.whole("epochs");
  options.steps = values.whole("steps");
  options.evaluation_steps = values.whole("eval-steps");
  options.batch = values.whole("batch");
  options.seed = static_cast<std::uint64_t>(values.whole("seed"));
  options.schedule = values.text("schedule");
  options.clip_norm = values.number("clip");
  const auto given = [&](const char* name) {
    const std::string& text = values.text(name);
    return text == "none" ? std::string() : text;
  };
  options.bits_schedule = given("bits-schedule");
  options.sparsity_schedule = given("sparsity-schedule");
  options.lambda_schedule = given("lambda-schedule");
  options.from = given("from");
  options.diagnose_every = values.whole("diagnose");
  options.augment.shift = static_cast<int>(values.whole("shift"));
  options.augment.flip = values.flag("flip");
  options.simulate = values.flag("simulate");
  options.sparse_path = values.flag("sparse-path");
  options.refresh_every = values.whole("refresh-every");
  require(!options.sparse_path || values.text("sparsity") != "none",
          "--sparse-path: nothing is pruned (give --sparsity)");
  require(options.sparse_path || options.refresh_every == 1,
          "--refresh-every: only the sparse path has steps between (give --sparse-path)");
  options.settings = values.all();
  return options;
}

data::Vocabulary::Kind tokens_of(const SettingValues& values) {
  return values.text("tokens") == "bytes" ? data::Vocabulary::Kind::bytes
                                          : data::Vocabulary::Kind::characters;
}

data::Dataset open_data(const SettingValues& values, bool quiet) {
  data::OpenOptions options;
  options.seed = static_cast<std::uint64_t>(values.whole("data-seed"));
  options.drawn = {.train = values.whole("train-samples"),
                   .test = values.whole("test-samples"),
                   .seed = options.seed};
  options.text = {.context = values.whole("context"), .tokens = tokens_of(values)};
  if (!quiet) options.progress = image_progress();
  return data::open_dataset(values.text("data"), options);
}

std::string describe_operand(const quant::Perturbation& given,
                             const quant::Perturbation& resolved) {
  if (resolved.is_identity()) return "fp32";
  const auto by_default = [](bool automatic) { return automatic ? " (default)" : ""; };
  std::string text = resolved.bits == quant::ternary_bits ? std::string("ternary")
                                                          : fmt::format("{} bit", resolved.bits);
  if (resolved.bits > 1) text += "s";
  text += fmt::format(", {} codes{}", name(resolved.codebook),
                      by_default(given.codebook == quant::Codebook::automatic));
  const auto automatic_group = given.group.kind == quant::Group::Kind::automatic;
  if (resolved.group.kind == quant::Group::Kind::blocks) {
    text += fmt::format(", blocks of {}{}", resolved.group.size, by_default(automatic_group));
  } else {
    text += fmt::format(", one block a {}{}",
                        resolved.group.kind == quant::Group::Kind::tensor ? "tensor" : "row",
                        by_default(automatic_group));
  }
  if (resolved.timesteps > 1) text += fmt::format(", {} time steps", resolved.timesteps);
  if (is_simulated(resolved)) text += ", simulated in fp32";
  const bool sparse = resolved.sparsity.kind != quant::Sparsity::Kind::none;
  if (sparse) {
    text += fmt::format(", zeros {}", quant::text(resolved.sparsity));
    if (resolved.sparsity.kind != quant::Sparsity::Kind::n_of_m) {
      text += fmt::format(" per {}", name(resolved.sparsity.scope));
    }
  }
  if (resolved.rounding == quant::Rounding::stochastic) text += ", rounded stochastically";
  if (resolved.range.kind != quant::ValueRange::Kind::automatic)
    text += fmt::format(", range {}", quant::text(resolved.range));
  if (resolved.estimator == quant::Estimator::straight_through) {
    return text + (resolved.clipped ? ", straight-through, clipped" : ", straight-through");
  }
  if (resolved.estimator != quant::Estimator::denoise) {
    text += fmt::format(", {}", name(resolved.estimator));
    return resolved.shape ? text + fmt::format(" of shape {}", *resolved.shape) : text;
  }
  text += resolved.lambda
              ? fmt::format(", lambda {}", quant::text(*resolved.lambda))
              : fmt::format(", lambda 0.01{} (default)", sparse ? " times the density" : "");
  return text + fmt::format(", denoised with {} backward", name(resolved.backward));
}

std::string describe_gradients(const quant::Precision& p) {
  const quant::GradientCode code = p.gradient();
  if (code.is_identity()) return "fp32";
  std::string text = fmt::format("{} bits, {} rounding, {} range", code.bits, name(code.rounding),
                                 name(code.range));
  if (code.range == quant::GradientRange::hindsight)
    text += fmt::format(" (momentum {})", code.momentum);
  return text;
}

std::string describe_data(const data::Dataset& dataset) {
  if (dataset.is_text()) {
    return fmt::format("{}: {} training and {} test tokens, {} different {}, windows of {}",
                       dataset.name, dataset.train.tokens.size(), dataset.test.tokens.size(),
                       dataset.classes, dataset.tokens, dataset.sample_size());
  }
  std::string shape;
  for (const std::int64_t extent : dataset.sample_shape.extents()) {
    shape += fmt::format("{}{}", shape.empty() ? "" : "x", extent);
  }
  return fmt::format("{}: {} training and {} test samples of {}, {} classes", dataset.name,
                     dataset.train.count(), dataset.test.count(), shape, dataset.classes);
}

void print_precision(const SettingValues& values) {
  const quant::Precision p = precision_of(values);
  const bool gpt = values.text("model") == "gpt";
  if (p.is_identity()) {
    fmt::print(stderr, "precision    fp32 (default; --weights and --activations change it)\n");
    return;
  }
  const quant::Codebook weight_codebook =
      p.weight_codebook != quant::Codebook::automatic ? p.weight_codebook : p.codebook;
  const quant::Codebook activation_codebook =
      p.activation_codebook != quant::Codebook::automatic ? p.activation_codebook : p.codebook;
  const auto group = [&](quant::Group own) {
    return own.kind == quant::Group::Kind::automatic ? p.group : own;
  };
  const quant::Perturbation weights{.codebook = weight_codebook, .group = group(p.weight_group)};
  const quant::Perturbation activations{.codebook = activation_codebook,
                                        .group = group(p.activation_group)};
  fmt::print(stderr, "weights      {}\n", describe_operand(weights, p.weight()));
  fmt::print(stderr, "activations  {}\n", describe_operand(activations, p.activation()));
  if (values.text("input-group") != "auto")
    fmt::print(stderr, "input        scales of its own, group {}\n", values.text("input-group"));
  fmt::print(stderr, "gradients    {}\n", describe_gradients(p));
  fmt::print(stderr, "quantized    {}\n",
             quantizes_all(values)
                 ? (gpt ? "every linear layer and the token embedding" : "every linear layer")
             : gpt ? "the linear layers within the blocks"
                   : "all linear layers but the first and the last");
}

}  // namespace ridgeback::cli
