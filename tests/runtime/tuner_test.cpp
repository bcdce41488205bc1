// SPDX-License-Identifier: Apache-2.0
// The tuner and its file. Nothing of a user's own file is read or written here.
#include "ridgeback/runtime/tuner.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/log.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/runtime/lone_node.hpp"
#include "ridgeback/runtime/tuned_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <optional>
#include <span>

#include "harness/temporary_folder.hpp"

namespace ridgeback::test {
namespace {

// The cache folder of this process is one of the test's own.
class Tuned : public TemporaryFolder {
 protected:
  Tuned() {
    if (const char* before = std::getenv("RIDGEBACK_CACHE")) before_ = before;
    setenv("RIDGEBACK_CACHE", folder().c_str(), 1);
  }
  ~Tuned() override {
    before_ ? setenv("RIDGEBACK_CACHE", before_->c_str(), 1) : unsetenv("RIDGEBACK_CACHE");
  }

  void write(const std::string& text) const { std::ofstream(file()) << text; }
  [[nodiscard]] std::string read() const {
    std::ifstream in(file());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::filesystem::path file() const { return *tuned_file(facts_, DeviceClass::cpu); }
  [[nodiscard]] TunedChoices load() const { return load_tuned(file(), facts_, DeviceClass::cpu); }

  gpu::DeviceSnapshot facts_{.name = "Made up", .driver_version = 7};
  const TunedChoices some_{{"matmul{} matmul_f32 tile: f32[8]", "8x8"}, {"point \"b\"", "dot8"}};

 private:
  std::optional<std::string> before_;
};

TEST_F(Tuned, WhatIsSavedIsLoaded) {
  save_tuned(file(), facts_, DeviceClass::cpu, some_);
  EXPECT_EQ(load(), some_);
  EXPECT_EQ(file().parent_path(), folder());
}

TEST_F(Tuned, AFileOfAnotherDeviceDriverOrClassIsIgnored) {
  save_tuned(file(), facts_, DeviceClass::cpu, some_);
  gpu::DeviceSnapshot newer = facts_;
  newer.driver_version = 8;
  EXPECT_NE(tuned_file(newer, DeviceClass::cpu), file());
  EXPECT_TRUE(load_tuned(file(), newer, DeviceClass::cpu).empty());
  EXPECT_NE(tuned_file(facts_, DeviceClass::discrete), file());
  EXPECT_TRUE(load_tuned(file(), facts_, DeviceClass::discrete).empty());
}

TEST_F(Tuned, DamagedFilesAreIgnored) {
  const logging::Level level = logging::level();
  logging::set_level(logging::Level::silent);
  EXPECT_TRUE(load().empty()) << "no file";
  save_tuned(file(), facts_, DeviceClass::cpu, some_);
  const std::string good = read();
  for (std::size_t length = 0; length + 3 < good.size(); length += 7) {
    write(good.substr(0, length));
    EXPECT_TRUE(load().empty()) << length;
  }
  for (const char* text : {"null", "[]", "{}", "{\"format\": 1}", "\xff\xfe", "{\"choices\": 3}"}) {
    write(text);
    EXPECT_TRUE(load().empty()) << text;
  }
  write(std::string(100000, '['));
  EXPECT_TRUE(load().empty());
  write(good + std::string(5 << 20, ' '));
  EXPECT_TRUE(load().empty()) << "too large";
  logging::set_level(level);
}

TEST_F(Tuned, AFileThatIsIgnoredIsReported) {
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(load().empty());
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "") << "there is none yet";
  write("{");
  ::testing::internal::CaptureStderr();
  EXPECT_TRUE(load().empty());
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find(file().string() + " is damaged"), std::string::npos) << log;
}

TEST_F(Tuned, EntriesThatAreNoTextAreLeftOut) {
  save_tuned(file(), facts_, DeviceClass::cpu, {{"a", "1"}, {"b", "2"}});
  std::string text = read();
  text.replace(text.find("\"1\""), 3, "[1]");
  write(text);
  EXPECT_EQ(load(), (TunedChoices{{"b", "2"}}));
}

TEST_F(Tuned, WithoutACacheFolderNothingIsKept) {
  setenv("RIDGEBACK_CACHE", "", 1);
  EXPECT_FALSE(tuned_file(facts_, DeviceClass::cpu).has_value());
}

// Odd extents; small, so that every candidate compiles quickly.
Tensor product() {
  return matmul(input({9, 70}), transpose(input({33, 70})));
}

TEST_F(Tuned, WinnersAreUsedAndRememberedUnlessToldNotTo) {
  const Device device = Device::open();
  EXPECT_TRUE(device.target().tuned.empty());
  std::size_t reported = 0;
  const TuneOptions options{
      .seconds = 0, .runs = 1, .report = [&](const TuneResult&) { ++reported; }};
  const auto results = tune(device, {product()}, {}, options);
  ASSERT_FALSE(results.empty());
  EXPECT_EQ(reported, results.size());
  for (const TuneResult& result : results) {
    EXPECT_TRUE(result.refused.empty()) << result.refused.front();
    EXPECT_EQ(result.option_ms.size(), result.choice.options.size());
    EXPECT_EQ(device.target().tuned.at(result.choice.point), result.choice.taken);
    EXPECT_GT(result.taken_ms(), 0);
    EXPECT_LE(result.taken_ms(), result.standard_ms());
  }
  EXPECT_TRUE(tune(device, {product()}, {}, options).empty()) << "measured again";
  save_tuned_choices(device);

  const Device later = Device::open();
  EXPECT_EQ(later.target().tuned, device.target().tuned);
  const Choice choice = plan(later.target(), {product()}).launches[0].dispatch.choices[0];
  EXPECT_EQ(choice.why, Choice::Why::tuned);
  const Program fixed = plan(later.target(), {product()}, {}, {.use_tuned = false});
  EXPECT_EQ(fixed.launches[0].dispatch.choices[0].why, Choice::Why::standard);
  later.forget_tuned();
  const Program forgotten = plan(later.target(), {product()});
  EXPECT_EQ(forgotten.launches[0].dispatch.choices[0].why, Choice::Why::standard);
}

// What the file says is no more than a wish: an option that is not offered here changes nothing.
TEST_F(Tuned, OptionsThatAreNotOfferedAreNotTaken) {
  const Device device = Device::open();
  const std::vector<Choice> by_rule =
      plan(device.target(), {product()}).launches[0].dispatch.choices;
  CompileOptions options;
  for (const Choice& choice : by_rule) options.tuned[choice.point] = "4096x4096";
  EXPECT_EQ(plan(device.target(), {product()}, {}, options).launches[0].dispatch.choices, by_rule);
}

TEST_F(Tuned, WhatIsForcedIsNeitherMeasuredNorReplaced) {
  const Program by_rule = plan(Device::open().target(), {product()});
  setenv("RIDGEBACK_FORCE", "matmul_f32:baseline,matmul_f32/tile:4x2,matmul_f32/parts:1", 1);
  const Device device = Device::open();
  unsetenv("RIDGEBACK_FORCE");
  CompileOptions options;
  for (const Choice& choice : by_rule.launches[0].dispatch.choices)
    options.tuned[choice.point] = choice.options.back();
  const Program forced = plan(device.target(), {product()}, {}, options);
  for (const Choice& choice : forced.launches[0].dispatch.choices) {
    EXPECT_EQ(choice.taken, choice.what == "tile"    ? "4x2"
                            : choice.what == "parts" ? "1"
                                                     : "baseline");
    EXPECT_NE(choice.why, Choice::Why::tuned);
  }
  for (const TuneResult& result : tune(device, {product()}, {}, {.seconds = 0, .runs = 1}))
    EXPECT_NE(result.choice.kernel, "matmul_f32");
}

TEST_F(Tuned, SwitchedOffVariantsAreNamed) {
  const Target all = Device::open().target();
  const auto usable = all.kernels.find("matmul_f32");
  if (std::ranges::find(usable->second, "subgroup") == usable->second.end())
    GTEST_SKIP() << "the device has no variant to switch off";
  setenv("RIDGEBACK_DISABLE", "subgroup_ballot,subgroup_shuffle", 1);
  const Device device = Device::open();
  unsetenv("RIDGEBACK_DISABLE");
  EXPECT_FALSE(device.target().has("matmul_f32", "subgroup"));
  const std::vector<std::string>& off = device.target().disabled.at("matmul_f32");
  EXPECT_NE(std::ranges::find(off, "subgroup"), off.end());
}

TEST_F(Tuned, ItStopsWhenAskedTo) {
  const Device device = Device::open();
  EXPECT_TRUE(tune(device, {product()}, {}, {.stop = [] { return true; }}).empty());
  EXPECT_TRUE(device.target().tuned.empty());
}

template <class T>
LoneTiming timing_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {1, {{bytes.begin(), bytes.end()}}};
}

