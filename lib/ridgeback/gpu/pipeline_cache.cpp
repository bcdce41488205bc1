// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/pipeline_cache.hpp"

#include "ridgeback/core/log.hpp"
#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/hash.hpp"
#include "ridgeback/gpu/write_file.hpp"

#include <array>
#include <cstring>
#include <exception>
#include <fmt/core.h>
#include <fstream>

namespace ridgeback::gpu {
namespace {

constexpr std::array<char, 8> magic{'R', 'B', 'P', 'I', 'P', 'E', '0', '1'};
constexpr std::uint64_t largest_file = std::uint64_t{256} << 20;

struct FileHeader {
  std::array<char, 8> magic{};
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

// The first bytes of every driver's blob, as the specification lays them out.
struct BlobHeader {
  std::uint32_t header_bytes = 0;
  std::uint32_t version = 0;
  std::uint32_t vendor_id = 0;
  std::uint32_t device_id = 0;
  std::array<std::uint8_t, 16> cache_uuid{};
};
static_assert(sizeof(FileHeader) == 24 && sizeof(BlobHeader) == 32);

std::vector<std::byte> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto bytes = static_cast<std::uint64_t>(in.tellg());
  if (bytes > largest_file) return {};
  std::vector<std::byte> content(bytes);
  in.seekg(0);
  in.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(bytes));
  return in ? content : std::vector<std::byte>{};
}

UniquePipelineCache make_cache(VkDevice device, std::span<const std::byte> blob) {
  const VkPipelineCacheCreateInfo info{.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
                                       .initialDataSize = blob.size(),
                                       .pInitialData = blob.data()};
  VkPipelineCache handle = VK_NULL_HANDLE;
  check(vkCreatePipelineCache(device, &info, nullptr, &handle), "vkCreatePipelineCache");
  return {device, handle};
}

}  // namespace

std::vector<std::byte> seal_cache(std::span<const std::byte> blob) {
  const FileHeader header{.magic = magic, .bytes = blob.size(), .checksum = hash_bytes(blob)};
  std::vector<std::byte> file(sizeof header + blob.size());
  std::memcpy(file.data(), &header, sizeof header);
  if (!blob.empty()) std::memcpy(file.data() + sizeof header, blob.data(), blob.size());
  return file;
}

std::optional<std::span<const std::byte>> unseal_cache(std::span<const std::byte> file,
                                                       const DeviceSnapshot& device) {
  FileHeader header;
  if (file.size() < sizeof header) return {};
  std::memcpy(&header, file.data(), sizeof header);
  const std::span<const std::byte> blob = file.subspan(sizeof header);
  if (header.magic != magic || header.bytes != blob.size()) return {};
  if (header.checksum != hash_bytes(blob)) return {};
  BlobHeader inner;
  if (blob.size() < sizeof inner) return {};
  std::memcpy(&inner, blob.data(), sizeof inner);
  if (inner.version != VK_PIPELINE_CACHE_HEADER_VERSION_ONE) return {};
  if (inner.vendor_id != device.vendor_id || inner.device_id != device.device_id) return {};
  if (inner.cache_uuid != device.cache_uuid) return {};
  return blob;
}

PipelineCache::PipelineCache(const Context& context) : context_(context) {
  std::vector<std::byte> content;
  std::span<const std::byte> blob;
  if (const auto folder = cache_folder()) {
    file_ = *folder / fmt::format("pipelines-{}.bin", cache_tag(context.snapshot()));
    content = read_file(*file_);
    const auto unsealed = unseal_cache(content, context.snapshot());
    if (unsealed) {
      blob = *unsealed;
    } else if (!content.empty()) {
      logging::debug(
          fmt::format("pipeline cache {} is damaged or foreign: ignored", file_->string()));
    }
  }
  cache_ = make_cache(context.get(), blob);
}

void PipelineCache::save() noexcept {
  if (!dirty_ || !file_) return;
  dirty_ = false;
  try {
    write();
  } catch (const std::exception& error) {
    logging::debug(fmt::format("pipeline cache not saved: {}", error.what()));
  }
}

void PipelineCache::write() const {
  std::size_t bytes = 0;
  check(vkGetPipelineCacheData(context_.get(), cache_.get(), &bytes, nullptr),
        "vkGetPipelineCacheData");
  std::vector<std::byte> blob(bytes);
  check(vkGetPipelineCacheData(context_.get(), cache_.get(), &bytes, blob.data()),
        "vkGetPipelineCacheData");
  blob.resize(bytes);
  write_file(*file_, seal_cache(blob));
}

}  // namespace ridgeback::gpu
