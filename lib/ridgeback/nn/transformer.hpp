// SPDX-License-Identifier: Apache-2.0
// One layer of a transformer.
#pragma once

#include "ridgeback/nn/module.hpp"

#include <memory>

namespace ridgeback::nn {

/// The modules of a block.
struct TransformerParts {
  std::shared_ptr<const Module> norm1, attention;              ///< on [batch, tokens, width]
  std::shared_ptr<const Module> norm2;                         ///< on [batch, tokens, width]
  std::shared_ptr<const Module> expand, activation, contract;  ///< on [batch * tokens, ...]
};

/// x + attention(norm1(x)), then x + contract(activation(expand(norm2(x)))), on
/// [batch, tokens, width]. `dropout` acts on both branches in training.
class TransformerBlock final : public Module {
 public:
  explicit TransformerBlock(TransformerParts parts, float dropout = 0);

  [[nodiscard]] Tensor forward(const Tensor& x, Context& context) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const override;
  [[nodiscard]] Description describe() const override;

 private:
  [[nodiscard]] Tensor dropped(const Tensor& x, Context& context) const;

  TransformerParts parts_;
  float dropout_;
};

}  // namespace ridgeback::nn