// Options of packed results, over `rows` rows, whose code at `at` is another one.
bool agree_with_code(DType type, std::int64_t rows, std::int64_t cols, std::size_t at,
                     std::int32_t code) {
  const std::int32_t usual = type == DType::s1 ? 1 : 0;
  std::vector<std::int32_t> codes(static_cast<std::size_t>(rows * cols), usual);
  const LoneTiming standard = timing_of(pack(type, codes, rows, cols));
  codes[at] = code;
  const LoneNode node{{input({rows, cols}, type)}, {}};
  return agree(node, standard, timing_of(pack(type, codes, rows, cols)));
}

TEST(TunedResults, MayDifferByRoundingOnly) {
  const LoneNode node{{input({4})}, {}};
  const std::vector<float> values{1, -2, 3, 1e-9F}, near{1, -2, 3.001F, 0}, far{1, -2, 3.1F, 0};
  EXPECT_TRUE(agree(node, timing_of(values), timing_of(near)));
  EXPECT_FALSE(agree(node, timing_of(values), timing_of(far)));
  const LoneNode indices{{input({2}, DType::u32)}, {}};
  using Words = std::vector<std::uint32_t>;
  EXPECT_TRUE(agree(indices, timing_of(Words{5, 6}), timing_of(Words{5, 6})));
  EXPECT_FALSE(agree(indices, timing_of(Words{5, 6}), timing_of(Words{5, 7})));
}

