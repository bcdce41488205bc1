// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/sparsify.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

// Values that a fraction keeps in a row of blocks, the last of which may be short.
std::int64_t kept_in_row(const Shape& shape, double zeros, Group group) {
  const BlockShape s = block_shape(shape, group);
  if (s.blocks == 0) return 0;
  const std::int64_t tail = s.cols - (s.blocks - 1) * s.block;
  return (s.blocks - 1) * kept_of(zeros, s.block) + kept_of(zeros, tail);
}

// f32 [rows, 1]: the share of the entries of each row that are values of the matrix.
Tensor inside(const SparsePattern& pattern) {
  const Tensor here = entries_of(pattern, ones({pattern.rows, pattern.cols}));
  return stop_gradient(sum(here, 1, true) * (1.0F / static_cast<float>(pattern.width)));
}

// Codebook::none: q = v / s_f at the entries and 0 elsewhere, s_f^2 = mean x^2. With K = sum v^2
// over the kept values of a row and T = sum x^2 over all of it
//   x_hat = v K / (K + lambda T)
Tensor denoise_kept(const Tensor& values, const Tensor& squares, const SparsePattern& pattern,
                    const Perturbation& options) {
  if (options.estimator != Estimator::denoise) return values;
  const double density = static_cast<double>(pattern.width) / static_cast<double>(pattern.cols);
  const Lambda lambda =
      options.lambda.value_or(Lambda(static_cast<float>(default_lambda * density)));
  const Tensor kept = sum(square(values), 1, true);
  // As s_f is; mean q^2 = K / T is the unit of a relative lambda.
  const Tensor all = stop_gradient(lambda.relative ? kept : kept + squares);
  Tensor ridge = step_value(StepField::lambda_scale) * lambda.value;
  if (!options.lambda && pattern.reaches_out()) ridge = ridge * inside(pattern);
  constexpr float nothing = 1e-30F;  // a row of zeros stays zero
  Tensor denoised = values * (kept / (kept + ridge * all + nothing));
  if (options.backward != Backward::straight) return denoised;
  return values + stop_gradient(denoised - values);
}

// As blocks where rows of them keep equally many and that is faster, or the only way; else as
// entries, of which the number must be known: blocks that are all whole.
SparsePattern pattern_of_blocks(const Tensor& mask, const Sparsity& sparsity) {
  const std::int64_t height = sparsity.block_rows, width = sparsity.block_cols;
  const std::int64_t rows = mask.shape()[0], cols = mask.shape()[1];
  const std::int64_t across = ceil_div(cols, width);
  const bool cut = rows % height != 0 || cols % width != 0;
  if (sparsity.scope == Sparsity::Scope::tensor) {
    if (cut) {
      throw Unsupported(fmt::format(
          "kept_pattern: blocks at the edges are cut off (got {} in blocks of {}x{} with scope "
          "tensor); prune by channel or train densely",
          mask.spec().text(), height, width));
    }
    const std::int64_t blocks = rows / height * across;
    return csr_of_mask(mask, blocks == 0 ? 0 : kept_of(sparsity.zeros, blocks) * height * width);
  }
  const std::int64_t kept = across == 0 ? 0 : kept_of(sparsity.zeros, across);
  if (cut || blocks_are_faster(sparsity.block_rows, sparsity.block_cols))
    return blocks_of_mask(mask, sparsity.block_rows, sparsity.block_cols, kept);
  return rows_of_mask(mask, kept * width);
}

}  // namespace

SparsePattern pattern_of_mask(const Tensor& mask, const Sparsity& sparsity, Group group) {
  require(mask.shape().rank() == 2,
          fmt::format("kept_pattern: expected a matrix (got {})", mask.spec().text()));
  if (sparsity.kind == Sparsity::Kind::n_of_m) return n_of_m_of_mask(mask, sparsity.n, sparsity.m);
  if (sparsity.kind == Sparsity::Kind::blocks) return pattern_of_blocks(mask, sparsity);
  const std::int64_t count = mask.shape().count();
  if (sparsity.scope == Sparsity::Scope::tensor ||
      (sparsity.scope == Sparsity::Scope::block && group == Group::tensor())) {
    return csr_of_mask(mask, count == 0 ? 0 : kept_of(sparsity.zeros, count));
  }
  const bool blocks = sparsity.scope == Sparsity::Scope::block;
  return rows_of_mask(mask,
                      kept_in_row(mask.shape(), sparsity.zeros, blocks ? group : Group::channel()));
}

SparsePattern kept_pattern(const Tensor& x, const Sparsity& sparsity, Group group) {
  require(x.shape().rank() == 2,
          fmt::format("kept_pattern: expected a matrix (got {})", x.spec().text()));
  return pattern_of_mask(keep_mask(x, sparsity, group), sparsity, group);
}

SparseMatrix sparsify(const Tensor& x, const Sparsity& sparsity, Group group) {
  const SparsePattern pattern = kept_pattern(x, sparsity, group);
  return {pattern, entries_of(pattern, x)};
}

Tensor pruned_squares(const Tensor& x, const SparsePattern& pattern) {
  require(pattern.kind != SparsePattern::Kind::csr,
          "pruned_squares: needs rows that keep equally many values (got csr)");
  const Tensor kept = sum(square(entries_of(pattern, x)), 1, true);
  // Rounding may leave less than nothing.
  return maximum(stop_gradient(sum(square(x), 1, true) - kept), 0.0F);
}

Tensor denoise_entries(const Tensor& values, const Tensor& squares, const SparsePattern& pattern,
                       const Perturbation& perturbation, const PerturbInputs& inputs) {
  Perturbation options = perturbation.resolved();
  if (pattern.kind == SparsePattern::Kind::csr || options.group.kind != Group::Kind::channel) {
    throw Unsupported(fmt::format(
        "denoise_entries: needs rows that keep equally many weights, each one block (got "
        "sparsity scope {}, group {})",
        name(options.sparsity.scope), text(options.group)));
  }
  if (is_affine(options.codebook)) {
    throw Unsupported(
        fmt::format("denoise_entries: the moments of an affine form take pruned values, which are "
                    "not zero in it (got codebook {}, expected a linear one)",
                    name(options.codebook)));
  }
  if (takes_range(options) && options.range.kind != ValueRange::Kind::fixed) {
    throw Unsupported(
        fmt::format("denoise_entries: the range is one of all values (got range {}, estimator {})",
                    text(options.range), name(options.estimator)));
  }
  if (options.backward == Backward::live) {
    throw Unsupported(
        "denoise_entries: the gradient of a live scale takes that of pruned values (got backward "
        "live, expected full or straight)");
  }
  if (options.codebook == Codebook::none) {
    require(squares && squares.shape() == Shape{pattern.rows, 1},
            "denoise_entries: the squares of pruned values are missing or do not fit");
    return denoise_kept(values, squares, pattern, options);
  }
  if (pattern.reaches_out()) {
    throw Unsupported(
        fmt::format("denoise_entries: codes need rows that keep equally many weights (got {} "
                    "columns in blocks of {}x{}, which do not divide them)",
                    pattern.cols, pattern.n, pattern.m));
  }
  // The other linear codebooks take their scale from the kept values alone. Then
  // the moments of a row, of its `width` kept values alone, are those of all values over the
  // density, and so is the default lambda: nothing else changes.
  const double density = static_cast<double>(pattern.width) / static_cast<double>(pattern.cols);
  if (options.lambda && !options.lambda->relative)
    options.lambda->value = static_cast<float>(options.lambda->value / density);
  options.sparsity = {};
  return denoise(values, options, inputs);
}

}  // namespace ridgeback::quant
