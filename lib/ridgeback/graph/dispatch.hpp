// SPDX-License-Identifier: Apache-2.0
// One launch, described as plain data: printed, compared, costed and tested without a device.
#pragma once

#include "ridgeback/core/tensor_spec.hpp"
#include "ridgeback/graph/choice.hpp"
#include "ridgeback/graph/target.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ridgeback {

/// What a binding of a launch refers to: an input or output of the operation, or scratch memory of
/// it.
struct Binding {
  enum class Kind : std::uint8_t { input, output, scratch };
  Kind kind = Kind::input;
  int index = 0;
  bool written = false;
  std::int64_t scratch_bytes = 0;

  bool operator==(const Binding&) const = default;
};

/// The facts an operation lowers from.
struct LowerContext {
  std::span<const TensorSpec> in;
  std::span<const TensorSpec> out;
  const Target& target;
  std::string operation{};  ///< name and attributes, for choices
};

/// A kernel launch, or a plain copy of binding 0 to binding 1 where `kernel` is empty. Reads as a
/// sentence:
///   dispatch("softmax_rows", c).read(0).write(0).push(SoftmaxRowsParams{rows, cols}).groups(rows)
struct Dispatch {
  std::string kernel;
  std::string variant;
  std::vector<std::uint32_t>
      constants;  ///< specialization constants, ids 0, 1, 2...; id 0 is the local size
  std::vector<Binding> bindings;  ///< in binding order: inputs first, outputs last
  std::vector<std::byte> push_bytes;
  std::array<std::uint32_t, 3> group_counts{1, 1, 1};
  double flops = 0;  ///< arithmetic of this launch, 2 for a multiply-add; for budgets and profiles
  double bytes = 0;  ///< bytes that must move at least
  std::vector<Choice> choices;  ///< in the order in which they are to be tuned

  Dispatch& read(int input);
  Dispatch& write(int output);
  Dispatch& read_output(
      int output);               ///< an output that an earlier launch of the same lowering wrote
  Dispatch& update(int output);  ///< read and written
  Dispatch& read_scratch(int index, std::int64_t bytes);
  Dispatch& write_scratch(int index, std::int64_t bytes);
  /// Appends specialization constants; the first call's first value is the local size.
  template <class... Values>
  Dispatch& specialize(Values... values) {
    (constants.push_back(static_cast<std::uint32_t>(values)), ...);
    return *this;
  }
  template <class Params>
  Dispatch& push(const Params& params) {
    static_assert(std::is_trivially_copyable_v<Params> && sizeof(Params) <= 128);
    push_bytes.resize(sizeof(Params));
    std::memcpy(push_bytes.data(), &params, sizeof(Params));
    return *this;
  }
  Dispatch& groups(std::int64_t x, std::int64_t y = 1, std::int64_t z = 1);
  /// `count` groups numbered by linear_group() of shaders/common/index.glsl.
  Dispatch& linear_groups(std::int64_t count);
  Dispatch& cost(double arithmetic, double moved);

  bool operator==(const Dispatch&) const = default;
};

/// The variant to launch: the forced one where it is offered, else the tuned one, else the first
/// usable one of `candidates`, else the kernel's first usable variant. Without candidates every
/// usable variant is offered. Throws Unsupported, naming the kernel, where no variant is usable.
[[nodiscard]] Choice choose_variant(const LowerContext& context, std::string_view kernel,
                                    const std::vector<std::string>& candidates);

/// Starts a launch of `kernel` with the variant that choose_variant picks.
[[nodiscard]] Dispatch dispatch(std::string_view kernel, const LowerContext& context,
                                const std::vector<std::string>& candidates = {});

/// A plain copy of input 0 to output 0.
[[nodiscard]] Dispatch copy_dispatch();

}  // namespace ridgeback