// Groups are timed with rows in them: with zeros for ends nothing would be added up.
TEST(LoneNodes, OfGroupsHaveGroupsOfEqualSize) {
  const Tensor ends = input({3}, DType::i32), rows = input({10, 4});
  const quant::CodedMatrix w{input({3, 5, 4}, DType::b1), input({15, 1, 2}), 0};
  for (const Tensor& y :
       {grouped_matmul(rows, input({3, 4, 5}), ends), grouped_matmul_transposed(rows, rows, ends),
        quant::grouped_matmul_dense_codes_rows(rows, w, ends)}) {
    const LoneNode lone = lone_node(y.node());
    std::vector<std::int32_t> got(3);
    for (const auto& [tensor, bytes] : lone.values) {
      if (tensor.dtype() == DType::i32) std::memcpy(got.data(), bytes.data(), bytes.size());
    }
    EXPECT_EQ(got, (std::vector<std::int32_t>{3, 6, 10}));
  }
}

TEST(TunedResults, AreComparedCodeByCode) {
  for (const DType type : {DType::b1, DType::s1, DType::ternary, DType::i2, DType::i4, DType::i8}) {
    const std::int32_t same = type == DType::s1 ? 1 : 0, other = type == DType::b1 ? 1 : -1;
    EXPECT_TRUE(agree_with_code(type, 3, 7, 20, same)) << name(type);
    EXPECT_FALSE(agree_with_code(type, 3, 7, 20, other)) << name(type);
    // A value beside a threshold, of many.
    EXPECT_TRUE(agree_with_code(type, 30, 70, 2099, other)) << name(type);
  }
  EXPECT_FALSE(agree_with_code(DType::i4, 30, 70, 2099, -2)) << "rounding moves by one code";
}

TEST(TunedResults, MayHaveAnythingBehindTheEndsOfRows) {
  const LoneNode node{{input({2, 3}, DType::b1)}, {}};
  using Words = std::vector<std::uint32_t>;
  const LoneTiming standard = timing_of(Words{5, 0, 0, 0, 2, 0, 0, 0});
  EXPECT_TRUE(agree(node, standard, timing_of(Words{5 + 8, 1, 2, 3, 2 + 16, 4, 5, 6})));
  EXPECT_FALSE(agree(node, standard, timing_of(Words{5, 0, 0, 0, 3, 0, 0, 0})));
}

// Every tile that a tuner may take sums in the same order; codes in blocks included.
TEST_F(Tuned, EveryTileGivesTheSameBits) {
  const Device device = Device::open();
  const auto coded = [](DType type, std::int64_t rows, std::int64_t cols) {
    return quant::CodedMatrix{input({rows, cols}, type), input({rows, ceil_div(cols, 64), 2}), 64};
  };
  const std::vector<Tensor> graphs[] = {
      {quant::matmul_codes(coded(DType::b1, 37, 200), coded(DType::b1, 21, 200))},
      {quant::matmul_codes(coded(DType::i4, 37, 200), coded(DType::b1, 21, 200))},
      {quant::matmul_dense_codes(input({37, 50}), coded(DType::i2, 50, 90))}};
  for (const std::vector<Tensor>& outputs : graphs) {
    const auto results = tune(device, outputs, {}, {.seconds = 0, .runs = 1});
    const auto tile =
        std::ranges::find(results, "tile", [](const auto& r) { return r.choice.what; });
    ASSERT_NE(tile, results.end());
    EXPECT_GT(tile->option_ms.size(), 2U);
    EXPECT_TRUE(tile->refused.empty()) << tile->choice.kernel << " " << tile->refused.front();
    EXPECT_TRUE(tile->other_bits.empty()) << tile->choice.kernel << " " << tile->other_bits.front();
  }
}

}  // namespace
}  // namespace ridgeback::test
