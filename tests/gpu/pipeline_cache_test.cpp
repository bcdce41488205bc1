// SPDX-License-Identifier: Apache-2.0
// The pipeline cache file: written whole, read only where it is this device's, otherwise ignored.
#include "ridgeback/gpu/pipeline_cache.hpp"

#include "ridgeback/gpu/device.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

namespace ridgeback::gpu {
namespace {

namespace fs = std::filesystem;

// Sets an environment variable for one test; a null value unsets it.
class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) {
    const char* before = std::getenv(name);
    if (before != nullptr) before_ = before;
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;
  ~Setting() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class PipelineCacheTest : public ::testing::Test {
 protected:
  PipelineCacheTest()
      : folder_(fs::temp_directory_path() / ("ridgeback-cache-test-" + std::to_string(getpid()))),
        setting_("RIDGEBACK_CACHE", folder_.c_str()) {}
  ~PipelineCacheTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  static void use_device() {
    const std::shared_ptr<Device> device = Device::open();
    static_cast<void>(device->pipeline({"fill", "baseline", {64}}));
  }

  [[nodiscard]] std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    if (!fs::exists(folder_)) return found;
    for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
    return found;
  }

  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path folder_;
  Setting setting_;
};

TEST_F(PipelineCacheTest, IsWrittenAtTheEndAndReadAgain) {
  use_device();
  ASSERT_EQ(files().size(), 1U) << "one file and no temporary";
  const fs::path file = files()[0];
  EXPECT_EQ(file.filename().string().rfind("pipelines-", 0), 0U);
  EXPECT_GT(fs::file_size(file), 24U);
  const std::string before = content(file);
  const std::shared_ptr<Device> device = Device::open();
  const auto bytes = std::as_bytes(std::span(before));
  EXPECT_TRUE(unseal_cache(bytes, device->snapshot()));
}

TEST_F(PipelineCacheTest, DamagedFilesAreIgnoredAndReplaced) {
  use_device();
  const fs::path file = files().at(0);
  const std::string good = content(file);
  std::string flipped = good;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  for (const std::string& bad : {std::string(), std::string("RB"), good.substr(0, 24),
                                 good.substr(0, good.size() - 1), flipped, good + "x"}) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bad;
    use_device();
    EXPECT_NE(content(file), bad);
    EXPECT_EQ(content(file).substr(0, 8), "RBPIPE01");
  }
  EXPECT_EQ(files().size(), 1U);
}

TEST_F(PipelineCacheTest, FoldersThatCannotBeWrittenAreIgnored) {
  std::ofstream(folder_) << "a file where the folder should be";
  EXPECT_NO_THROW(use_device());
  EXPECT_EQ(content(folder_), "a file where the folder should be");
  fs::remove(folder_);
}

TEST_F(PipelineCacheTest, AnEmptySettingDisablesIt) {
  const Setting off("RIDGEBACK_CACHE", "");
  EXPECT_FALSE(cache_folder());
  use_device();
  EXPECT_TRUE(files().empty());
}

TEST_F(PipelineCacheTest, TheUsersCacheFolderIsTheDefault) {
  const Setting unset("RIDGEBACK_CACHE", nullptr);
  const Setting home("HOME", "/home/somebody");
  const Setting shared("XDG_CACHE_HOME", "/somewhere/cache");
  EXPECT_EQ(cache_folder(), fs::path("/somewhere/cache/ridgeback"));
  const Setting no_shared("XDG_CACHE_HOME", "");
  EXPECT_EQ(cache_folder(), fs::path("/home/somebody/.cache/ridgeback"));
  const Setting no_home("HOME", nullptr);
  EXPECT_FALSE(cache_folder());
}

// A blob as the Vulkan specification starts every driver's.
std::vector<std::byte> blob_of(const DeviceSnapshot& device) {
  std::vector<std::byte> blob(40);
  const std::array<std::uint32_t, 4> head{32, 1, device.vendor_id, device.device_id};
  std::memcpy(blob.data(), head.data(), sizeof head);
  std::memcpy(blob.data() + 16, device.cache_uuid.data(), 16);
  return blob;
}

TEST(CacheSeal, OnlyTheSameDeviceMayOpenIt) {
  DeviceSnapshot device;
  device.vendor_id = 0x1002;
  device.device_id = 7;
  device.cache_uuid[3] = 9;
  const std::vector<std::byte> blob = blob_of(device);
  const std::vector<std::byte> file = seal_cache(blob);
  const auto opened = unseal_cache(file, device);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::equal(opened->begin(), opened->end(), blob.begin(), blob.end()));
  for (int difference = 0; difference < 3; ++difference) {
    DeviceSnapshot other = device;
    if (difference == 0) other.vendor_id ^= 1;
    if (difference == 1) other.device_id ^= 1;
    if (difference == 2) other.cache_uuid[15] ^= 1;
    EXPECT_FALSE(unseal_cache(file, other)) << difference;
  }
}

TEST(CacheSeal, NoFileThatWasCutOrChangedIsOpened) {
  const DeviceSnapshot device;
  const std::vector<std::byte> file = seal_cache(blob_of(device));
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(unseal_cache(std::span(file).first(length), device)) << length;
  }
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::vector<std::byte> changed = file;
    changed[i] ^= std::byte{0x10};
    EXPECT_FALSE(unseal_cache(changed, device)) << i;
  }
  EXPECT_FALSE(unseal_cache(seal_cache({}), device));
}

}  // namespace
}  // namespace ridgeback::gpu
