// SPDX-License-Identifier: Apache-2.0
// Where a value that is NaN or infinite comes from.
#pragma once

#include "ridgeback/data/loader.hpp"
#include "ridgeback/nn/module.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/step_graph.hpp"

#include <string>
#include <vector>

namespace ridgeback::train {

/// A forward and backward pass that counts what is not finite in every parameter, in every value
/// that layers name (nn::Context::trace), in the loss, and in the gradients of all of them.
/// Changes no parameter or state. Products are made densely.
class NonFiniteSearch {
 public:
  NonFiniteSearch(const Device& device, const nn::Module& module, const SampleSpec& sample,
                  std::int64_t batch, const CompileOptions& options, const Adjust& adjust = {});

  /// The first such value in the order of computation, as "the gradient of 2.weight (3 of 4096
  /// values)"; empty where all are finite.
  [[nodiscard]] std::string first(const data::Batch& batch, const StepParams& params);

 private:
  struct Checked {
    std::string what;
    std::int64_t count = 0;  ///< of its elements
  };
  struct Graph {
    StepInputs inputs;
    std::vector<Checked> checked;
    Tensor counts;  ///< [checked.size()]
  };
  NonFiniteSearch(const Device& device, Graph graph, const CompileOptions& options);
  static Graph build(const nn::Module& module, const SampleSpec& sample, std::int64_t batch,
                     const Adjust& adjust);

  Graph graph_;
  Executable executable_;
};

}  // namespace ridgeback::train
