// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/generate.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <numeric>

namespace ridgeback::deploy {
namespace {

// Apart from the streams of other users of a seed.
constexpr std::uint64_t token_stream = std::uint64_t{0x746F6B65U} << 32;

Tensor logits_of(const Generator::Forward& forward, const Tensor& tokens) {
  nn::Context context(nn::Context::Mode::evaluation);
  Tensor logits = forward(tokens, context);
  const Shape& shape = logits.shape();
  require(shape.rank() == 3 && shape[0] == 1 && shape[1] == tokens.shape()[1] && shape[2] > 0,
          fmt::format("generate: the model must give [1, {}, vocabulary] (got {})",
                      tokens.shape()[1], logits.spec().text()));
  return logits;
}

}  // namespace

std::uint32_t draw_token(std::span<const float> logits, double temperature, std::int64_t top_k,
                         double uniform) {
  require(!logits.empty(), "draw_token: there are no logits");
  require(std::isfinite(temperature) && temperature >= 0,
          fmt::format("draw_token: temperature must be 0 or above (got {})", temperature));
  require(top_k >= 0, fmt::format("draw_token: top_k must be 0 or above (got {})", top_k));
  std::vector<std::uint32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return logits[a] > logits[b]; });
  if (temperature == 0) return order[0];
  if (top_k > 0 && top_k < static_cast<std::int64_t>(order.size()))
    order.resize(static_cast<std::size_t>(top_k));
  std::vector<double> upto;
  double sum = 0;
  for (const std::uint32_t token : order) {
    const double difference = static_cast<double>(logits[token]) - logits[order[0]];
    upto.push_back(sum += std::exp(difference / temperature));
  }
  const auto found = std::upper_bound(upto.begin(), upto.end(), uniform * sum);
  return order[std::min(static_cast<std::size_t>(found - upto.begin()), order.size() - 1)];
}

Generator::Generator(const Device& device, const Forward& forward, std::int64_t context,
                     const CompileOptions& options)
    : tokens_(input({1, context}, DType::u32, "tokens")),
      logits_(logits_of(forward, tokens_)),
      executable_(compile(device, {logits_}, {}, options)) {}

std::vector<float> Generator::next_logits(std::span<const std::uint32_t> tokens) {
  require(!tokens.empty(), "generate: needs a token to start from");
  const auto seen = static_cast<std::size_t>(
      std::min<std::int64_t>(context(), static_cast<std::int64_t>(tokens.size())));
  const std::span<const std::uint32_t> last = tokens.last(seen);
  for (const std::uint32_t token : last) {
    require(token < vocabulary(), fmt::format("generate: no such token (got {}, expected below {})",
                                              token, vocabulary()));
  }
  // What stands behind the last token is not seen by it.
  std::vector<std::uint32_t> window(static_cast<std::size_t>(context()));
  std::copy(last.begin(), last.end(), window.begin());
  executable_.set(tokens_, window);
  executable_.run();
  const std::vector<float> logits = executable_.get<float>(logits_);
  const auto first = logits.begin() + static_cast<std::ptrdiff_t>(seen - 1) * vocabulary();
  return {first, first + vocabulary()};
}

std::vector<std::uint32_t> Generator::generate(
    std::span<const std::uint32_t> prompt, const SamplingOptions& options,
    const std::function<bool(std::uint32_t token)>& on_token) {
  require(options.length >= 0,
          fmt::format("generate: length must be 0 or above (got {})", options.length));
  std::vector<std::uint32_t> text(prompt.begin(), prompt.end());
  Random random(options.seed, token_stream);
  for (std::int64_t i = 0; i < options.length; ++i) {
    const std::vector<float> logits = next_logits(text);
    text.push_back(draw_token(logits, options.temperature, options.top_k, random.uniform()));
    if (on_token && !on_token(text.back())) break;
  }
  return {text.begin() + static_cast<std::ptrdiff_t>(prompt.size()), text.end()};
}

}  // namespace ridgeback::deploy
