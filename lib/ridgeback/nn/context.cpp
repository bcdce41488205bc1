// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/context.hpp"

#include "ridgeback/core/error.hpp"

namespace ridgeback::nn {

Tensor Context::frozen(const std::string& name, const Tensor& derived) {
  return hook_ ? hook_(prefix_ + name, derived) : derived;
}

void Context::on_frozen(std::function<Tensor(const std::string&, const Tensor&)> hook) {
  require(!training(), "context: only evaluation has frozen values");
  hook_ = std::move(hook);
}

void Context::use_sparse(SparseStep step, PatternStore* patterns) {
  require(training() || step == SparseStep::none, "context: sparse steps are for training");
  require(step != SparseStep::kept || patterns != nullptr,
          "context: a kept step needs the patterns that full steps left");
  sparse_step_ = step;
  patterns_ = patterns;
}

void Context::add_operand(Operand operand) {
  operand.name = prefix_ + operand.name;
  operands_.push_back(std::move(operand));
}

void Context::trace(const std::string& name, const Tensor& value) {
  traced_.push_back({prefix_ + name, value});
}

Context::Scope::Scope(Context& context, const std::string& name)
    : context_(context), previous_length_(context.prefix_.size()) {
  context_.prefix_ += name + ".";
}

Context::Scope::~Scope() {
  context_.prefix_.resize(previous_length_);
}

}  // namespace ridgeback::nn
