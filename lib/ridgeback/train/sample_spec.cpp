// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/sample_spec.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/ops.hpp"

#include <fmt/core.h>

namespace ridgeback::train {

Tensor SampleSpec::rows_of(const Tensor& logits, std::int64_t batch, const char* who) const {
  const Shape& shape = logits.shape();
  if (!text) {
    require(shape.rank() == 2 && shape[0] == batch,
            fmt::format("{}: the model must give [batch, classes] (got {})", who,
                        logits.spec().text()));
    return logits;
  }
  require(shape.rank() == 3 && shape[0] == batch && shape[1] == size,
          fmt::format("{}: a language model must give [batch, tokens, vocabulary] (got {})", who,
                      logits.spec().text()));
  return reshape(logits, {batch * size, shape[2]});
}

void set_batch(Executable& executable, const Tensor& samples, const Tensor& labels,
               const data::Batch& batch) {
  if (samples.dtype() == DType::u32) {
    executable.set(samples, batch.tokens);
  } else {
    executable.set(samples, batch.images);
  }
  executable.set(labels, batch.labels);
}

}  // namespace ridgeback::train
