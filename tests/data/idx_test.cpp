// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/idx.hpp"

#include "ridgeback/core/error.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/gzip.hpp"
#include "harness/has_text.hpp"

namespace ridgeback::data {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using test::gzip;
using test::has_text;

void append_word(Bytes& bytes, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes idx(const std::vector<std::uint32_t>& extents, const Bytes& data, std::uint32_t type = 8) {
  Bytes bytes;
  append_word(bytes, type << 8 | static_cast<std::uint32_t>(extents.size()));
  for (const std::uint32_t extent : extents) append_word(bytes, extent);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

IdxArray parse(const Bytes& bytes, std::int64_t max_bytes = 1 << 20) {
  ByteStream stream = ByteStream::of(bytes, "some-file");
  return read_idx(stream, max_bytes);
}

// The message of the FormatError that `call` must throw.
std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const FormatError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no FormatError";
  return "";
}

class IdxFolder : public ::testing::Test {
 protected:
  IdxFolder() {
    folder_ = fs::temp_directory_path() /
              ("ridgeback-idx-" + std::to_string(::getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  ~IdxFolder() override { fs::remove_all(folder_); }

  void write(const std::string& name, const Bytes& bytes) const {
    std::ofstream file(folder_ / name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  // Three training and two test images of 2 x 3.
  void write_all(const std::string& prefix = "", const std::string& test = "t10k",
                 const std::string& dash = "-") const {
    Bytes pixels(18);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i);
    const std::string images = "images" + dash + "idx3-ubyte",
                      labels = "labels" + dash + "idx1-ubyte";
    write(prefix + "train-" + images, idx({3, 2, 3}, pixels));
    write(prefix + "train-" + labels, idx({3}, {0, 4, 1}));
    write(prefix + test + "-" + images, idx({2, 2, 3}, {9, 9, 9, 9, 9, 9, 8, 8, 8, 8, 8, 8}));
    write(prefix + test + "-" + labels, idx({2}, {4, 2}));
  }

  fs::path folder_;
};

TEST(ReadIdx, ReadsPlainAndGzip) {
  const Bytes bytes = idx({2, 3}, {1, 2, 3, 4, 5, 6});
  for (const Bytes& form : {bytes, gzip(bytes)}) {
    const IdxArray array = parse(form);
    EXPECT_EQ(array.extents, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(array.bytes, (Bytes{1, 2, 3, 4, 5, 6}));
  }
}

TEST(ReadIdx, ReadsGzipOfSeveralMembers) {
  const Bytes bytes = idx({4}, {1, 2, 3, 4});
  Bytes joined = gzip({bytes.begin(), bytes.begin() + 6});
  const Bytes second = gzip({bytes.begin() + 6, bytes.end()});
  joined.insert(joined.end(), second.begin(), second.end());
  EXPECT_EQ(parse(joined).bytes, (Bytes{1, 2, 3, 4}));
}

TEST(ReadIdx, EveryTruncationIsAnErrorThatNamesTheFile) {
  const Bytes bytes = idx({2, 2}, {1, 2, 3, 4});
  for (const Bytes& form : {bytes, gzip(bytes)}) {
    for (std::size_t length = 0; length < form.size(); ++length) {
      const Bytes cut(form.begin(), form.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_TRUE(has_text(error_of([&] { (void)parse(cut); }), {"some-file"})) << length;
    }
  }
  EXPECT_TRUE(has_text(error_of([] { (void)parse({}); }), {"empty"}));
}

TEST(ReadIdx, RefusesWrongMagicTypesAndRanks) {
  EXPECT_TRUE(has_text(error_of([] {
                         (void)parse({0x89, 'P', 'N', 'G', 0, 0, 0, 0});
                       }),
                       {"not an IDX file"}));
  EXPECT_TRUE(has_text(error_of([] {
                         (void)parse(idx({1}, {1, 2, 3, 4}, 0x0D));
                       }),
                       {"not unsigned byte"}));
  EXPECT_TRUE(has_text(error_of([] { (void)parse(idx({}, {1})); }), {"0 axes"}));
  EXPECT_TRUE(has_text(error_of([] { (void)parse(idx({1, 1, 1, 1, 1}, {1})); }), {"5 axes"}));
}

TEST(ReadIdx, RefusesBytesLeftOver) {
  EXPECT_TRUE(has_text(error_of([] {
                         (void)parse(idx({2}, {1, 2, 3}));
                       }),
                       {"left over", "at byte 10"}));
  EXPECT_TRUE(has_text(error_of([] { (void)parse(gzip(idx({2}, {1, 2, 3}))); }), {"left over"}));
}

TEST(ReadIdx, RefusesSizesThatOverflowOrExceedTheLimit) {
  const std::uint32_t most = 0xFFFFFFFFU;
  EXPECT_TRUE(has_text(error_of([&] {
                         (void)parse(idx({most, most, most, most}, {1}));
                       }),
                       {"too large"}));
  EXPECT_TRUE(has_text(error_of([&] {
                         (void)parse(idx({2, 0x80000000U, 2, 0x80000000U}, {1}));
                       }),
                       {"too large"}));
  EXPECT_TRUE(has_text(error_of([&] { (void)parse(idx({11}, Bytes(11)), 10); }), {"too large"}));
}

TEST(ReadIdx, AHeaderThatPromisesGigabytesCostsNoMemory) {
  // 3 GiB promised, 5 bytes there: with an address space of little more than now this must still
  // end in a FormatError, not in a failed allocation.
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  std::ifstream pages_file("/proc/self/statm");
  std::size_t pages = 0;
  pages_file >> pages;
  rlimit tight = before;
  tight.rlim_cur = pages * 4096 + (std::size_t{256} << 20);
  const bool limited =
      pages > 0 && pages < (std::size_t{1} << 24) && setrlimit(RLIMIT_AS, &tight) == 0;
  const Bytes lying = idx({3, 1U << 15, 1U << 15}, {1, 2, 3, 4, 5});
  const std::string message = error_of([&] { (void)parse(lying, std::int64_t{4} << 30); });
  if (limited) setrlimit(RLIMIT_AS, &before);
  EXPECT_TRUE(has_text(message, {"truncated", "got 5 bytes"}));
}

TEST(ReadIdx, GzipThatLiesAboutSizeOrChecksumIsCorrupt) {
  const Bytes good = gzip(idx({4}, {1, 2, 3, 4}));
  for (std::size_t from_end = 1; from_end <= 8; ++from_end) {
    Bytes bad = good;
    bad[bad.size() - from_end] ^= 0x40;
    EXPECT_TRUE(has_text(error_of([&] { (void)parse(bad); }), {"corrupt gzip"})) << from_end;
  }
  Bytes garbage = good;
  garbage.insert(garbage.end(), {'x', 'y', 'z'});
  EXPECT_TRUE(has_text(error_of([&] { (void)parse(garbage); }), {"gzip"}));
}

TEST(ReadIdx, AGzipBombStopsAfterWhatTheHeaderPromises) {
  Bytes bytes = idx({4}, {1, 2, 3, 4});
  bytes.resize(64 << 20);
  const Bytes bomb = gzip(bytes);
  EXPECT_LT(bomb.size(), 100000U);
  EXPECT_TRUE(has_text(error_of([&] { (void)parse(bomb); }), {"left over", "at byte 12"}));
}

TEST_F(IdxFolder, OpensTheUsualNames) {
  for (const std::string& test : {std::string("t10k"), std::string("test")}) {
    for (const std::string& dash : {std::string("-"), std::string(".")}) {
      fs::remove_all(folder_);
      fs::create_directories(folder_);
      write_all("", test, dash);
      const Dataset dataset = open_idx(folder_);
      require_valid(dataset);
      EXPECT_EQ(dataset.sample_shape, (Shape{2, 3}));
      EXPECT_EQ(dataset.classes, 5);
      EXPECT_EQ(dataset.train.labels, (std::vector<std::uint32_t>{0, 4, 1}));
      EXPECT_EQ(dataset.train.images[17], 17);
      EXPECT_EQ(dataset.test.labels, (std::vector<std::uint32_t>{4, 2}));
      EXPECT_EQ(dataset.name, folder_.filename().string());
    }
  }
}

TEST_F(IdxFolder, OpensGzipAndMixedFolders) {
  write_all();
  fs::remove(folder_ / "train-labels-idx1-ubyte");
  write("train-labels-idx1-ubyte.gz", gzip(idx({3}, {0, 4, 1})));
  EXPECT_EQ(open_idx(folder_).classes, 5);
}

TEST_F(IdxFolder, TakesAPrefixWhereThereIsOneOrItIsNamed) {
  write_all("emnist-letters-");
  EXPECT_EQ(open_idx(folder_).name, "emnist-letters");
  write_all("emnist-digits-");
  EXPECT_EQ(open_idx(folder_, {.prefix = "emnist-digits"}).name, "emnist-digits");
  try {
    (void)open_idx(folder_);
    FAIL();
  } catch (const InvalidArgument& error) {
    EXPECT_TRUE(has_text(error.what(), {"emnist-digits", "emnist-letters"}));
  }
}

TEST_F(IdxFolder, ReadsColourImages) {
  write_all();
  write("train-images-idx3-ubyte", idx({3, 1, 2, 3}, Bytes(18)));
  write("t10k-images-idx3-ubyte", idx({2, 1, 2, 3}, Bytes(12)));
  EXPECT_EQ(open_idx(folder_).sample_shape, (Shape{1, 2, 3}));
}

TEST_F(IdxFolder, SaysWhichFileIsMissing) {
  write_all();
  fs::remove(folder_ / "t10k-labels-idx1-ubyte");
  try {
    (void)open_idx(folder_);
    FAIL();
  } catch (const FileError& error) {
    EXPECT_TRUE(has_text(error.what(), {"t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte.gz",
                                        "t10k-labels.idx1-ubyte"}));
  }
  EXPECT_THROW((void)open_idx(folder_ / "nowhere"), FileError);
}

TEST_F(IdxFolder, RefusesPartsThatDoNotFitTogether) {
  const auto message = [&](const std::string& name, const Bytes& bytes) {
    write_all();
    write(name, bytes);
    return error_of([&] { (void)open_idx(folder_); });
  };
  EXPECT_TRUE(has_text(message("train-labels-idx1-ubyte", idx({2}, {0, 1})),
                       {"train-labels", "2 labels for the 3 images"}));
  EXPECT_TRUE(has_text(message("train-labels-idx1-ubyte", idx({3, 1}, {0, 1, 2})), {"1 axis"}));
  EXPECT_TRUE(
      has_text(message("train-images-idx3-ubyte", idx({3, 6}, Bytes(18))), {"3 or 4 axes"}));
  EXPECT_TRUE(
      has_text(message("t10k-images-idx3-ubyte", idx({2, 3, 2}, Bytes(12))), {"differ in size"}));
  EXPECT_TRUE(has_text(message("t10k-images-idx3-ubyte", {}), {"the file is empty"}));
  EXPECT_TRUE(has_text(message("train-images-idx3-ubyte", idx({3, 0, 3}, {})), {"no images"}));
  EXPECT_TRUE(has_text(message("t10k-labels-idx1-ubyte", idx({2}, {1, 5})),
                       {"t10k-labels", "out of range (got 5, expected below 5)", "at byte 9"}));
}

TEST_F(IdxFolder, ChecksLabelsAgainstTheClassesAsked) {
  write_all();
  EXPECT_EQ(open_idx(folder_, {.classes = 26}).classes, 26);
  EXPECT_TRUE(has_text(error_of([&] { (void)open_idx(folder_, {.classes = 4}); }),
                       {"train-labels", "got 4, expected below 4"}));
}

}  // namespace
}  // namespace ridgeback::data
