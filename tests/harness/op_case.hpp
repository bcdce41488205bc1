// SPDX-License-Identifier: Apache-2.0
// The table of cases of an operation. One entry
//   OP_CASES("softmax") {
//     add({.inputs = {uniform({7, 113}, -4, 4)},
//          .graph = [](auto in) { return softmax(in[0]); },
//          .reference = reference::softmax,
//          .tolerance = epsilons(4),
//          .gradient = true});
//   }
// yields tests: every usable variant of every kernel against the reference, with guard words around
// every buffer, twice with equal bits, in place where the operation allows it; the gradient against
// finite differences; a timing in bench mode; a row of the support table. The file opens namespace
// ridgeback::test.
#pragma once

#include "ridgeback/graph/step_params.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "harness/array.hpp"
#include "harness/inputs.hpp"
#include "harness/tolerance.hpp"

namespace ridgeback::test {

/// Builds the graph under test: takes std::vector<Tensor>, returns a Tensor or several.
class GraphFunction {
 public:
  GraphFunction() = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, GraphFunction>) GraphFunction(F f)
      : f_([f](const std::vector<Tensor>& in) -> std::vector<Tensor> {
          if constexpr (std::convertible_to<decltype(f(in)), Tensor>) {
            return {f(in)};
          } else {
            return f(in);
          }
        }) {}
  [[nodiscard]] std::vector<Tensor> operator()(const std::vector<Tensor>& in) const {
    return f_(in);
  }

 private:
  std::function<std::vector<Tensor>(const std::vector<Tensor>&)> f_;
};

/// Computes the same in double precision: takes std::vector<Array>, or one, two or three Arrays;
/// returns an Array or several.
class ReferenceFunction {
 public:
  using Arrays = std::vector<Array>;

  ReferenceFunction() = default;
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, ReferenceFunction>) ReferenceFunction(F f)
      : f_([f](const Arrays& in) { return several(call(f, in)); }) {}
  [[nodiscard]] Arrays operator()(const Arrays& in) const { return f_(in); }
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(f_); }

 private:
  static Arrays several(Array one) { return {std::move(one)}; }
  static Arrays several(Arrays all) { return all; }
  template <class F>
  static auto call(const F& f, const Arrays& in) {
    if constexpr (std::invocable<F, const Arrays&>) {
      return f(in);
    } else if constexpr (std::invocable<F, const Array&>) {
      return f(in[0]);
    } else if constexpr (std::invocable<F, const Array&, const Array&>) {
      return f(in[0], in[1]);
    } else {
      return f(in[0], in[1], in[2]);
    }
  }

  std::function<Arrays(const Arrays&)> f_;
};

struct OpCase {
  std::vector<Input> inputs;
  GraphFunction graph;
  ReferenceFunction reference;
  Tolerance tolerance = epsilons(4);
  bool gradient = false;  ///< compare with finite differences, for every f32 input
  /// Of a gradient, relative to the larger of the value and the rms.
  double gradient_tolerance = 1e-3;
  /// What finite differences are taken of, where that is not the reference (straight-through
  /// estimators).
  ReferenceFunction surrogate = {};
  StepParams step = {};
  double bytes = 0;         ///< that must move, for the timing
  double flops = 0;         ///< 2 for a multiply-add, for the timing
  bool bench_only = false;  ///< too large to test
  std::string label = {};   ///< part of the test's name; the shapes where empty
};

/// Base of what OP_CASES defines.
class OpCases {
 public:
  explicit OpCases(std::string_view op);
  OpCases(const OpCases&) = delete;
  OpCases& operator=(const OpCases&) = delete;
  virtual ~OpCases() = default;
  virtual void list() = 0;
  void add(OpCase op_case) { cases_.push_back(std::move(op_case)); }
  [[nodiscard]] const std::string& op() const { return op_; }
  [[nodiscard]] const std::vector<OpCase>& cases() const { return cases_; }

 private:
  std::string op_;
  std::vector<OpCase> cases_;
};

/// Every OP_CASES of this executable; their cases are there after register_op_cases().
[[nodiscard]] const std::vector<OpCases*>& op_cases();

/// Turns every OP_CASES of this executable into GoogleTests; once, before RUN_ALL_TESTS.
void register_op_cases();

/// "0_7x113_f32", unique within an operation for each index.
[[nodiscard]] std::string case_name(const OpCase& op_case, std::size_t index);

}  // namespace ridgeback::test

#define RIDGEBACK_JOIN_(a, b) a##b
#define RIDGEBACK_JOIN(a, b) RIDGEBACK_JOIN_(a, b)
#define RIDGEBACK_OP_CASES(op_name, type)           \
  namespace {                                       \
  struct type final : ::ridgeback::test::OpCases {  \
    type() : ::ridgeback::test::OpCases(op_name) {} \
    void list() override;                           \
  };                                                \
  const type RIDGEBACK_JOIN(type, _instance);       \
  }                                                 \
  void type::list()
#define OP_CASES(op_name) RIDGEBACK_OP_CASES(op_name, RIDGEBACK_JOIN(OpCasesOfLine, __LINE__))
