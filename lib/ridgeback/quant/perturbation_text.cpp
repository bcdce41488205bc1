// SPDX-License-Identifier: Apache-2.0
// Text forms of the options in perturbation.hpp.
#include "ridgeback/core/error.hpp"
#include "ridgeback/quant/option_text.hpp"
#include "ridgeback/quant/perturbation.hpp"

#include <array>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::quant {
namespace {

template <class Value, std::size_t Count>
using Names = std::array<std::pair<Value, std::string_view>, Count>;

constexpr Names<Codebook, 9> codebooks{{{Codebook::automatic, "auto"},
                                        {Codebook::minmax, "minmax"},
                                        {Codebook::sign_mean, "sign_mean"},
                                        {Codebook::absmax, "absmax"},
                                        {Codebook::sign_linear, "sign_linear"},
                                        {Codebook::ternary, "ternary"},
                                        {Codebook::none, "none"},
                                        {Codebook::meanabs, "meanabs"},
                                        {Codebook::power_of_two, "power_of_two"}}};
constexpr Names<Sparsity::Scope, 3> scopes{{{Sparsity::Scope::channel, "channel"},
                                            {Sparsity::Scope::tensor, "tensor"},
                                            {Sparsity::Scope::block, "block"}}};
constexpr Names<Estimator, 7> estimators{{{Estimator::denoise, "denoise"},
                                          {Estimator::straight_through, "ste"},
                                          {Estimator::lsq, "lsq"},
                                          {Estimator::cge_cosine, "cge_cosine"},
                                          {Estimator::cge_tanh, "cge_tanh"},
                                          {Estimator::cge_piecewise, "cge_piecewise"},
                                          {Estimator::pokebnn, "pokebnn"}}};
constexpr Names<ValueRange::Kind, 8> ranges{{{ValueRange::Kind::automatic, "auto"},
                                             {ValueRange::Kind::minmax, "minmax"},
                                             {ValueRange::Kind::absmax, "absmax"},
                                             {ValueRange::Kind::meanabs, "meanabs"},
                                             {ValueRange::Kind::percentile, "percentile"},
                                             {ValueRange::Kind::running, "running"},
                                             {ValueRange::Kind::hindsight, "hindsight"},
                                             {ValueRange::Kind::fixed, "fixed"}}};
constexpr Names<Backward, 3> backwards{
    {{Backward::full, "full"}, {Backward::live, "live"}, {Backward::straight, "straight"}}};

constexpr Names<Rounding, 2> roundings{
    {{Rounding::nearest, "nearest"}, {Rounding::stochastic, "stochastic"}}};

template <class Value, std::size_t Count>
std::string_view name_in(const Names<Value, Count>& names, Value value) {
  for (const auto& [known, text] : names) {
    if (known == value) return text;
  }
  return "?";
}

template <class Value, std::size_t Count>
Value value_in(const Names<Value, Count>& names, std::string_view what, std::string_view text) {
  std::string expected;
  for (const auto& [value, known] : names) {
    if (known == text) return value;
    expected += fmt::format("{}{}", expected.empty() ? "" : ", ", known);
  }
  throw InvalidArgument(
      fmt::format("{}: unknown name (got '{}', expected {})", what, text, expected));
}

[[noreturn]] void fail(std::string_view what, std::string_view text, std::string_view expected) {
  throw InvalidArgument(
      fmt::format("{}: cannot read this (got '{}', expected {})", what, text, expected));
}

void set(Perturbation& p, std::string_view key, std::string_view value) {
  if (key == "bits") {
    p.bits = bits_from_text(value);
  } else if (key == "codebook") {
    p.codebook = codebook_from_text(value);
  } else if (key == "group") {
    p.group = group_from_text(value);
  } else if (key == "sparsity") {
    const Sparsity::Scope scope = p.sparsity.scope;
    p.sparsity = sparsity_from_text(value);
    p.sparsity.scope = scope;
  } else if (key == "scope") {
    p.sparsity.scope = scope_from_text(value);
  } else if (key == "lambda") {
    p.lambda = std::nullopt;
    if (value != "auto") p.lambda = lambda_from_text(value);
  } else if (key == "estimator") {
    p.estimator = estimator_from_text(value);
  } else if (key == "backward") {
    p.backward = backward_from_text(value);
  } else if (key == "timesteps") {
    const auto steps = number_from<int>(value);
    if (!steps) fail("timesteps", value, "a whole number");
    p.timesteps = *steps;
  } else if (key == "clipped") {
    if (value != "0" && value != "1") fail("clipped", value, "0 or 1");
    p.clipped = value == "1";
  } else if (key == "rounding") {
    p.rounding = rounding_from_text(value);
  } else if (key == "range") {
    p.range = range_from_text(value);
  } else if (key == "shape") {
    p.shape = value == "auto" ? std::nullopt : number_from<float>(value);
    if (value != "auto" && !p.shape) fail("shape", value, "a number or auto");
  } else {
    fail("perturbation", key,
         "bits, codebook, group, sparsity, scope, lambda, estimator, backward, clipped, rounding, "
         "range, shape or timesteps");
  }
}

}  // namespace

std::string bits_text(int bits) {
  return bits == ternary_bits ? "t" : fmt::format("{}", bits);
}

int bits_from_text(std::string_view text) {
  if (text == "t") return ternary_bits;
  const auto bits = number_from<int>(text);
  if (!bits || !((*bits >= 1 && *bits <= 8) || *bits == unquantized_bits)) {
    fail("bits", text, "1 to 8, t or 32");
  }
  return *bits;
}

