// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/runtime/storages.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dump.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {
namespace {

constexpr std::uint32_t guard_word = 0x5ca1ab1eU;
constexpr std::uint32_t poison_word = 0x7fc0beefU;  // a quiet NaN

}  // namespace

Storages::Storages(Device::Impl& device, const Program& program, bool guards)
    : device_(device), ranges_(program.storages.size()) {
  check_fits(program);
  std::vector<std::shared_ptr<gpu::Buffer>> arenas;
  if (!guards) {
    for (const std::int64_t bytes : program.arena_bytes) {
      arenas.push_back(std::make_shared<gpu::Buffer>(device.gpu->allocate(
          static_cast<std::uint64_t>(bytes), gpu::Domain::device, "temporaries")));
      buffers_.push_back(arenas.back());
    }
  }
  for (int i = 0; i < static_cast<int>(program.storages.size()); ++i) {
    const Storage& storage = program.storages[static_cast<std::size_t>(i)];
    const auto bytes = static_cast<std::uint64_t>(storage.bytes);
    switch (storage.kind) {
      case Storage::Kind::temporary:
        if (guards) {
          place(i, bytes, "temporary", true, true);
        } else {
          const auto& arena = arenas[static_cast<std::size_t>(storage.placement.arena)];
          ranges_[static_cast<std::size_t>(i)] = {
              arena.get(), static_cast<std::uint64_t>(storage.placement.offset), bytes};
        }
        break;
      case Storage::Kind::input:
      case Storage::Kind::step_params: {
        place(i, bytes, "input", guards, false);
        auto staging = device.gpu->allocate(bytes, gpu::Domain::upload, "input staging");
        std::ranges::fill(staging.mapped(), std::byte{0});
        staging_.emplace(i, std::make_unique<gpu::Buffer>(std::move(staging)));
        break;
      }
      case Storage::Kind::constant: {
        place(i, bytes, "constant", guards, false);
        const auto& range = ranges_[static_cast<std::size_t>(i)];
        const std::vector<std::byte>& value = as_source(storage.source)->bytes;
        if (!value.empty()) device.gpu->upload(*range.buffer, range.offset, value);
        break;
      }
      case Storage::Kind::persistent:
        buffers_.push_back(device.share(storage.source));
        ranges_[static_cast<std::size_t>(i)] = {buffers_.back().get(), 0, bytes};
        break;
    }
  }
}

void Storages::check_fits(const Program& program) const {
  const auto needed = static_cast<std::uint64_t>(program.peak_bytes());
  const std::uint64_t available = device_.gpu->bytes_available();
  // Persistent values may be there already: only what is surely too much is refused here.
  if (needed <= available + device_.gpu->bytes_in_use()) return;
  throw OutOfMemory(
      fmt::format(
          "compile: the plan needs {} ({} temporaries, {} parameters and states) and {} has {} "
          "left; use a smaller batch or model",
          bytes_text(static_cast<double>(needed)),
          bytes_text(static_cast<double>(program.temporary_bytes())),
          bytes_text(static_cast<double>(program.persistent_bytes())), device_.gpu->snapshot().name,
          bytes_text(static_cast<double>(available))),
      needed);
}

void Storages::place(int storage, std::uint64_t bytes, const std::string& purpose, bool guards,
                     bool temporary) {
  const std::uint64_t alignment =
      std::max<std::uint64_t>(device_.target.limits.storage_offset_alignment, 16);
  const std::uint64_t margin = guards ? alignment : 0;
  auto buffer = std::make_shared<gpu::Buffer>(
      device_.gpu->allocate(bytes + 2 * margin, gpu::Domain::device, purpose));
  ranges_[static_cast<std::size_t>(storage)] = {buffer.get(), margin, bytes};
  buffers_.push_back(buffer);
  if (guards) guarded_.push_back({buffer, bytes, storage, temporary});
  if (guards && !temporary) {
    const std::vector<std::uint32_t> words((bytes + 2 * margin) / 4, guard_word);
    device_.gpu->upload(*buffer, 0, std::as_bytes(std::span(words)));
  }
}

gpu::BufferRange Storages::bound(int storage) const {
  gpu::BufferRange range = ranges_[static_cast<std::size_t>(storage)];
  const auto guarded = std::ranges::find(guarded_, storage, &Guarded::storage);
  if (guarded != guarded_.end()) range.bytes = guarded->buffer->bytes() - range.offset;
  return range;
}

const gpu::Buffer* Storages::staging(int storage) const {
  const auto found = staging_.find(storage);
  return found == staging_.end() ? nullptr : found->second.get();
}

void Storages::poison() {
  for (const Guarded& guarded : guarded_) {
    if (!guarded.temporary) continue;
    const std::uint64_t margin = ranges_[static_cast<std::size_t>(guarded.storage)].offset;
    std::vector<std::uint32_t> words((guarded.bytes + 2 * margin) / 4, guard_word);
    std::fill_n(words.begin() + static_cast<std::ptrdiff_t>(margin / 4), guarded.bytes / 4,
                poison_word);
    device_.gpu->upload(*guarded.buffer, 0, std::as_bytes(std::span(words)));
  }
}

void Storages::check_guards() const {
  for (const Guarded& guarded : guarded_) {
    const std::uint64_t margin = ranges_[static_cast<std::size_t>(guarded.storage)].offset;
    std::vector<std::uint32_t> words((guarded.bytes + 2 * margin) / 4);
    device_.gpu->download(*guarded.buffer, 0, std::as_writable_bytes(std::span(words)));
    for (std::size_t i = 0; i < words.size(); ++i) {
      const bool inside = i >= margin / 4 && i < (margin + guarded.bytes) / 4;
      if (!inside && words[i] != guard_word) {
        throw Error(fmt::format(
            "guards: storage {} of {} bytes was written outside, at byte {}", guarded.storage,
            guarded.bytes, static_cast<std::int64_t>(4 * i) - static_cast<std::int64_t>(margin)));
      }
    }
  }
}

}  // namespace ridgeback
