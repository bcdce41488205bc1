// SPDX-License-Identifier: Apache-2.0
// Data sets that lie, end early or are not there.
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "cli/bad_files.hpp"
#include "cli/program.hpp"

namespace ridgeback::cli_test {
namespace {

class BadData : public Program {
 protected:
  BadData() {
    write("good/train-images-idx3-ubyte", idx_images(20, 6));
    write("good/train-labels-idx1-ubyte", idx_labels(20, 3));
    write("good/t10k-images-idx3-ubyte", idx_images(8, 6));
    write("good/t10k-labels-idx1-ubyte", idx_labels(8, 3));
  }

  // Replaces one file of the good data and expects train to fail naming it, leaving nothing.
  void expect_refused(const std::string& name, const std::string& bytes,
                      const std::string& text) const {
    SCOPED_TRACE(text);
    const std::string before = read("good/" + name);
    write("good/" + name, bytes);
    const auto files_before = files();
    expect_failure({"train", "--data", "good", "--out", "run"}, 1, name);
    const RunResult result = run({"train", "--data", "good", "--out", "run"});
    EXPECT_NE(result.errors.find(text), std::string::npos) << result.errors;
    EXPECT_EQ(files(), files_before);
    write("good/" + name, before);
  }
};

TEST_F(BadData, GoodFilesTrain) {
  // Fewer samples than a batch, three classes, 6 x 6 pixels.
  run_well({"train", "--data", "good", "--hidden", "8", "--epochs", "1", "--out", "run"});
}

TEST_F(BadData, MissingOnesAreNamed) {
  expect_failure({"train", "--data", "nowhere", "--out", "run"}, 1, "nowhere");
  std::filesystem::remove(folder() / "good/train-labels-idx1-ubyte");
  expect_failure({"train", "--data", "good", "--out", "run"}, 1, "train-labels");
  std::filesystem::create_directories(folder() / "empty");
  expect_failure({"train", "--data", "empty", "--out", "run"}, 1, "empty");
  EXPECT_FALSE(std::filesystem::exists(folder() / "run"));
}

TEST_F(BadData, TruncatedAndLyingIdxFilesAreRefused) {
  const std::string images = idx_images(20, 6);
  expect_refused("train-images-idx3-ubyte", "", "train-images");
  expect_refused("train-images-idx3-ubyte", images.substr(0, 10), "train-images");
  expect_refused("train-images-idx3-ubyte", images.substr(0, images.size() - 1), "train-images");
  expect_refused("train-images-idx3-ubyte", images + "x", "train-images");
  expect_refused("train-images-idx3-ubyte", "\x89PNG" + images, "train-images");
  expect_refused("train-images-idx3-ubyte", idx({0x7fffffff, 0x7fffffff, 0x7fffffff}, "abc"),
                 "train-images");
  expect_refused("train-images-idx3-ubyte", idx({100'000'000, 28, 28}, "abc"), "train-images");
  expect_refused("train-images-idx3-ubyte", idx({20, 0, 6}, ""), "train-images");
  expect_refused("t10k-images-idx3-ubyte", idx_images(8, 7), "t10k-images");
}

TEST_F(BadData, LabelsThatDoNotFitAreRefused) {
  expect_refused("train-labels-idx1-ubyte", idx_labels(19, 3), "train-labels");
  expect_refused("t10k-labels-idx1-ubyte", idx({8}, "\x01\x02\x07\x01\x02\x01\x01\x01"),
                 "t10k-labels");
}

TEST_F(BadData, GzipThatLiesIsRefused) {
  const std::string good = gzip(idx_images(20, 6));
  std::filesystem::remove(folder() / "good/train-images-idx3-ubyte");
  const std::string name = "train-images-idx3-ubyte.gz";
  write("good/" + name, good);
  run_well({"train", "--data", "good", "--hidden", "8", "--epochs", "1"});
  expect_refused(name, good.substr(0, good.size() / 2), "gz");
  std::string damaged = good;
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);
  expect_refused(name, damaged, "gz");
  // A small file that would fill gigabytes.
  expect_refused(name, gzip(idx({50'000, 28, 28}, std::string(60'000'000, '\0'))), "gz");
  expect_refused(name, "\x1f\x8b" + std::string(100, 'x'), "gz");
}

TEST_F(BadData, ImagesThatAreNoneAreRefused) {
  write("pictures/train/cat/1.png", "this is no picture");
  write("pictures/train/dog/1.png", "nor is this");
  expect_failure({"train", "--data", "pictures", "--out", "run"}, 1, "1.png");
  EXPECT_FALSE(std::filesystem::exists(folder() / "run"));
}

}  // namespace
}  // namespace ridgeback::cli_test
