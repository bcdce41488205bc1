// SPDX-License-Identifier: Apache-2.0
// A language model: tokens in, for each place the logits of the token that comes next.
#pragma once

#include "ridgeback/nn/embedding.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/quant/precision.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ridgeback::nn {

/// A decoder-only transformer with learned positions and norms before attention and MLP. The
/// logits of a place depend on the tokens up to it.
class Gpt final : public Module {
 public:
  struct Parts {
    std::shared_ptr<const Embedding> tokens;     ///< [vocabulary, width]
    std::shared_ptr<const Embedding> positions;  ///< [context, width]
    std::vector<std::shared_ptr<const Module>> blocks;
    std::shared_ptr<const Module> norm;
    std::shared_ptr<const Module> head;    ///< from width to vocabulary; null: the token embedding
    quant::Perturbation head_activations;  ///< of the head that is the token embedding
    float dropout = 0;                     ///< of the embedded tokens
  };
  explicit Gpt(Parts parts);

  /// u32 [batch, tokens] with at most context() tokens to f32 [batch, tokens, vocabulary()].
  [[nodiscard]] Tensor forward(const Tensor& tokens, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

  [[nodiscard]] std::int64_t context() const { return parts_.positions->rows(); }
  [[nodiscard]] std::int64_t vocabulary() const { return parts_.tokens->rows(); }

 private:
  Parts parts_;
};

struct GptOptions {
  std::int64_t vocabulary = 256;
  std::int64_t context = 64;  ///< tokens seen at most
  std::int64_t width = 128;   ///< values of a token
  std::int64_t layers = 2;
  std::int64_t heads = 4;           ///< divides width
  std::string norm = "layer";       ///< layer or rms
  std::string activation = "gelu";  ///< of the MLP, whose hidden layer has 4 width values
  float dropout = 0;                ///< of embedded tokens, probabilities and both branches
  bool tie = false;                 ///< the token embedding is the output head, without bias
  quant::Precision precision;       ///< of the linear layers within the blocks
  bool quantize_all = false;        ///< the token embedding and the output head too
  quant::Precision attention;       ///< its `activations` are those of the attention's products
};

/// Throws InvalidArgument for sizes that do not fit.
[[nodiscard]] Gpt gpt(const GptOptions& options);

}  // namespace ridgeback::nn
