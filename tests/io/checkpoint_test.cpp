// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/checkpoint.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/safetensors.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <limits>

#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::io {
namespace {

namespace fs = std::filesystem;
using test::has_text;

Checkpoint at_step(std::int64_t step) {
  return {step,
          step / 10,
          {{"model", "mlp"}, {"seed", std::to_string(step)}},
          {store_f32("weight", {3}, std::vector<float>{1, 2, static_cast<float>(step)}),
           store_u32("state", {1}, std::vector<std::uint32_t>{0x7F800000U})}};
}

void damage(const fs::path& path, std::int64_t from_end) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(-from_end, std::ios::end);
  const int byte = file.get();
  file.seekp(-from_end, std::ios::end);
  file.put(static_cast<char>(byte ^ 1));
}

std::string error_of(const fs::path& path) {
  try {
    (void)load_checkpoint(path);
  } catch (const FormatError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no FormatError";
  return "";
}

class Checkpoints : public test::TemporaryFolder {};

TEST_F(Checkpoints, ReadBackWhatWasSaved) {
  const fs::path path = save_checkpoint(folder() / "new" / "run", at_step(42));
  EXPECT_EQ(path.filename(), "checkpoint-42.safetensors");
  const Checkpoint read = load_checkpoint(path);
  EXPECT_EQ(read.step, 42);
  EXPECT_EQ(read.epoch, 4);
  EXPECT_EQ(read.settings, at_step(42).settings);
  ASSERT_NE(find_tensor(read.tensors, "weight"), nullptr);
  EXPECT_EQ(*find_tensor(read.tensors, "weight"), at_step(42).tensors[0]);
  EXPECT_EQ(*find_tensor(read.tensors, "state"), at_step(42).tensors[1]);
}

TEST_F(Checkpoints, KeepTheLastFew) {
  for (const std::int64_t step : {5, 9, 10, 100}) save_checkpoint(folder(), at_step(step), 2);
  const auto paths = list_checkpoints(folder());
  ASSERT_EQ(paths.size(), 2U);
  EXPECT_EQ(paths[0].filename(), "checkpoint-100.safetensors");
  EXPECT_EQ(paths[1].filename(), "checkpoint-10.safetensors");
  save_checkpoint(folder(), at_step(101), 1);
  EXPECT_EQ(list_checkpoints(folder()).size(), 1U);
}

TEST_F(Checkpoints, NeverRemoveTheOneJustWritten) {
  save_checkpoint(folder(), at_step(500), 1);
  save_checkpoint(folder(), at_step(600), 2);
  const fs::path path = save_checkpoint(folder(), at_step(10), 1);
  EXPECT_TRUE(fs::exists(path));
  EXPECT_EQ(list_checkpoints(folder()).size(), 3U);
}

TEST_F(Checkpoints, LatestFallsBackToTheNewestValidOne) {
  EXPECT_FALSE(latest_checkpoint(folder()).has_value());
  save_checkpoint(folder(), at_step(9), 3);
  save_checkpoint(folder(), at_step(10), 3);
  const fs::path newest = save_checkpoint(folder(), at_step(11), 3);
  EXPECT_EQ(latest_checkpoint(folder())->checkpoint.step, 11);

  fs::resize_file(newest, fs::file_size(newest) - 1);
  ::testing::internal::CaptureStderr();
  const auto found = latest_checkpoint(folder());
  EXPECT_TRUE(has_text(::testing::internal::GetCapturedStderr(), {"checkpoint-11.safetensors"}));
  EXPECT_EQ(found->checkpoint.step, 10);
  EXPECT_EQ(found->path.filename(), "checkpoint-10.safetensors");
}

TEST_F(Checkpoints, AreAnErrorWhenAllAreDamaged) {
  damage(save_checkpoint(folder(), at_step(10)), 1);
  damage(save_checkpoint(folder(), at_step(11)), 1);
  ::testing::internal::CaptureStderr();
  try {
    (void)latest_checkpoint(folder());
    FAIL();
  } catch (const FormatError& error) {
    EXPECT_TRUE(has_text(error.what(), {"checkpoint-11", "checksum"}));
  }
  ::testing::internal::GetCapturedStderr();
  EXPECT_THROW((void)latest_checkpoint(folder() / "nowhere"), FileError);
}

TEST_F(Checkpoints, NoticeEveryFlippedBit) {
  const fs::path path = save_checkpoint(folder(), at_step(7));
  const auto size = static_cast<std::int64_t>(fs::file_size(path));
  for (std::int64_t from_end = 1; from_end <= size; ++from_end) {
    damage(path, from_end);
    EXPECT_THROW((void)load_checkpoint(path), FormatError) << from_end;
    damage(path, from_end);
  }
  EXPECT_NO_THROW((void)load_checkpoint(path));
}

TEST_F(Checkpoints, RefuseValuesThatAreNotFiniteAndNameTheTensor) {
  Checkpoint checkpoint = at_step(3);
  checkpoint.tensors.push_back(store_f32(
      "optimizer.m", {2}, std::vector<float>{0, std::numeric_limits<float>::quiet_NaN()}));
  EXPECT_TRUE(has_text(error_of(save_checkpoint(folder(), checkpoint)),
                       {"checkpoint-3", "\"optimizer.m\"", "NaN", "element 1"}));
}

TEST_F(Checkpoints, AreNotAnyOtherSafetensorsFile) {
  const fs::path path = folder() / "checkpoint-1.safetensors";
  write_safetensors(path, {}, std::vector{store_f32("w", {1}, std::vector<float>{1})});
  EXPECT_TRUE(has_text(error_of(path), {"not a checkpoint"}));
}

TEST_F(Checkpoints, OtherNamesInTheFolderAreIgnored) {
  for (const char* name : {"checkpoint-.safetensors", "checkpoint-x1.safetensors",
                           "checkpoint-5.safetensors.tmp", "checkpoint--5.safetensors",
                           "checkpoint-99999999999999999999.safetensors", "metrics.jsonl"}) {
    std::ofstream(folder() / name) << "x";
  }
  EXPECT_TRUE(list_checkpoints(folder()).empty());
}

TEST_F(Checkpoints, AFolderThatCannotBeMadeIsAFileError) {
  std::ofstream(folder() / "file") << "x";
  EXPECT_THROW(save_checkpoint(folder() / "file" / "run", at_step(1)), FileError);
}

}  // namespace
}  // namespace ridgeback::io
