// SPDX-License-Identifier: Apache-2.0
// compile(): a graph becomes recorded commands that are replayed at every run.
#pragma once

#include "ridgeback/graph/program.hpp"
#include "ridgeback/graph/step_params.hpp"
#include "ridgeback/runtime/device.hpp"
#include "ridgeback/runtime/profile.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback {

struct CompileOptions {
  /// Passes to leave out, by name; simulated_pass alone is the reference that `--simulate` means.
  std::vector<std::string_view> disabled_passes;
  /// Kernel to variant (or "kernel/tile" to a tile), over what the device's target says.
  std::map<std::string, std::string> forced;
  /// Whether kernels may be those that a tuner found the fastest on this device. Without it the
  /// same device always gives the same bits for the same graph, whatever was tuned.
  bool use_tuned = true;
  /// Choice::point to option, over what was tuned; the tuner uses it.
  std::map<std::string, std::string> tuned;
  /// Writes a timestamp after every launch; see Executable::profile.
  bool profile = false;
  /// Surrounds every storage with words that check_guards() looks at. For tests: costs memory and
  /// time.
  bool guards = false;
  /// Longest time that one submission should take, in ms; a launch that alone is estimated above is
  /// cut by work groups.
  double submission_budget_ms = 500;
};

/// A compiled step. Move-only; keeps its device alive. Inputs keep their values between runs.
class Executable {
 public:
  Executable(Executable&&) noexcept;
  Executable& operator=(Executable&&) noexcept;
  ~Executable();

  /// Sets an input before the next run. Throws InvalidArgument for a tensor that is no input of
  /// this graph or a wrong number of bytes. An input that was never set holds zeros.
  void set_bytes(const Tensor& input, std::span<const std::byte> bytes);
  template <class T>
  void set(const Tensor& input, const std::vector<T>& values) {
    set_bytes(input, std::as_bytes(std::span<const T>(values)));
  }
  template <class T>
  void set(const Tensor& input, std::span<const T> values) {
    set_bytes(input, std::as_bytes(values));
  }

  /// Replays the step once. Returns when the device is done. Throws DeviceError or OutOfMemory
  /// only.
  void run(const StepParams& step = {});

  /// The value of one of the outputs that compile() was given, after the last run.
  [[nodiscard]] std::vector<std::byte> get_bytes(const Tensor& output) const;
  template <class T>
  [[nodiscard]] std::vector<T> get(const Tensor& output) const {
    const std::vector<std::byte> bytes = get_bytes(output);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }

  [[nodiscard]] const Program& program() const;
  /// Device time of the last run in ms (0 without timestamps), and host time that run() spent
  /// outside of waiting.
  [[nodiscard]] double device_ms() const;
  [[nodiscard]] double host_ms() const;
  /// Times of the last run by launch; empty unless compiled with `profile`.
  [[nodiscard]] Profile profile() const;
  /// Throws Error naming the launch list's storage if a kernel wrote outside of a buffer; needs
  /// `guards`.
  void check_guards() const;
  /// Number of command buffers a run submits.
  [[nodiscard]] std::size_t submissions() const;

  struct Impl;
  explicit Executable(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// Plans and records. Runs the passes that the operations ask for, verifies, lowers, plans memory;
/// throws OutOfMemory with the plan's figures before anything runs where it cannot fit.
[[nodiscard]] Executable compile(const Device& device, std::vector<Tensor> outputs,
                                 std::vector<Assignment> updates = {},
                                 const CompileOptions& options = {});

/// Passes, verification, lowering and memory plan without a device: for tests, `inspect --plan` and
/// dry runs.
[[nodiscard]] Program plan(const Target& target, std::vector<Tensor> outputs,
                           std::vector<Assignment> updates = {},
                           const CompileOptions& options = {});

/// A made-up device that has every kernel of this build in every variant: plans can be made without
/// Vulkan.
[[nodiscard]] Target null_target();

}  // namespace ridgeback
