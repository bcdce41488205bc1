// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/images.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"
#include "harness/test_images.hpp"

namespace ridgeback::data {
namespace {

using test::Bytes;
using test::has_text;

std::string error_of(const Bytes& bytes) {
  try {
    (void)decode_image(bytes, "some-image");
  } catch (const FormatError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no FormatError";
  return "";
}

TEST(DecodeImage, ReadsPngOfEveryKind) {
  EXPECT_EQ(decode_image(test::png(2, 2, 1, {1, 2, 3, 4}), "i"), (Image{2, 2, 1, {1, 2, 3, 4}}));
  EXPECT_EQ(decode_image(test::png(1, 2, 3, {1, 2, 3, 4, 5, 6}), "i"),
            (Image{1, 2, 3, {1, 2, 3, 4, 5, 6}}));
  // Alpha is dropped.
  EXPECT_EQ(decode_image(test::png(1, 2, 2, {7, 0, 9, 255}), "i"), (Image{1, 2, 1, {7, 9}}));
  EXPECT_EQ(decode_image(test::png(1, 1, 4, {1, 2, 3, 0}), "i"), (Image{1, 1, 3, {1, 2, 3}}));
}

TEST(DecodeImage, ConvertsChannels) {
  EXPECT_EQ(decode_image(test::png(1, 1, 1, {9}), "i", 3).bytes, (Bytes{9, 9, 9}));
  EXPECT_EQ(decode_image(test::png(1, 1, 3, {100, 100, 100}), "i", 1).bytes, (Bytes{100}));
  EXPECT_THROW((void)decode_image(test::png(1, 1, 1, {9}), "i", 2), InvalidArgument);
}

TEST(DecodeImage, ReadsJpeg) {
  const Image image = decode_image(test::jpeg(), "i");
  EXPECT_EQ(image.height, 8);
  EXPECT_EQ(image.width, 16);
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.bytes[0], 192);
  EXPECT_EQ(image.bytes[127], 64);
}

TEST(DecodeImage, EveryTruncationIsAnErrorThatNamesTheFile) {
  for (const Bytes& whole : {test::png(4, 4, 1, Bytes(16, 5)), test::jpeg()}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_TRUE(has_text(error_of(cut), {"some-image"})) << length;
    }
  }
}

TEST(DecodeImage, AHuffmanTableOfTooManyCodesIsRefused) {
  Bytes bad = test::jpeg();
  const Bytes marker{0xFF, 0xC4};
  const auto dht = std::search(bad.begin(), bad.end(), marker.begin(), marker.end());
  std::fill(dht + 5, dht + 21, std::uint8_t{0xFF});
  EXPECT_TRUE(has_text(error_of(bad), {"some-image", "Huffman"}));
}

TEST(DecodeImage, EveryFlippedBitOfAPngIsNoticed) {
  const Bytes whole = test::png(4, 4, 1, Bytes(16, 5));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Bytes bad = whole;
    bad[i] ^= 0x10;
    EXPECT_TRUE(has_text(error_of(bad), {"some-image"})) << i;
  }
}

TEST(DecodeImage, SizesThatTheBytesCannotHoldAreRefused) {
  EXPECT_TRUE(has_text(error_of(test::png(1, 1 << 16, 1, Bytes(1 << 16), 1 << 11)), {"too large"}));
  EXPECT_TRUE(has_text(error_of(test::png(1, 6000, 1, Bytes(6000), 6000)), {"cannot hold"}));
  EXPECT_TRUE(has_text(error_of(test::png(1, 8, 1, Bytes(8), 200)), {"damaged"}));
}

// Pixels that inflate to 16 MB behind a header of 4 x 4.
TEST(DecodeImage, APngBombCostsLittle) {
  Bytes bomb = test::png(4000, 4000, 1, Bytes(16'000'000));
  EXPECT_LT(bomb.size(), 1'000'000U);
  bomb[18] = bomb[22] = 0;
  bomb[19] = bomb[23] = 4;
  test::repair_png(bomb);
  EXPECT_TRUE(has_text(error_of(bomb), {"damaged"}));
}

TEST(DecodeImage, OtherFilesAreRefused) {
  EXPECT_TRUE(has_text(error_of({}), {"empty"}));
  EXPECT_TRUE(
      has_text(error_of({'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0}), {"not a PNG or JPEG"}));
}

TEST(Resize, AveragesWhereItShrinks) {
  const Image image{2, 4, 1, {0, 100, 200, 200, 100, 200, 0, 0}};
  EXPECT_EQ(resize(image, 1, 2), (Image{1, 2, 1, {100, 100}}));
  EXPECT_EQ(resize(image, 2, 2).bytes, (Bytes{50, 200, 150, 0}));
  // 3 to 2: each output covers one and a half pixels.
  EXPECT_EQ(resize({1, 3, 1, {0, 90, 240}}, 1, 2).bytes, (Bytes{30, 190}));
}

TEST(Resize, InterpolatesWhereItGrows) {
  EXPECT_EQ(resize({1, 2, 1, {0, 100}}, 1, 4).bytes, (Bytes{0, 25, 75, 100}));
  EXPECT_EQ(resize({1, 1, 3, {1, 2, 3}}, 2, 2).bytes, (Bytes{1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}));
}

TEST(Resize, KeepsConstantImagesAndSizesOfOne) {
  for (const auto& [height, width] : {std::pair{1, 1}, {13, 7}, {64, 3}, {9, 200}}) {
    const Image image = resize({31, 17, 3, Bytes(31 * 17 * 3, 255)}, height, width);
    EXPECT_EQ(image.bytes, Bytes(static_cast<std::size_t>(height * width * 3), 255));
  }
  EXPECT_THROW((void)resize({1, 1, 1, {0}}, 0, 1), InvalidArgument);
}

class LoadImage : public test::TemporaryFolder {};

TEST_F(LoadImage, GivesTheSizeAndChannelsAsked) {
  const Bytes file = test::jpeg();
  std::ofstream(folder() / "a.jpg", std::ios::binary)
      .write(reinterpret_cast<const char*>(file.data()), static_cast<std::streamsize>(file.size()));
  EXPECT_EQ(load_image(folder() / "a.jpg", 1, 2, 3), (Bytes{192, 192, 192, 64, 64, 64}));
  EXPECT_THROW((void)load_image(folder() / "b.jpg", 1, 2, 3), FileError);
  EXPECT_THROW((void)load_image(folder(), 1, 2, 3), FileError);
}

TEST(ImageNames, EndInPngOrJpeg) {
  EXPECT_TRUE(has_image_name("a/b.PNG"));
  EXPECT_TRUE(has_image_name("x.jpeg"));
  EXPECT_FALSE(has_image_name("x.txt"));
  EXPECT_FALSE(has_image_name("png"));
}

}  // namespace
}  // namespace ridgeback::data
