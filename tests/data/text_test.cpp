// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/text.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/data/loader.hpp"
#include "ridgeback/data/open.hpp"
#include "ridgeback/data/utf8.hpp"

#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <set>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::data {
namespace {

using test::has_text;

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error";
  return "";
}

// Letters in no order, of which the first 26 are the alphabet.
std::string sample_text(std::size_t length) {
  std::string text;
  Random random(1);
  for (std::size_t i = 0; i < length; ++i)
    text += static_cast<char>('a' + (i < 26 ? i : random.below(26)));
  return text;
}

class TextFiles : public test::TemporaryFolder {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder() / name, std::ios::binary) << text;
    return (folder() / name).string();
  }
};

TEST(Utf8, ReadsWhatItWrites) {
  for (const std::uint32_t c : {0x0U, 0x41U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xD7FFU, 0xE000U,
                                0xFFFFU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    append_character(text, c);
    text += 'x';
    std::size_t at = 0;
    EXPECT_EQ(next_character(text, at), c);
    EXPECT_EQ(at, text.size() - 1);
  }
}

TEST(Utf8, RefusesWhatIsNone) {
  for (const std::string& text :
       {std::string("\x80"), std::string("\xC3"), std::string("\xC3\x41"), std::string("\xC0\xAF"),
        std::string("\xE0\x9F\xBF"), std::string("\xED\xA0\x80"), std::string("\xF0\x8F\xBF\xBF"),
        std::string("\xF4\x90\x80\x80"), std::string("\xF8\x88\x80\x80\x80"), std::string("\xFF"),
        std::string("\xE2\x82"), std::string()}) {
    std::size_t at = 0;
    EXPECT_FALSE(next_character(text, at)) << testing::PrintToString(text);
    EXPECT_EQ(at, 0U);
  }
}

TEST(Vocabulary, CharactersByCodePoint) {
  const Vocabulary v = Vocabulary::characters_of(
      "b\xC3\xA9"
      "a\n\xE2\x82\xAC"
      "ba",
      "f");
  EXPECT_EQ(v.names(), (std::vector<std::string>{"\n", "a", "b", "\xC3\xA9", "\xE2\x82\xAC"}));
  const std::string text = "ab\xE2\x82\xAC\xC3\xA9";
  const auto tokens = v.encode(text, "f");
  EXPECT_EQ(tokens, (std::vector<std::uint32_t>{1, 2, 4, 3}));
  EXPECT_EQ(v.decode(tokens), text);
  EXPECT_EQ(Vocabulary::from_names(v.kind_text(), v.names()), v);
  EXPECT_TRUE(has_text(message_of([&] { (void)v.encode("abz", "file"); }),
                       {"file", "2", "'z'", "not one of the 5"}));
  EXPECT_THROW((void)v.decode(std::vector<std::uint32_t>{5}), InvalidArgument);
}

TEST(Vocabulary, BytesTakeAnything) {
  const Vocabulary v = Vocabulary::bytes();
  EXPECT_EQ(v.size(), 256);
  const std::string text("\xFF\x00\x80z", 4);
  EXPECT_EQ(v.encode(text, "f"), (std::vector<std::uint32_t>{255, 0, 128, 'z'}));
  EXPECT_EQ(v.decode(v.encode(text, "f")), text);
  EXPECT_EQ(v.names()[255], "0xff");
  EXPECT_EQ(Vocabulary::from_names("bytes", v.names()), v);
}

TEST(Vocabulary, HostileNamesAreRefused) {
  const std::vector<std::string> unsorted{"b", "a"}, twice{"a", "a"}, two{"ab"}, bad{"\xFF"};
  for (const auto& names : {unsorted, twice, two, bad, std::vector<std::string>{}})
    EXPECT_THROW((void)Vocabulary::from_names("characters", names), InvalidArgument);
  EXPECT_THROW((void)Vocabulary::from_names("bytes", two), InvalidArgument);
  EXPECT_THROW((void)Vocabulary::from_names("words", two), InvalidArgument);
}

TEST_F(TextFiles, ATenthIsTheTestSplit) {
  const std::string text = sample_text(1003);
  const Dataset d = open_dataset(write("a.txt", text), {.text = {.context = 10}});
  EXPECT_EQ(d.sample_shape, Shape{10});
  EXPECT_EQ(d.tokens, "characters");
  EXPECT_EQ(d.classes, 26);
  EXPECT_EQ(d.train.tokens.size(), 902U);
  EXPECT_EQ(d.test.tokens.size(), 101U);
  EXPECT_EQ(d.train.count(), 90);
  EXPECT_EQ(d.test.count(), 10);
  const Vocabulary v = Vocabulary::from_names(d.tokens, d.class_names);
  EXPECT_EQ(v.decode(d.train.tokens) + v.decode(d.test.tokens), text);
}

TEST_F(TextFiles, AFolderMayNameItsSplits) {
  write("train.txt", sample_text(300));
  write("val.txt", "zyxw" + sample_text(60));
  const Dataset d = open_dataset(folder().string(), {.text = {.context = 8}});
  EXPECT_EQ(d.train.tokens.size(), 300U);
  EXPECT_EQ(d.test.tokens.size(), 64U);
  EXPECT_EQ(d.test.tokens[0], 25U);
}

TEST_F(TextFiles, WithSplitsOtherFilesOfTheFolderAreNotRead) {
  write("train.txt", sample_text(300));
  write("validation.txt", sample_text(60));
  write("notes.txt", "0123456789");
  write("zip.txt", "\xFF\xFE");
  write("long.txt", std::string(500, 'a'));
  const Dataset d = open_text(folder(), {.context = 8, .max_bytes = 400});
  EXPECT_EQ(d.classes, 26);
  EXPECT_EQ(d.train.tokens.size(), 300U);
  EXPECT_EQ(d.test.tokens.size(), 60U);
}

TEST_F(TextFiles, FilesOfAFolderFollowEachOther) {
  write("b.txt", sample_text(50));
  write("a.txt", "zz" + sample_text(50));
  write("c.md", "not a text");
  const Dataset d = open_dataset(folder().string(), {.text = {.context = 4}});
  EXPECT_EQ(d.train.tokens.size() + d.test.tokens.size(), 102U);
  EXPECT_EQ(d.train.tokens[0], 25U);
  EXPECT_EQ(d.train.tokens[2], 0U);
}

TEST_F(TextFiles, TheVocabularyOfAModelStays) {
  const Vocabulary v = Vocabulary::characters_of("abc", "f");
  TextOptions options{.context = 4, .vocabulary = v};
  EXPECT_EQ(open_text(write("a.txt", std::string(100, 'c')), options).classes, 3);
  EXPECT_TRUE(has_text(
      message_of([&] {
        (void)open_text(write("b.txt", std::string(90, 'c') + "d" + std::string(20, 'a')), options);
      }),
      {"b.txt", "90", "'d'"}));
}

TEST_F(TextFiles, HostileFilesAreRefused) {
  EXPECT_TRUE(
      has_text(message_of([&] { (void)open_dataset(write("e.txt", "")); }), {"e.txt", "no text"}));
  EXPECT_TRUE(has_text(message_of([&] {
                         (void)open_dataset(
                             write("u.txt", sample_text(200) + "\xC3(" + sample_text(200)));
                       }),
                       {"u.txt", "200", "no UTF-8"}));
  EXPECT_TRUE(has_text(message_of([&] { (void)open_dataset(write("s.txt", sample_text(640))); }),
                       {"s.txt", "too short", "got 64 test tokens", "65"}));
  EXPECT_NO_THROW((void)open_dataset(write("l.txt", sample_text(650))));
  EXPECT_THROW((void)open_dataset(write("m.txt", sample_text(900)), {.max_bytes = 899}),
               FormatError);
  EXPECT_THROW((void)open_dataset(write("c.txt", sample_text(900)), {.text = {.context = 0}}),
               InvalidArgument);
  const std::string raw = "\xC3(" + sample_text(900);
  EXPECT_EQ(
      open_dataset(write("b.txt", raw), {.text = {.tokens = Vocabulary::Kind::bytes}}).classes,
      256);
}

Dataset letters(std::size_t length, std::int64_t context) {
  const std::string text = sample_text(length);
  const Vocabulary v = Vocabulary::characters_of(text, "t");
  return text_dataset("letters", v, context, v.encode(text, "t"), v.encode(text, "t"));
}

TEST(TextLoader, WindowsHaveTheirNextTokensAsLabels) {
  const Dataset d = letters(503, 10);
  TrainLoader loader(d, {.batch = 4, .seed = 3});
  EXPECT_EQ(loader.batches_per_epoch(), 12);
  std::set<std::vector<std::uint32_t>> windows;
  for (int step = 0; step < 12; ++step) {
    const Batch& batch = loader.next();
    ASSERT_EQ(batch.tokens.size(), 40U);
    ASSERT_EQ(batch.labels.size(), 40U);
    EXPECT_TRUE(batch.images.empty());
    for (std::size_t i = 0; i < 40; ++i) {
      if (i % 10 != 9) {
        EXPECT_EQ(batch.labels[i], batch.tokens[i + 1]);
      }
    }
    for (auto row = batch.tokens.begin(); row != batch.tokens.end(); row += 10)
      windows.insert({row, row + 10});
  }
  EXPECT_EQ(windows.size(), 48U) << "no window twice in an epoch";
}

TEST(TextLoader, StaysWithinTheTextAndMovesBetweenEpochs) {
  const Dataset d = letters(503, 10);
  std::set<std::int64_t> offsets;
  for (std::int64_t epoch = 0; epoch < 40; ++epoch) {
    offsets.insert(window_start(d.train, 0, 7, epoch));
    for (std::int64_t i = 0; i < d.train.count(); ++i) {
      const std::int64_t start = window_start(d.train, i, 7, epoch);
      EXPECT_GE(start, 0);
      EXPECT_LE(start + 10, 502) << "the last label must exist";
    }
  }
  EXPECT_EQ(offsets.size(), 10U);
  EXPECT_EQ(window_start(letters(11, 10).train, 0, 1, 0), 0) << "a text of one window";
}

TEST(TextLoader, GoesOnExactlyAtAnyPosition) {
  const Dataset d = letters(503, 10);
  const LoaderOptions options{.batch = 8, .seed = 5};
  TrainLoader whole(d, options);
  std::vector<Batch> batches;
  for (int i = 0; i < 15; ++i) batches.push_back(whole.next());
  TrainLoader late(d, options, {9 / 6, 9 % 6});
  for (std::size_t i = 9; i < 15; ++i) {
    const Batch& batch = late.next();
    EXPECT_EQ(batch.tokens, batches[i].tokens) << i;
    EXPECT_EQ(batch.labels, batches[i].labels) << i;
  }
}

TEST(TextLoader, EvaluatesEveryWindowOnce) {
  const Dataset d = letters(57, 10);
  EvalLoader loader(d, d.test, 2);
  EXPECT_EQ(loader.batches(), 3);
  std::vector<std::uint32_t> seen;
  while (const Batch* batch = loader.next())
    seen.insert(seen.end(), batch->tokens.begin(), batch->tokens.begin() + batch->count * 10);
  EXPECT_EQ(seen, std::vector<std::uint32_t>(d.test.tokens.begin(), d.test.tokens.begin() + 50));
}

TEST(TextLoader, RefusesWhatIsForImages) {
  const Dataset d = letters(100, 10);
  EXPECT_THROW(TrainLoader(d, {.augment = {.shift = 1}}), InvalidArgument);
  Dataset bad = letters(100, 10);
  bad.test.tokens[3] = 26;
  EXPECT_THROW(require_valid(bad), InvalidArgument);
  bad = letters(100, 10);
  bad.train.context = 5;
  EXPECT_THROW(require_valid(bad), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::data
