// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/open.hpp"

#include "ridgeback/core/error.hpp"

#include <fstream>
#include <functional>
#include <gtest/gtest.h>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"
#include "harness/test_images.hpp"

namespace ridgeback::data {
namespace {

namespace fs = std::filesystem;
using test::Bytes;
using test::has_text;

class OpenDataset : public test::TemporaryFolder {
 protected:
  void write(const fs::path& name, const Bytes& bytes) const {
    fs::create_directories((folder() / name).parent_path());
    std::ofstream(folder() / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  void write_grey(const fs::path& name, std::uint8_t level) const {
    write(name, test::png(2, 3, 1, Bytes(6, level)));
  }
  // Labels and images of two samples of 1 x 1, or bytes that are given.
  void write_idx(const std::string& prefix) const {
    for (const char* part : {"train", "t10k"}) {
      write(prefix + part + "-images-idx3-ubyte",
            {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6});
      write(prefix + part + "-labels-idx1-ubyte", {0, 0, 8, 1, 0, 0, 0, 2, 1, 0});
    }
  }
  [[nodiscard]] Dataset open(const OpenOptions& options = {}) const {
    return open_dataset(folder().string(), options);
  }
};

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error";
  return "";
}

TEST_F(OpenDataset, DrawnNeedsNoFile) {
  const Dataset dataset = open_dataset("drawn", {.drawn = {.train = 12, .test = 3, .seed = 2}});
  EXPECT_EQ(dataset.train.count(), 12);
  EXPECT_THROW((void)open_dataset("drawn", {.drawn = {.train = 0}}), InvalidArgument);
}

TEST_F(OpenDataset, FindsIdxFiles) {
  write_idx("");
  EXPECT_EQ(open().classes, 2);
  EXPECT_EQ(open_dataset(folder().string() + "/").name, folder().filename().string());
  EXPECT_EQ(open({.class_names = {"no", "yes", "maybe"}}).class_names[2], "maybe");
  EXPECT_THROW((void)open({.class_names = {"one"}}), FormatError);
}

TEST_F(OpenDataset, FindsOneOfSeveralIdxSetsByItsPrefix) {
  write_idx("emnist-a-");
  write_idx("emnist-b-");
  EXPECT_EQ(open_dataset((folder() / "emnist-b").string()).name, "emnist-b");
  EXPECT_TRUE(has_text(message_of([&] { (void)open(); }), {"emnist-a"}));
  EXPECT_TRUE(has_text(message_of([&] { (void)open_dataset((folder() / "emnist-c").string()); }),
                       {"no such folder"}));
}

TEST_F(OpenDataset, ReadsTrainAndTestFoldersSortedByName) {
  write_grey("train/dog/2.png", 2);
  write_grey("train/dog/10.png", 1);
  write_grey("train/cat/x.PNG", 3);
  write_grey("test/dog/t.png", 9);
  write("train/dog/notes.txt", {1});
  write("train/.hidden/a.png", {1});
  write("train/cat/.hidden.png", {1});
  fs::create_directories(folder() / "train" / "empty");
  const Dataset dataset = open();
  EXPECT_EQ(dataset.class_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(dataset.sample_shape, (Shape{2, 3}));
  EXPECT_EQ(dataset.train.labels, (std::vector<std::uint32_t>{0, 1, 1}));
  EXPECT_EQ(dataset.train.images[0], 3);
  EXPECT_EQ(dataset.train.images[6], 1);
  EXPECT_EQ(dataset.train.images[12], 2);
  EXPECT_EQ(dataset.test.labels, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(dataset.test.images, Bytes(6, 9));
}

TEST_F(OpenDataset, SplitsATenthOffByTheSeed) {
  for (int i = 0; i < 40; ++i) {
    write_grey(fs::path(i % 2 == 0 ? "a" : "b") / (std::to_string(i) + ".png"),
               static_cast<std::uint8_t>(i));
  }
  const Dataset one = open({.seed = 1}), again = open({.seed = 1}), other = open({.seed = 2});
  EXPECT_EQ(one.train.count(), 36);
  EXPECT_EQ(one.test.labels, (std::vector<std::uint32_t>{0, 0, 1, 1}));
  EXPECT_EQ(one.test.images, again.test.images);
  EXPECT_NE(one.test.images, other.test.images);
  // Together they are all the images, each once.
  std::vector<int> levels(40);
  for (std::size_t i = 0; i < 36; ++i) ++levels[one.train.images[6 * i]];
  for (std::size_t i = 0; i < 4; ++i) ++levels[one.test.images[6 * i]];
  EXPECT_EQ(levels, std::vector<int>(40, 1));
}

TEST_F(OpenDataset, FewImagesStillGiveATestSample) {
  write_grey("a/1.png", 1);
  write_grey("b/1.png", 2);
  EXPECT_EQ(open().test.count(), 1);
  EXPECT_EQ(open().train.count(), 1);
}

TEST_F(OpenDataset, ATrainFolderAloneIsSplit) {
  for (int i = 0; i < 10; ++i) write_grey("train/a/" + std::to_string(i) + ".png", 1);
  EXPECT_EQ(open().train.count(), 9);
  EXPECT_EQ(open().test.count(), 1);
}

TEST_F(OpenDataset, ClassesMayBeCalledTrainAndTest) {
  for (int i = 0; i < 10; ++i) {
    write_grey("train/" + std::to_string(i) + ".png", 1);
    write_grey("test/" + std::to_string(i) + ".png", 1);
  }
  EXPECT_EQ(open().class_names, (std::vector<std::string>{"test", "train"}));
}

TEST_F(OpenDataset, ResizesAndConvertsToWhatIsAsked) {
  write_grey("a/1.png", 7);
  write("a/2.jpg", test::jpeg());
  const Dataset own = open({.class_names = {"a"}});
  EXPECT_EQ(own.sample_shape, (Shape{2, 3}));
  const Dataset asked = open({.height = 5, .width = 4, .channels = 3});
  EXPECT_EQ(asked.sample_shape, (Shape{5, 4, 3}));
  EXPECT_EQ(asked.train.images, Bytes(60, 7));
}

TEST_F(OpenDataset, ReportsProgress) {
  for (int i = 0; i < 10; ++i) write_grey("a/" + std::to_string(i) + ".png", 1);
  std::vector<std::int64_t> seen;
  (void)open({.progress = [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 10);
    seen.push_back(done);
  }});
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(seen.back(), 10);
}

TEST_F(OpenDataset, NamesTheFirstDamagedImage) {
  for (int i = 0; i < 10; ++i) write_grey("train/a/" + std::to_string(i) + ".png", 1);
  write_grey("test/a/1.png", 1);
  write("train/a/3.png", {1, 2, 3});
  write("train/a/7.png", {});
  EXPECT_TRUE(has_text(message_of([&] { (void)open({.height = 2, .width = 2, .channels = 1}); }),
                       {"train/a/3.png"}));
}

TEST_F(OpenDataset, RefusesFoldersThatAreNoClassOfTheModel) {
  write_grey("cat/1.png", 1);
  write_grey("dog/1.png", 1);
  EXPECT_TRUE(has_text(message_of([&] {
                         (void)open({.class_names = {"bird", "cat"}});
                       }),
                       {"dog", "bird, cat"}));
  const Dataset dataset = open({.class_names = {"ant", "cat", "dog"}});
  EXPECT_EQ(dataset.classes, 3);
  EXPECT_EQ(dataset.train.labels, (std::vector<std::uint32_t>{1}));
}

TEST_F(OpenDataset, RefusesMoreBytesThanAllowed) {
  write_grey("a/1.png", 1);
  write_grey("a/2.png", 1);
  EXPECT_TRUE(
      has_text(message_of([&] { (void)open({.height = 1000, .width = 1000, .max_bytes = 1000}); }),
               {"ask for a smaller size"}));
}

TEST_F(OpenDataset, SaysWhatWasLookedFor) {
  EXPECT_TRUE(has_text(message_of([&] { (void)open(); }),
                       {folder().string(), "train-images-idx3-ubyte", "CLASS/*.png"}));
  EXPECT_TRUE(has_text(message_of([] { (void)open_dataset("/no/such/folder"); }),
                       {"/no/such/folder", "drawn"}));
  EXPECT_TRUE(has_text(message_of([] { (void)open_dataset(""); }), {"empty"}));
  EXPECT_TRUE(has_text(message_of([] { (void)open_dataset("/dev/null"); }), {"not a folder"}));
}

}  // namespace
}  // namespace ridgeback::data
