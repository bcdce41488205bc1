// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/safetensors.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::io {
namespace {

using test::has_text;
using Bytes = std::vector<std::byte>;

// A file with this header, a header length that fits or lies, and `data` zero bytes.
Bytes file_with(std::string_view json, std::size_t data, std::uint64_t length = ~std::uint64_t{0}) {
  if (length == ~std::uint64_t{0}) length = json.size();
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(length >> (8 * i) & 255));
  for (const char c : json) bytes.push_back(static_cast<std::byte>(c));
  bytes.resize(bytes.size() + data);
  return bytes;
}

std::string error_of(const Bytes& bytes) {
  try {
    (void)parse_safetensors(bytes, "some-file");
  } catch (const FormatError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no FormatError";
  return "";
}

std::string error_of(std::string_view json, std::size_t data = 0) {
  return error_of(file_with(json, data));
}

SafetensorsFile sample() {
  return {{{"who", "a \"test\"\n"}, {"é", "ü"}},
          {store_u8("zz", {3}, std::vector<std::uint8_t>{1, 2, 3}),
           store_f32("net.1.weight", {2, 2}, std::vector<float>{1, -2, 3.5F, 0}),
           store_u8("aa", {0, 7}, {}), store_i32("scalar", {}, std::vector<std::int32_t>{-5}),
           store_u32("net.0.codes", {1, 2}, std::vector<std::uint32_t>{7, 0xFFFFFFFFU})}};
}

class Safetensors : public test::TemporaryFolder {};

TEST_F(Safetensors, ReadsBackWhatItWrote) {
  const SafetensorsFile file = sample();
  write_safetensors(folder() / "x.safetensors", file.metadata, file.tensors);
  const SafetensorsFile read = read_safetensors(folder() / "x.safetensors");
  EXPECT_EQ(read.metadata, file.metadata);
  ASSERT_EQ(read.tensors.size(), file.tensors.size());
  for (const StoredTensor& tensor : file.tensors) {
    const StoredTensor* found = find_tensor(read.tensors, tensor.name);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(*found, tensor);
  }
  EXPECT_EQ(f32_values(*find_tensor(read.tensors, "net.1.weight")),
            (std::vector<float>{1, -2, 3.5F, 0}));
  EXPECT_EQ(find_tensor(read.tensors, "none"), nullptr);
}

TEST_F(Safetensors, BytesDoNotDependOnTheOrderOfTheTensors) {
  SafetensorsFile file = sample();
  const Bytes first = serialize_safetensors(file);
  std::reverse(file.tensors.begin(), file.tensors.end());
  EXPECT_EQ(serialize_safetensors(file), first);
  EXPECT_EQ(parse_safetensors(first, "m"), parse_safetensors(serialize_safetensors(file), "m"));
}

TEST_F(Safetensors, DataIsAligned) {
  const SafetensorsFile file = sample();
  write_safetensors(folder() / "x", file.metadata, file.tensors);
  const SafetensorsHeader header = read_safetensors_header(folder() / "x");
  EXPECT_EQ(header.data_offset % 8, 0U);
  EXPECT_EQ(header.file_bytes, std::filesystem::file_size(folder() / "x"));
  EXPECT_EQ(header.metadata, file.metadata);
  ASSERT_EQ(header.tensors.size(), 5U);
  for (const StoredEntry& entry : header.tensors) {
    EXPECT_EQ(entry.begin % static_cast<std::uint64_t>(dtype_bytes(entry.dtype)), 0U) << entry.name;
  }
}

TEST_F(Safetensors, AnEmptyFileOfTensorsIsFine) {
  EXPECT_EQ(parse_safetensors(serialize_safetensors({}), "m"), SafetensorsFile{});
}

TEST_F(Safetensors, ReadsFilesOfOtherWriters) {
  // Entries in another order than their data, blanks, and no padding.
  const SafetensorsFile file =
      parse_safetensors(file_with(R"({ "b":{"data_offsets":[2,6],"dtype":"F32","shape":[1]},
                   "a":{"dtype":"BF16","shape":[1,1,1],"data_offsets":[0,2]}}  )",
                                  6),
                        "m");
  ASSERT_EQ(file.tensors.size(), 2U);
  EXPECT_EQ(file.tensors[0].name, "a");
  EXPECT_EQ(file.tensors[1].shape, (std::vector<std::int64_t>{1}));
}

TEST_F(Safetensors, EveryTruncationIsAnError) {
  const Bytes bytes = serialize_safetensors(sample());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_TRUE(has_text(error_of(cut), {"some-file"})) << length;
  }
  EXPECT_TRUE(has_text(error_of(Bytes{}), {"the file is empty"}));
}

