// SPDX-License-Identifier: Apache-2.0
// The buffers behind the storages of one program.
#pragma once

#include "ridgeback/graph/program.hpp"
#include "ridgeback/runtime/device_impl.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace ridgeback {

class Storages {
 public:
  /// Allocates everything; throws OutOfMemory with the plan's figures where it cannot fit. With
  /// `guards` every storage that the program owns gets a buffer of its own with guard words around
  /// it.
  Storages(Device::Impl& device, const Program& program, bool guards);

  [[nodiscard]] gpu::BufferRange range(int storage) const {
    return ranges_[static_cast<std::size_t>(storage)];
  }
  /// What kernels get bound: with guards the words behind the storage too, or a driver that checks
  /// bounds would hide a write there.
  [[nodiscard]] gpu::BufferRange bound(int storage) const;
  /// Where the host writes the next value of an input or of the step parameters.
  [[nodiscard]] const gpu::Buffer* staging(int storage) const;
  /// Fills temporaries with NaNs and guards with their pattern.
  void poison();
  /// Throws Error, naming the storage, where a guard word changed.
  void check_guards() const;

 private:
  struct Guarded {
    std::shared_ptr<gpu::Buffer> buffer;
    std::uint64_t bytes;
    int storage;
    bool temporary;
  };
  void place(int storage, std::uint64_t bytes, const std::string& purpose, bool guards,
             bool temporary);
  void check_fits(const Program& program) const;

  Device::Impl& device_;
  std::vector<gpu::BufferRange> ranges_;
  std::vector<std::shared_ptr<gpu::Buffer>> buffers_;
  std::unordered_map<int, std::unique_ptr<gpu::Buffer>> staging_;
  std::vector<Guarded> guarded_;
};

}  // namespace ridgeback
