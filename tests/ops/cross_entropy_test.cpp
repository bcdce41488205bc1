// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/softmax.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "harness/op_case.hpp"
#include "reference/rows.hpp"

namespace ridgeback::test {
namespace {

constexpr double ignored = 0xFFFFFFFF;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

GraphFunction loss_graph(float smoothing) {
  return [smoothing](auto in) {
    return softmax_cross_entropy(in[0], in[1], {.label_smoothing = smoothing});
  };
}

ReferenceFunction loss_reference(float smoothing) {
  return [smoothing](const Array& logits, const Array& labels) {
    return reference::cross_entropy(logits, labels, static_cast<double>(smoothing));
  };
}

// dL/dlogits with L = sum loss * dy.
Array loss_gradient(const Array& logits, const Array& labels, const Array& dy, double smoothing) {
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  Array dx = reference::softmax(logits);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < classes; ++c) {
      double& d = dx[r * classes + c];
      d -= (static_cast<double>(c) == labels[r] ? 1 - smoothing : 0) +
           smoothing / static_cast<double>(classes);
      d = labels[r] == ignored ? 0 : d * dy[r];
    }
  }
  return dx;
}

Array first_largest(const Array& logits, const Array& labels) {
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  Array right(Shape{rows});
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t best = 0;
    for (std::int64_t c = 1; c < classes; ++c) {
      if (logits[r * classes + c] > logits[r * classes + best]) best = c;
    }
    right[r] = static_cast<double>(best) == labels[r] ? 1 : 0;
  }
  return right;
}

TEST(SoftmaxCrossEntropy, RefusesWhatDoesNotFit) {
  const Tensor logits = input({4, 10}), labels = input({4}, DType::u32);
  EXPECT_THROW((void)softmax_cross_entropy(logits, input({4})), InvalidArgument);
  EXPECT_THROW((void)softmax_cross_entropy(logits, input({5}, DType::u32)), InvalidArgument);
  EXPECT_THROW((void)softmax_cross_entropy(input({4, 0}), labels), InvalidArgument);
  EXPECT_THROW((void)softmax_cross_entropy(input({40}), labels), InvalidArgument);
  EXPECT_THROW((void)softmax_cross_entropy(logits, labels, {.label_smoothing = 1.5F}),
               InvalidArgument);
  EXPECT_THROW((void)correct(labels, logits), InvalidArgument);
}

}  // namespace

OP_CASES("softmax_cross_entropy") {
  for (const float smoothing : {0.0F, 0.1F}) {
    for (const Shape& s :
         {Shape{0, 3}, Shape{1, 1}, Shape{7, 10}, Shape{128, 10}, Shape{5, 64}, Shape{3, 1031}}) {
      add({.inputs = {uniform(s, -4, 4),
                      integers({s[0]}, 0, static_cast<int>(s[1]) - 1, DType::u32)},
           .graph = loss_graph(smoothing),
           .reference = loss_reference(smoothing),
           .tolerance = epsilons(16),
           .gradient = true});
    }
    // A common offset must not cost digits, and nothing may overflow.
    add({.inputs = {uniform({33, 17}, 9998, 10002), integers({33}, 0, 16, DType::u32)},
         .graph = loss_graph(smoothing),
         .reference = loss_reference(smoothing),
         .tolerance = epsilons(16),
         .gradient = true,
         .label = "offset"});
    add({.inputs = {uniform({33, 17}, -1e30, 1e30), integers({33}, 0, 16, DType::u32)},
         .graph = loss_graph(smoothing),
         .reference = loss_reference(smoothing),
         .tolerance = epsilons(16),
         .label = "extreme"});
    add({.inputs = {uniform({4, 6}, -1, 1), exactly({4}, {0, ignored, 5, ignored}, DType::u32)},
         .graph = loss_graph(smoothing),
         .reference = loss_reference(smoothing),
         .tolerance = epsilons(16),
         .gradient = true,
         .label = "ignored"});
    add({.inputs = {uniform({4, 6}, -1, 1), exactly({4}, {0, 6, 5, 1e9}, DType::u32)},
         .graph = loss_graph(smoothing),
         .reference = loss_reference(smoothing),
         .tolerance = epsilons(16),
         .label = "no_class"});
  }
  add({.inputs = {uniform({4096, 1000}, -4, 4), integers({4096}, 0, 999, DType::u32)},
       .graph = loss_graph(0),
       .reference = loss_reference(0),
       .bytes = 4.0 * 4096 * 1000,
       .bench_only = true});
}

OP_CASES("softmax_cross_entropy_backward") {
  for (const auto& [smoothing, cols] :
       {std::pair{0.0F, 7}, std::pair{0.2F, 7}, std::pair{0.2F, 12}}) {
    add({.inputs = {uniform({5, cols}, -2, 2), exactly({5}, {6, 0, ignored, 3, 3}, DType::u32),
                    uniform({5}, -1, 1, 2)},
         .graph =
             [smoothing = smoothing](auto in) {
               const Tensor loss =
                   softmax_cross_entropy(in[0], in[1], {.label_smoothing = smoothing});
               return gradient(loss * in[2], {in[0]})[0];
             },
         .reference =
             [smoothing = smoothing](const Array& logits, const Array& labels, const Array& dy) {
               return loss_gradient(logits, labels, dy, static_cast<double>(smoothing));
             },
         .tolerance = epsilons(16),
         .gradient = true});
  }
}

OP_CASES("correct") {
  for (const Shape& s : {Shape{0, 3}, Shape{1, 1}, Shape{128, 10}, Shape{5, 64}, Shape{9, 301}}) {
    const int last = static_cast<int>(s[1]) - 1;
    add({.inputs = {integers(s, -2, 2), integers({s[0]}, 0, std::min(last, 4), DType::u32)},
         .graph = [](auto in) { return correct(in[0], in[1]); },
         .reference = first_largest,
         .tolerance = exact()});
  }
  add({.inputs = {exactly({6, 3}, {1, 2, 2, 1, 2, 2, nan, 1, 0, 0, nan, 1, 5, 5, 5, 0, 0, 9}),
                  exactly({6}, {1, 2, 1, 1, 3, ignored}, DType::u32)},
       .graph = [](auto in) { return correct(in[0], in[1]); },
       .reference =
           [](const Array&, const Array&) {
             return Array({6}, {1, 0, 0, 0, 0, 0});
           },
       .tolerance = exact(),
       .label = "ties_and_nan"});
}

}  // namespace ridgeback::test