TEST_F(Safetensors, RefusesAHeaderLengthThatLies) {
  for (const std::uint64_t length : {std::uint64_t{1} << 63, ~std::uint64_t{0} - 1,
                                     std::uint64_t{3}, std::uint64_t{100'000'001}}) {
    EXPECT_TRUE(has_text(error_of(file_with("{}", 0, length)), {"header length out of range"}))
        << length;
  }
}

TEST_F(Safetensors, ReadsNeitherHugeNorDeepHeaders) {
  // 2^63 in a file of its own: the read by path must not allocate it either.
  const Bytes lying = file_with("{}", 100, std::uint64_t{1} << 63);
  std::ofstream(folder() / "lying", std::ios::binary)
      .write(reinterpret_cast<const char*>(lying.data()),
             static_cast<std::streamsize>(lying.size()));
  EXPECT_THROW((void)read_safetensors(folder() / "lying"), FormatError);
  EXPECT_THROW((void)read_safetensors_header(folder() / "lying"), FormatError);

  const std::string deep(5'000'000, '[');
  EXPECT_TRUE(has_text(error_of("{\"a\":" + deep), {"array where none belongs"}));
  std::string objects;
  for (int i = 0; i < 500'000; ++i) objects += "{\"a\":";
  EXPECT_TRUE(has_text(error_of(objects), {"unknown field"}));
  EXPECT_TRUE(has_text(error_of("{\"a\":{\"shape\":" + deep), {"array where none belongs"}));
}

TEST_F(Safetensors, RefusesHeadersOutsideTheGrammar) {
  EXPECT_TRUE(has_text(error_of("[]"), {"not a JSON object"}));
  EXPECT_TRUE(has_text(error_of("{"), {"not valid JSON"}));
  EXPECT_TRUE(has_text(error_of("{} x"), {"not valid JSON", "at byte"}));
  EXPECT_TRUE(has_text(error_of("{\"a\":1}"), {"wrong kind"}));
  EXPECT_TRUE(has_text(error_of("{\"a\":null}"), {"wrong kind"}));
  EXPECT_TRUE(has_text(error_of("{\"a\":\"b\"}"), {"text where none belongs"}));
  EXPECT_TRUE(has_text(error_of("{\"__metadata__\":{\"a\":1}}"), {"wrong kind"}));
  EXPECT_TRUE(has_text(error_of("{\"__metadata__\":{\"a\":{}}}"), {"object where none"}));
  EXPECT_TRUE(has_text(error_of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"), {"comes twice"}));
  EXPECT_TRUE(has_text(error_of(R"({"a":{"dtype":"U8","shape":[]}})"), {"lacks"}));
  EXPECT_TRUE(has_text(error_of(R"({"a":{"dtype":"U8","shape":[],"x":1}})"), {"unknown field"}));
  EXPECT_TRUE(has_text(error_of(R"({"a":{"dtype":"U8","dtype":"U8"}})"), {"comes twice"}));
  EXPECT_TRUE(has_text(error_of(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}})"),
                       {"wrong kind"}));
  EXPECT_TRUE(has_text(error_of(R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", 1),
                       {"wrong kind"}));
  EXPECT_TRUE(has_text(error_of(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}})"),
                       {"1 data_offsets"}));
  EXPECT_TRUE(has_text(error_of("{\"\xff\":1}"), {"not valid JSON"}));
}

TEST_F(Safetensors, RefusesNamesThatComeTwice) {
  EXPECT_TRUE(has_text(error_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
                          "a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                                2),
                       {"\"a\" comes twice"}));
}

TEST_F(Safetensors, RefusesTypesAndSizesThatDoNotFit) {
  const auto one = [](const std::string& dtype, const std::string& shape,
                      const std::string& offsets) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":[)" + shape + R"(],"data_offsets":[)" +
           offsets + "]}}";
  };
  EXPECT_TRUE(has_text(error_of(one("F7", "1", "0,1"), 1), {"unknown type \"F7\""}));
  EXPECT_TRUE(has_text(error_of(one("F32", "2", "0,4"), 4), {"expected 8 bytes"}));
  EXPECT_TRUE(has_text(error_of(one("F32", "0,3", "0,4"), 4), {"expected 0 bytes"}));
  EXPECT_TRUE(has_text(error_of(one("F32", "4611686018427387904,4", "0,0")), {"overflows"}));
  EXPECT_TRUE(has_text(error_of(one("U8", "4294967296,4294967296", "0,0")), {"overflows"}));
  EXPECT_TRUE(has_text(error_of(one("U8", "9223372036854775808", "0,1"), 1), {"too large"}));
  EXPECT_TRUE(has_text(error_of(one("U8", "99999999999999999999999", "0,1"), 1), {"wrong kind"}));
  EXPECT_TRUE(has_text(error_of(one("U8", "4", "0,4"), 3), {"beyond the file's 3 bytes"}));
  EXPECT_TRUE(has_text(error_of(one("U8", "9223372036854775807", "0,9223372036854775807"), 3),
                       {"beyond the file"}));
  EXPECT_TRUE(has_text(error_of(one("U8", "4", "4,0"), 4), {"ends before it begins"}));
  EXPECT_TRUE(has_text(error_of(one("U8", "4", "0,4"), 5), {"1 bytes are left over"}));
}

