// SPDX-License-Identifier: Apache-2.0
// The grid. Targets are those of the method's prototype, on MNIST and Shakespeare.
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>

#include "study.hpp"

namespace robust {
namespace {

const Options one_bit{{"weights", "1"}, {"activations", "1"}};
const Options whole_rows{{"codebook", "sign_mean"}, {"group", "channel"}};
const Options no_norm{{"norm", "none"}};

const Arm denoise{"denoise", {}};
const Arm live{"live scale", {{"backward", "live"}}};
const Arm control{"control", {{"backward", "straight"}}};
const Arm straight_through{"ste", {{"estimator", "ste"}}};

const std::vector<Arm> three_arms{denoise, control, straight_through};
const std::vector<Arm> four_arms{denoise, live, control, straight_through};

Options bits(const char* weights, const char* activations) {
  return {{"weights", weights}, {"activations", activations}};
}

Options operator+(const Options& left, const Options& right) {
  return merged(left, right);
}

Study precision() {
  Study study{"precision",
              "Precision: one argument changes, the recipe stays",
              "The same network and recipe at any number of bits. *denoise* is the method, "
              "*control* its forward pass with the straight gradient, *ste* the straight-through "
              "estimator on the same codes.",
              {},
              three_arms,
              {}};
  study.pareto = true;
  const Options rows{{"codebook", "minmax"}, {"group", "channel"}};
  study.rows = {
      {"fp32, batch norm", {}, 5, {}, "", ">= 98.2", true, true},
      {"fp32, no norm", no_norm, 5, {}, "", ">= 98.2", false, true},
      {"8-bit, rows, no norm", bits("8", "8") + rows + no_norm, 5, {}, "", ">= 98.1"},
      {"4-bit, rows, no norm", bits("4", "4") + rows + no_norm, 5, {}, "", ">= 98.1"},
      {"3-bit, rows, batch norm", bits("3", "3") + rows, 2},
      {"2-bit, rows, batch norm", bits("2", "2") + rows, 2, {}, "", ">= 97.7", true},
      {"ternary, rows, batch norm",
       bits("t", "t") + Options{{"codebook", "ternary"}, {"group", "channel"}}, 2},
      {"1-bit weights, 4-bit activations, blocks of 64", bits("1", "4"), 2},
      {"1-bit weights, 8-bit activations, blocks of 64", bits("1", "8"), 2},
      {"1-bit, blocks of 64, batch norm, 5 epochs", one_bit, 5, {}, "", ">= 97.4", true},
      {"1-bit, blocks of 64, batch norm, 2 epochs", one_bit, 2},
      {"1-bit, rows, batch norm", one_bit + whole_rows, 5},
      {"1-bit, rows, no norm",
       one_bit + whole_rows + no_norm,
       5,
       {},
       "",
       ">= 96.6, >= ste + 0.8",
       true},
      {"1-bit, blocks of 64, no norm", one_bit + no_norm, 2},
  };
  return study;
}

Study learning_rate() {
  Study study{"learning-rate",
              "Robustness to the learning rate",
              "1-bit weights and activations at learning rates over three decades, constant "
              "schedule, 2 epochs. A method that needs no tuning is flat.",
              one_bit + Options{{"schedule", "constant"}},
              four_arms,
              {},
              Measure::accuracy,
              "learning rate",
              true};
  struct Kind {
    const char* panel;
    Options options;
  };
  const std::array<Kind, 3> kinds{{{"rows, no norm", whole_rows + no_norm},
                                   {"rows, batch norm", whole_rows},
                                   {"blocks of 64, batch norm", {}}}};
  for (const Kind& kind : kinds) {
    for (const double rate : {1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1}) {
      Row row{fmt::format("{}, {:g}", kind.panel, rate),
              kind.options + Options{{"lr", fmt::format("{:g}", rate)}}, 2, rate, kind.panel};
      const bool batch_norm = kind.options == whole_rows;
      if (batch_norm && rate > 2e-3 && rate < 5e-2) row.target = ">= 94.5";
      row.smoke = &kind == kinds.data() && (rate == 1e-3 || rate == 1e-2);
      study.rows.push_back(row);
    }
  }
  return study;
}

Study sparsity() {
  Study study{"sparsity",
              "1-bit weights that are mostly zero",
              "Magnitude pruning at every step, no schedule: the regression is back to the dense "
              "weight, so it corrects pruning and rounding together.",
              one_bit,
              four_arms,
              {},
              Measure::accuracy,
              "zeros, %"};
  study.pareto = true;
  const auto zeros = [](double share) { return Options{{"sparsity", fmt::format("{:g}", share)}}; };
  const char* by_fraction = "blocks of 64, batch norm";
  const char* by_run = "N:M, rows, batch norm";
  study.rows = {
      {"90 % zeros", zeros(0.9), 1, 90, by_fraction, ">= 95.2", true},
      {"95 % zeros", zeros(0.95), 1, 95, by_fraction, ">= 94.0"},
      {"99 % zeros", zeros(0.99), 2, 99, by_fraction, ">= 86, >= ste", true},
      {"99.5 % zeros", zeros(0.995), 2, 99.5, by_fraction, ">= 72, >= ste + 5"},
  };
  const std::array<std::pair<int, const char*>, 4> runs{
      {{2, ">= 95.2"}, {4, ""}, {8, ">= 93.5"}, {16, ""}}};
  for (const auto& [divisor, target] : runs) {
    const std::string name = divisor == 2 ? "2:4" : fmt::format("1:{}", divisor);
    study.rows.push_back({name, whole_rows + Options{{"sparsity", name}}, 1,
                          100.0 * (divisor - 1) / divisor, by_run, target, divisor == 2});
  }
  return study;
}

// METHOD's prototype coded the input so: blocks of 64 do not divide its 784 values.
Study input() {
  Study study{"input",
              "One scale for the whole input",
              "A block of an image's margin has a scale of its own, so that faint values there get "
              "the codes of strokes. Here the input is one block (--input-group channel), other "
              "activations lie in blocks of 64.",
              one_bit + Options{{"input-group", "channel"}},
              three_arms,
              {},
              Measure::accuracy,
              "zeros, %"};
  const auto zeros = [](double share) { return Options{{"sparsity", fmt::format("{:g}", share)}}; };
  study.rows = {
      {"dense", {}, 2, 0},
      {"90 % zeros", zeros(0.9), 1, 90, "", ">= 95.2"},
      {"95 % zeros", zeros(0.95), 1, 95, "", ">= 94.0"},
      {"99 % zeros", zeros(0.99), 2, 99, "", ">= 86, >= ste", true},
      {"99.5 % zeros", zeros(0.995), 2, 99.5, "", ">= 72, >= ste + 5"},
  };
  return study;
}

// What bounds the noise of activations decides whether the full gradient helps at high sparsity.
Study noise() {
  Study study{"noise",
              "What bounds the noise, and what the full gradient is then worth",
              "1-bit weights at 99 % and 99.5 % zeros. Min-max codes keep the noise below half a "
              "step; codes at the mean do not, the less so the longer the block. The full gradient "
              "pays where the noise is bounded.",
              one_bit,
              three_arms,
              {},
              Measure::accuracy,
              "block",
              true};
  for (const char* share : {"0.99", "0.995"}) {
    for (const char* codebook : {"minmax", "sign_mean"}) {
      for (const int block : {32, 64, 128, 256, 784}) {
        const std::string group = block == 784 ? "channel" : std::to_string(block);
        Row row{
            fmt::format("{:g} % zeros, {}, {}", 100 * std::stod(share), codebook,
                        block == 784 ? "whole rows" : fmt::format("blocks of {}", block)),
            {{"sparsity", share}, {"activation-codebook", codebook}, {"activation-group", group}},
            2,
            block,
            fmt::format("{:g} % zeros, {}", 100 * std::stod(share), codebook)};
        study.rows.push_back(row);
      }
    }
  }
  return study;
}

Study ridge() {
  Study study{"lambda",
              "The ridge strength",
              "lambda from 0 to 1. At 0 a constant block still gives its mean and nothing "
              "divides by zero.",
              one_bit,
              {denoise, control},
              {},
              Measure::accuracy,
              "lambda (0 drawn at 1e-6)",
              true};
  const std::array<std::pair<const char*, Options>, 2> kinds{
      {{"dense, blocks of 64", {}}, {"99 % zeros", {{"sparsity", "0.99"}}}}};
  for (const auto& [panel, options] : kinds) {
    for (const double lambda : {0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0}) {
      const std::string value = fmt::format("{:g}", lambda);
      study.rows.push_back({fmt::format("{}, {}", panel, value),
                            options + Options{{"lambda", value}}, 2, std::max(lambda, 1e-6),
                            panel});
    }
  }
  return study;
}

Study granularity() {
  Study study{"granularity",
              "How many values share a scale",
              "1-bit weights and activations, batch norm, 2 epochs; whole rows are drawn at 784.",
              one_bit,
              three_arms,
              {},
              Measure::accuracy,
              "block",
              true};
  for (const char* codebook : {"minmax", "sign_mean"}) {
    for (const int block : {32, 64, 128, 256, 784}) {
      const std::string group = block == 784 ? "channel" : std::to_string(block);
      study.rows.push_back({fmt::format("{}, {}", codebook, block == 784 ? "rows" : group),
                            {{"codebook", codebook}, {"group", group}},
                            2,
                            block,
                            codebook});
    }
  }
  return study;
}

Study gradients() {
  Study study{"gradients",
              "Low-bit output gradients",
              "The gradient of each layer's output in few bits, symmetric per token, rounded "
              "stochastically or to the nearest; 1-bit weights and activations, batch norm.",
              one_bit,
              {{"stochastic", {{"gradient-rounding", "stochastic"}}},
               {"nearest", {{"gradient-rounding", "nearest"}}}},
              {},
              Measure::accuracy,
              "bits of the gradient"};
  const std::array<std::pair<const char*, Options>, 2> kinds{
      {{"rows", whole_rows}, {"blocks of 64", {}}}};
  for (const auto& [panel, options] : kinds) {
    study.rows.push_back({fmt::format("{}, f32", panel), options, 2, {}, panel, "", false, true});
    for (const char* width : {"8", "4", "3", "2"}) {
      study.rows.push_back({fmt::format("{}, {} bits", panel, width),
                            options + Options{{"gradients", width}}, 2, std::stod(width), panel, "",
                            width[0] == '4' && options.empty()});
    }
  }
  return study;
}

Study temporal() {
  Study study{"temporal",
              "Temporal binary networks: precision bought as time",
              "An activation is a train of T one-bit codes, each of what the ones before left "
              "(residual), or the network runs T times and what a code leaves stays in its unit's "
              "membrane (recurrent). T products of bits a layer.",
              one_bit + whole_rows + no_norm,
              {denoise, control},
              {},
              Measure::accuracy,
              "steps T",
              true};
  for (const std::string form : {"residual", "recurrent"}) {
    const bool residual = form == "residual";
    for (const int steps : {1, 2, 4, 8}) {
      study.rows.push_back({fmt::format("{}, T = {}", form, steps),
                            {{"temporal", form}, {"timesteps", std::to_string(steps)}},
                            2,
                            steps,
                            form,
                            residual && steps == 4 ? ">= T = 1 + 0.6" : "",
                            residual && steps <= 2});
    }
  }
  return study;
}

Study language(const std::string& text) {
  Study study{"language",
              "A character model",
              "Transformer of 2 layers, width 128, context 64, layer norm, 300 steps; loss on the "
              "validation part in nats a character, lower is better. Embedding, head, norms and "
              "attention products stay f32.",
              {{"model", "gpt"},
               {"data", text},
               {"batch", "16"},
               {"steps", "300"},
               {"lr", "0.003"},
               {"schedule", "cosine:warmup=50"}},
              three_arms,
              {},
              Measure::loss};
  study.pareto = true;
  const std::string by_method = "<= 2.48, <= ste - 0.10";
  study.rows = {
      {"fp32", {}, 0, {}, "", "", true, true, 50},
      {"A8W8", bits("8", "8"), 0},
      {"A4W4", bits("4", "4"), 0, {}, "", "<= fp32 + 0.04", false, false, 50},
      {"A4W1", bits("1", "4"), 0},
      {"A4W1 + 2:4", bits("1", "4") + Options{{"sparsity", "2:4"}}, 0},
      {"A1W1, blocks of 64", one_bit, 0, {}, "", by_method, true, false, 50},
      {"A1W1, rows", one_bit + whole_rows, 0},
      {"A1W1, blocks of 64, lr 2e-2", one_bit + Options{{"lr", "0.02"}}, 0, {}, "", "< control"},
  };
  for (const char* width : {"8", "4", "3", "2"}) {
    study.rows.push_back({fmt::format("A1W1, blocks of 64, dY of {} bits", width),
                          one_bit + Options{{"gradients", width}}, 0});
  }
  return study;
}

// Small enough for all of it within minutes on two cores. The targets are of whole runs.
void shorten(Study& study) {
  std::erase_if(study.rows, [](const Row& row) { return !row.smoke; });
  for (Row& row : study.rows) row.target.clear();
}

Options length_of(const Study& study, const Row& row, const Extent& extent) {
  const bool classifies = study.measure == Measure::accuracy;
  if (extent.steps > 0) return {{"steps", std::to_string(extent.steps)}};
  if (extent.smoke) return {{"steps", classifies ? "120" : "20"}};
  if (classifies) return {{"epochs", std::to_string(row.epochs)}};
  return {};
}

}  // namespace

std::vector<Study> studies(const Sources& sources, const Extent& extent) {
  std::vector<Study> all{precision(), learning_rate(), sparsity(),  input(),   noise(),
                         ridge(),     granularity(),   gradients(), temporal()};
  const bool drawn = sources.images.empty();
  for (Study& study : all) {
    study.common = merged({{"data", drawn ? "drawn" : sources.images}}, study.common);
    if (drawn && extent.smoke)
      study.common = merged(study.common, {{"train-samples", "8000"}, {"test-samples", "1000"}});
    // The targets are MNIST's.
    if (drawn) {
      for (Row& row : study.rows) row.target.clear();
    }
  }
  if (!sources.text.empty()) all.push_back(language(sources.text));
  for (Study& study : all) {
    study.common = merged(study.common, {{"deterministic", ""}});
    if (extent.smoke) shorten(study);
    for (Row& row : study.rows) {
      row.options = row.options + length_of(study, row, extent);
      if (row.curve_steps > 0)
        row.options = row.options + Options{{"eval-steps", std::to_string(row.curve_steps)}};
    }
  }
  std::erase_if(all, [](const Study& study) { return study.rows.empty(); });
  return all;
}

}  // namespace robust
