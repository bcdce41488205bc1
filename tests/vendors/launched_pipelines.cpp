// SPDX-License-Identifier: Apache-2.0
#include "vendors/launched_pipelines.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/step_graph.hpp"

#include <algorithm>
#include <string>

#include "harness/op_case.hpp"
#include "harness/run_case.hpp"

namespace ridgeback::test {
namespace {

std::size_t most_variants(const Target& target) {
  std::size_t most = 0;
  for (const auto& [kernel, variants] : target.kernels) most = std::max(most, variants.size());
  return most;
}

void add_program(PipelineKeys& keys, const Program& program) {
  for (const Launch& launch : program.launches) {
    const Dispatch& d = launch.dispatch;
    if (!d.kernel.empty()) keys.insert({d.kernel, d.variant, d.constants});
  }
}

std::vector<quant::Precision> precisions() {
  using quant::Codebook;
  using quant::Group;
  const auto bits = [](int weights, int activations) {
    return quant::Precision{.weights = weights, .activations = activations};
  };
  std::vector<quant::Precision> all{
      {}, bits(1, 1), bits(quant::ternary_bits, 4), bits(2, 8), bits(1, quant::unquantized_bits)};
  all.push_back(bits(1, 1));
  all.back().codebook = Codebook::sign_mean;
  all.back().group = Group::channel();
  all.push_back(bits(4, 4));
  all.back().group = Group::blocks(128);
  all.back().sparsity = quant::n_of_m(2, 4);
  all.push_back(bits(1, 8));
  all.back().sparsity = quant::fraction(0.9);
  all.push_back(bits(8, 8));
  all.back().weight_group = Group::tensor();
  all.back().activation_group = Group::channel();
  all.push_back(bits(4, 4));
  all.back().rounding = quant::Rounding::stochastic;
  all.back().weight_range = quant::ValueRange::percentile(99);
  all.back().activation_range = quant::ValueRange::hindsight();
  all.push_back(bits(4, 4));
  all.back().codebook = Codebook::power_of_two;
  all.back().sparsity = quant::pruned_blocks(0.9, 4, 32);
  all.push_back(bits(4, 4));
  all.back().estimator = quant::Estimator::cge_tanh;
  all.push_back(bits(2, 4));
  all.back().estimator = quant::Estimator::lsq;
  return all;
}

quant::CodedMatrix coded_input(DType type, std::int64_t rows, std::int64_t cols, int block) {
  const std::int64_t blocks = block == 0 ? 1 : ceil_div(cols, block);
  return {input({rows, cols}, type), input({rows, blocks, 2}), block};
}

}  // namespace

void add_launched(PipelineKeys& keys, const Target& target, const std::vector<Tensor>& outputs,
                  const std::vector<Assignment>& updates) {
  add_program(keys, plan(target, outputs, updates));
  add_program(keys, plan(target, outputs, updates, {.disabled_passes = {"pack_products"}}));
  // Round r runs variant r of every kernel that has as many.
  for (std::size_t round = 0; round < most_variants(target); ++round) {
    CompileOptions options;
    for (const auto& [kernel, variants] : target.kernels) {
      if (round < variants.size()) options.forced.emplace(kernel, variants[round]);
    }
    add_program(keys, plan(target, outputs, updates, options));
    options.disabled_passes = {"pack_products"};
    add_program(keys, plan(target, outputs, updates, options));
  }
}

void add_cases(PipelineKeys& keys, const Target& target) {
  for (const OpCases* op_cases : op_cases()) {
    for (const OpCase& op_case : op_cases->cases()) {
      add_launched(keys, target, op_case.graph(graph_inputs(op_case)));
    }
  }
}

void add_steps(PipelineKeys& keys, const Target& target) {
  const std::vector<std::string> norms{"batch", "layer", "rms", "none"};
  const std::vector<std::string> names = optim::optimizer_names();
  std::size_t count = 0;
  for (const quant::Precision& precision : precisions()) {
    nn::MlpOptions options;
    options.hidden = {2048, 2048};
    options.precision = precision;
    options.norm = norms[count % norms.size()];
    options.dropout = count % 3 == 1 ? 0.1F : 0.0F;
    const nn::Sequential net = nn::mlp(options);
    const auto optimizer = optim::optimizer_from_text(names[count % names.size()]);
    const train::StepGraph step =
        train::build_step(net, *optimizer, options.inputs, 256, count % 2 == 0 ? 1.0 : 0.0);
    add_launched(keys, target, {step.loss}, step.updates);
    ++count;
  }
}

namespace {

std::vector<std::vector<Tensor>> product_graphs() {
  std::vector<std::vector<Tensor>> graphs;
  const Tensor a = input({1024, 1024}), b = input({1024, 1024});
  graphs.push_back({matmul(a, b), matmul(a, transpose(b)), matmul(transpose(a), b)});
  graphs.push_back({matmul(input({1, 1024}), b), matmul(input({8, 1024}), transpose(b))});
  // With what may follow a product in its kernel, of every family.
  const auto followed = [](const Tensor& product) {
    const Tensor bias = input({product.shape()[-1]}), residual = input(product.shape());
    return gelu(product + bias) + residual;
  };
  graphs.push_back({followed(matmul(a, b)), followed(matmul(a, transpose(b)))});
  const quant::CodedMatrix one_bit = coded_input(DType::b1, 1024, 1024, 64);
  const quant::CodedMatrix four_bits = coded_input(DType::i4, 1024, 1024, 0);
  graphs.push_back({followed(quant::matmul_codes(one_bit, one_bit)),
                    followed(quant::matmul_codes(four_bits, one_bit)),
                    followed(quant::matmul_dense_codes(a, one_bit)),
                    followed(quant::matmul_coded_rows(four_bits, one_bit.codes))});
  const DType types[] = {DType::b1, DType::s1, DType::ternary, DType::i2, DType::i4, DType::i8};
  for (const DType x : types) {
    for (const DType w : types) {
      for (const int block : {0, 64}) {
        const quant::CodedMatrix left = coded_input(x, 1024, 4096, block);
        graphs.push_back({quant::matmul_codes(left, coded_input(w, 1024, 4096, block))});
        // In parts.
        if (x == w || w == DType::b1)
          graphs.push_back({quant::matmul_codes(coded_input(x, 64, 65536, block),
                                                coded_input(w, 64, 65536, block))});
      }
    }
    const quant::CodedMatrix w = coded_input(x, 1024, 1024, 64);
    graphs.push_back({quant::matmul_dense_codes(a, w), quant::matmul_dense_codes_transposed(a, w),
                      quant::matmul_dense_codes_rows(a, w)});
    const Tensor halves = input({1024, 1024}, DType::f16);
    graphs.push_back({quant::matmul_dense_codes(halves, w),
                      quant::matmul_dense_codes_transposed(halves, w),
                      quant::matmul_dense_codes_rows(halves, w)});
    for (const DType dy : {DType::i2, DType::i4, DType::i8})
      graphs.push_back({quant::matmul_coded_rows(coded_input(dy, 1024, 1024, 0), w.codes)});
  }
  const std::pair<int, int> sizes[] = {{4, 4},  {8, 8},  {16, 16}, {32, 32},
                                       {1, 32}, {16, 1}, {3, 5}};
  for (const auto& [rows, cols] : sizes) {
    const SparsePattern p =
        blocks_pattern(input({ceil_div(1024, rows), 2}, DType::u32), 1024, 1024, rows, cols);
    const SparseMatrix s{p, input(p.values_shape())};
    for (const std::int64_t n : {64, 255}) {
      const Tensor x = input({1024, n});
      graphs.push_back(
          {sparse_matmul(s, x), sparse_matmul_transposed(s, x), sampled_matmul(p, x, x)});
    }
  }
  return graphs;
}

}  // namespace

void add_products(PipelineKeys& keys, const Target& target) {
  for (const std::vector<Tensor>& outputs : product_graphs()) add_launched(keys, target, outputs);
  for (const DType x : {DType::b1, DType::s1, DType::ternary, DType::i2, DType::i4, DType::i8}) {
    add_launched(keys, target, {quant::unpack_codes(input({64, 1000}, x))});
    add_launched(keys, target, {quant::pack_codes(input({64, 1000}, DType::i32), x)});
  }
}

void add_default_products(PipelineKeys& keys, const Target& target) {
  for (const std::vector<Tensor>& outputs : product_graphs())
    add_program(keys, plan(target, outputs));
}

}  // namespace ridgeback::test