TEST_F(Safetensors, RefusesOverlapsAndHoles) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[)" + first +
           R"(]},"b":{"dtype":"U8","shape":[4],"data_offsets":[)" + second + "]}}";
  };
  EXPECT_TRUE(has_text(error_of(two("0,4", "2,6"), 6), {"overlaps"}));
  EXPECT_TRUE(has_text(error_of(two("0,4", "0,4"), 4), {"overlaps"}));
  EXPECT_TRUE(has_text(error_of(two("0,4", "5,9"), 9), {"hole after byte 4"}));
  EXPECT_TRUE(has_text(error_of(two("1,5", "5,9"), 9), {"hole after byte 0"}));
  EXPECT_EQ(parse_safetensors(file_with(two("4,8", "0,4"), 8), "m").tensors[0].name, "b");
}

TEST_F(Safetensors, LongNamesDoNotFloodTheMessage) {
  const std::string name(100'000, 'n');
  EXPECT_LT(error_of("{\"" + name + "\":1}").size(), 400U);
}

TEST_F(Safetensors, RefusesToWriteWhatItCouldNotRead) {
  const auto refused = [&](const StoredTensor& tensor) {
    EXPECT_THROW((void)serialize_safetensors({{}, {tensor}}), InvalidArgument) << tensor.name;
  };
  refused({"size", "F32", {2}, Bytes(4)});
  refused({"type", "F31", {1}, Bytes(4)});
  refused({"negative", "U8", {-1}, {}});
  refused({"__metadata__", "U8", {1}, Bytes(1)});
  refused({"\xff", "U8", {1}, Bytes(1)});
  const StoredTensor a{"a", "U8", {1}, Bytes(1)};
  EXPECT_THROW((void)serialize_safetensors({{}, {a, a}}), InvalidArgument);
  EXPECT_THROW((void)serialize_safetensors({{{"a", "\xff"}}, {}}), InvalidArgument);
}

TEST_F(Safetensors, MissingFilesAndFoldersAreFileErrors) {
  EXPECT_THROW((void)read_safetensors(folder() / "none"), FileError);
  EXPECT_THROW((void)read_safetensors(folder()), FileError);
  EXPECT_THROW((void)read_safetensors("/dev/zero"), FileError);
}

TEST(StoredTensors, RefuseAnotherTypeOrCount) {
  const StoredTensor tensor = store_f32("t", {2}, std::vector<float>{1, 2});
  EXPECT_THROW((void)u32_values(tensor), InvalidArgument);
  EXPECT_THROW((void)store_f32("t", {3}, std::vector<float>{1, 2}), InvalidArgument);
  EXPECT_EQ(u8_values(store_u8("e", {0}, {})), std::vector<std::uint8_t>{});
}

TEST(StoredTensors, FindTheFirstValueThatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(first_not_finite(store_f32("t", {3}, std::vector<float>{0, 3e38F, 1e-45F})), -1);
  EXPECT_EQ(first_not_finite(store_f32("t", {3}, std::vector<float>{0, 1, -infinity})), 2);
  EXPECT_EQ(first_not_finite(store_f32("t", {2}, std::vector<float>{std::nanf(""), 0})), 0);
  EXPECT_EQ(first_not_finite(store_u32("t", {1}, std::vector<std::uint32_t>{0x7FC00000U})), -1);
  EXPECT_EQ(first_not_finite({"h", "F16", {1}, {std::byte{0}, std::byte{0x7C}}}), 0);
  EXPECT_EQ(first_not_finite({"h", "BF16", {1}, {std::byte{0x80}, std::byte{0x7F}}}), 0);
  const double nan = std::nan("");
  Bytes bytes(8);
  std::memcpy(bytes.data(), &nan, 8);
  EXPECT_EQ(first_not_finite({"d", "F64", {1}, bytes}), 0);
}

}  // namespace
}  // namespace ridgeback::io
