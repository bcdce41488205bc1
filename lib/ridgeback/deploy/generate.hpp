// SPDX-License-Identifier: Apache-2.0
// Text, or rather tokens, written by a language model.
#pragma once

#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/nn/context.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace ridgeback::deploy {

struct SamplingOptions {
  std::int64_t length = 200;  ///< tokens to add
  double temperature = 1;     ///< logits are divided by it; 0 always takes the likeliest token
  std::int64_t top_k = 0;     ///< if above 0: only the k likeliest tokens are drawn
  std::uint64_t seed = 1;
};

/// The index drawn from `logits` with `uniform` in [0, 1): softmax(logits / temperature) over the
/// top_k largest; of equal logits the lower index counts as larger. Throws InvalidArgument for no
/// logits, a negative or not finite temperature, or a negative top_k.
[[nodiscard]] std::uint32_t draw_token(std::span<const float> logits, double temperature,
                                       std::int64_t top_k, double uniform);

/// Draws one token after another, each from the logits that the model gives behind the last
/// `context` tokens. Every token runs the whole window again: learned positions change when the
/// window moves, so what was computed for the token before could be used in the first window only.
class Generator {
 public:
  /// [1, context] tokens -> [1, context, vocabulary] logits.
  using Forward = std::function<Tensor(const Tensor& tokens, nn::Context& context)>;

  Generator(const Device& device, const Forward& forward, std::int64_t context,
            const CompileOptions& options = {});

  /// Logits of the token that follows: those of evaluation for the last `context` tokens. Throws
  /// InvalidArgument for no token, or one that is not in the vocabulary.
  [[nodiscard]] std::vector<float> next_logits(std::span<const std::uint32_t> tokens);

  /// The tokens that follow `prompt`; the same for the same seed, device and variants. `on_token`
  /// sees each as it is drawn and ends the text by returning false.
  [[nodiscard]] std::vector<std::uint32_t> generate(
      std::span<const std::uint32_t> prompt, const SamplingOptions& options,
      const std::function<bool(std::uint32_t token)>& on_token = {});

  [[nodiscard]] std::int64_t context() const { return tokens_.shape()[1]; }
  [[nodiscard]] std::int64_t vocabulary() const { return logits_.shape()[2]; }

 private:
  Tensor tokens_, logits_;
  Executable executable_;
};

}  // namespace ridgeback::deploy