std::string_view name(Codebook codebook) {
  return name_in(codebooks, codebook);
}
Codebook codebook_from_text(std::string_view text) {
  return value_in(codebooks, "codebook", text);
}

std::string text(Group group) {
  switch (group.kind) {
    case Group::Kind::automatic:
      return "auto";
    case Group::Kind::tensor:
      return "tensor";
    case Group::Kind::channel:
      return "channel";
    case Group::Kind::blocks:
      break;
  }
  return fmt::format("{}", group.size);
}

Group group_from_text(std::string_view text) {
  if (text == "auto") return {};
  if (text == "tensor") return Group::tensor();
  if (text == "channel" || text == "token") return Group::channel();
  const auto size = number_from<int>(text);
  if (!size || *size <= 0) fail("group", text, "tensor, channel, token or a block length");
  return Group::blocks(*size);
}

std::string text(const Sparsity& sparsity) {
  switch (sparsity.kind) {
    case Sparsity::Kind::none:
      return "none";
    case Sparsity::Kind::fraction:
      return fmt::format("{}", sparsity.zeros);
    case Sparsity::Kind::n_of_m:
      return fmt::format("{}:{}", sparsity.n, sparsity.m);
    case Sparsity::Kind::blocks:
      break;
  }
  return fmt::format("{}x{}:{}", sparsity.block_rows, sparsity.block_cols, sparsity.zeros);
}

Sparsity sparsity_from_text(std::string_view text) {
  if (text == "none") return {};
  constexpr std::string_view expected =
      "none, a fraction of zeros, N:M, or RxC:F for a fraction F of blocks of RxC";
  const std::size_t colon = text.find(':'), times = text.find('x');
  if (colon == std::string_view::npos) {
    const auto zeros = number_from<double>(text);
    if (!zeros) fail("sparsity", text, expected);
    return fraction(*zeros);
  }
  if (times < colon) {
    const auto rows = number_from<int>(text.substr(0, times));
    const auto cols = number_from<int>(text.substr(times + 1, colon - times - 1));
    const auto zeros = number_from<double>(text.substr(colon + 1));
    if (!rows || !cols || !zeros) fail("sparsity", text, expected);
    return pruned_blocks(*zeros, *rows, *cols);
  }
  const auto n = number_from<int>(text.substr(0, colon));
  const auto m = number_from<int>(text.substr(colon + 1));
  if (!n || !m) fail("sparsity", text, expected);
  return n_of_m(*n, *m);
}

std::string_view name(Sparsity::Scope scope) {
  return name_in(scopes, scope);
}
Sparsity::Scope scope_from_text(std::string_view text) {
  return value_in(scopes, "sparsity scope", text);
}
std::string_view name(Estimator estimator) {
  return name_in(estimators, estimator);
}
Estimator estimator_from_text(std::string_view text) {
  return value_in(estimators, "estimator", text);
}
std::string_view name(Backward backward) {
  return name_in(backwards, backward);
}
Backward backward_from_text(std::string_view text) {
  return value_in(backwards, "backward", text);
}
std::string_view name(Rounding rounding) {
  return name_in(roundings, rounding);
}
Rounding rounding_from_text(std::string_view text) {
  return value_in(roundings, "rounding", text);
}

std::string text(const Lambda& lambda) {
  return fmt::format("{}{}", lambda.value, lambda.relative ? "r" : "");
}

Lambda lambda_from_text(std::string_view text) {
  const bool relative = text.ends_with('r');
  const auto value = number_from<float>(relative ? text.substr(0, text.size() - 1) : text);
  if (!value || !(*value >= 0 && *value <= 1e30F))
    fail("lambda", text, "a number from 0 to 1e30, or one such as 0.01r");
  return {*value, relative};
}

std::string text(const ValueRange& range) {
  const std::string_view kind = name_in(ranges, range.kind);
  const bool valued = range.kind >= ValueRange::Kind::percentile;
  const bool plain = range.kind == ValueRange::Kind::hindsight && range.value == 0;
  return valued && !plain ? fmt::format("{}:{}", kind, range.value) : std::string(kind);
}

ValueRange range_from_text(std::string_view text) {
  const std::size_t colon = text.find(':');
  ValueRange range{value_in(ranges, "range", text.substr(0, colon)), 0};
  const bool valued = range.kind >= ValueRange::Kind::percentile;
  if (colon == std::string_view::npos) {
    if (valued && range.kind != ValueRange::Kind::hindsight)
      fail("range", text, fmt::format("{}:NUMBER", text));
    return range;
  }
  const auto value = number_from<float>(text.substr(colon + 1));
  if (!valued || !value) fail("range", text, "a name, or one such as percentile:99 or fixed:3");
  range.value = *value;
  check_range(range);
  return range;
}

std::string text(const Perturbation& p) {
  std::string words = fmt::format(
      "bits={} codebook={} group={} sparsity={} scope={} lambda={} estimator={} backward={} "
      "clipped={} rounding={} range={} shape={}",
      bits_text(p.bits), name(p.codebook), text(p.group), text(p.sparsity), name(p.sparsity.scope),
      p.lambda ? text(*p.lambda) : "auto", name(p.estimator), name(p.backward), p.clipped ? 1 : 0,
      name(p.rounding), text(p.range), p.shape ? fmt::format("{}", *p.shape) : "auto");
  if (p.timesteps != 1) words += fmt::format(" timesteps={}", p.timesteps);
  return words;
}

Perturbation perturbation_from_text(std::string_view text) {
  Perturbation p;
  read_options("perturbation", text,
               [&](std::string_view key, std::string_view value) { set(p, key, value); });
  return p;
}

}  // namespace ridgeback::quant
