// SPDX-License-Identifier: Apache-2.0
// A device to compile graphs for, and the values of parameters and states that live on it.
#pragma once

#include "ridgeback/graph/source.hpp"
#include "ridgeback/graph/target.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ridgeback {

namespace gpu {
class Device;
class Buffer;
}  // namespace gpu

/// A cheap handle on an opened Vulkan device. Calls on one device must not run at the same time.
class Device {
 public:
  /// The best device, or the one that `selector` names: a number as `ridgeback devices` lists them,
  /// or part of a name. RIDGEBACK_DEVICE is used where `selector` is empty. Throws Unsupported
  /// where there is none.
  [[nodiscard]] static Device open(const std::string& selector = "");

  /// Name and driver, for people: "llvmpipe (LLVM 15.0.6, 256 bits), llvmpipe Mesa 22.3.6".
  [[nodiscard]] std::string description() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string driver() const;
  /// What lowering sees, with RIDGEBACK_FORCE=kernel:variant,... and
  /// RIDGEBACK_CLASS=cpu|gpu (whose work groups to choose) applied, and with what a tuner
  /// remembers of this device.
  [[nodiscard]] const Target& target() const;
  /// From now on kernels are chosen by fixed rules, on all handles of this device.
  void forget_tuned() const;

  /// Bytes allocated on the device now and at most so far.
  [[nodiscard]] std::uint64_t bytes_in_use() const;
  [[nodiscard]] std::uint64_t peak_bytes() const;

  /// The value of a parameter or state. The first use of one on a device makes its storage and
  /// fills it from its Init (zeros without one). Throws InvalidArgument for any other tensor or a
  /// wrong length.
  [[nodiscard]] std::vector<std::byte> read_bytes(const Tensor& persistent) const;
  void write_bytes(const Tensor& persistent, std::span<const std::byte> bytes) const;
  template <class T>
  [[nodiscard]] std::vector<T> read(const Tensor& persistent) const {
    const std::vector<std::byte> bytes = read_bytes(persistent);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
  }
  template <class T>
  void write(const Tensor& persistent, std::span<const T> values) const {
    write_bytes(persistent, std::as_bytes(values));
  }

  struct Impl;
  [[nodiscard]] Impl& impl() const { return *impl_; }
  explicit Device(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace ridgeback
