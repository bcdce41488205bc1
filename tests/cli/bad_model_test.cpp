// SPDX-License-Identifier: Apache-2.0
// Model files and run folders that are damaged, hostile or of something else.
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/bad_files.hpp"
#include "cli/program.hpp"

namespace ridgeback::cli_test {
namespace {

using Words = std::vector<std::string>;
using Json = nlohmann::ordered_json;

class BadModel : public Program {
 protected:
  // Every verb that reads a model file refuses this one, naming it.
  void expect_refused(const std::string& bytes, const std::string& text,
                      bool also_inspect = true) const {
    SCOPED_TRACE(text);
    write("model.safetensors", bytes);
    expect_failure({"eval", "model.safetensors"}, 1, "model.safetensors");
    expect_failure({"infer", "model.safetensors", "--data", "drawn"}, 1, "model.safetensors");
    if (also_inspect) expect_failure({"inspect", "model.safetensors"}, 1, text);
  }

  // A tiny exported model, taken apart: header and data.
  struct Parts {
    Json header;
    std::string data;
    [[nodiscard]] std::string bytes() const { return safetensors(header.dump(), data); }
  };
  [[nodiscard]] Parts exported() const {
    run_well(Words{"train", "--out", "run", "-q", "--steps", "1"} + tiny());
    run_well({"export", "run", "good.safetensors"});
    const std::string bytes = read("good.safetensors");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof(length));
    return {Json::parse(bytes.substr(8, length)), bytes.substr(8 + length)};
  }
};

TEST_F(BadModel, HostileHeadersAreRefused) {
  expect_refused("", "model.safetensors");
  expect_refused("abc", "model.safetensors");
  expect_refused(safetensors("{}", std::uint64_t{1} << 63), "header");
  expect_refused(safetensors("{}", std::numeric_limits<std::uint64_t>::max()), "header");
  expect_refused(safetensors("{}", 3), "model.safetensors");
  expect_refused(safetensors("[1, 2]"), "model.safetensors");
  expect_refused(safetensors("{\"a\": "), "model.safetensors");
  expect_refused(safetensors(std::string(1'000'000, '[')), "model.safetensors");
  std::string deep = "{\"a\": ";
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\": ";
  expect_refused(safetensors(deep), "model.safetensors");
}

TEST_F(BadModel, TensorsThatLieAreRefused) {
  const auto header = [](const std::string& tensors) { return safetensors(tensors, "12345678"); };
  expect_refused(header(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                        R"("b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})"),
                 "model.safetensors");
  expect_refused(header(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],)"
                        R"("data_offsets":[0,8]}})"),
                 "model.safetensors");
  expect_refused(header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,80]}})"),
                 "model.safetensors");
  expect_refused(header(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})"),
                 "model.safetensors");
  expect_refused(header(R"({"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})"),
                 "model.safetensors");
}

TEST_F(BadModel, FilesOfSomethingElseAreRefused) {
  const std::string other =
      safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678");
  expect_refused(other, "", false);
  write("model.safetensors", other);
  EXPECT_NE(run_well({"inspect", "model.safetensors"}).find("F32"), std::string::npos);
  expect_failure({"eval", "nowhere.safetensors"}, 1, "nowhere.safetensors");
  std::filesystem::create_directories(folder() / "empty");
  for (const std::string verb : {"eval", "inspect"}) expect_failure({verb, "empty"}, 1, "empty");
  expect_failure({"export", "empty", "x.safetensors"}, 1, "empty");
  expect_failure({"train", "--resume", "empty"}, 1, "empty");
}

TEST_F(BadModel, AnExportedModelThatWasTamperedWithIsRefused) {
  const Parts good = exported();
  write("copy.safetensors", good.bytes());
  run_well({"eval", "copy.safetensors", "--test-samples", "20"});

  Parts wrong_kind = good;
  auto model = Json::parse(good.header["__metadata__"]["model"].get<std::string>());
  model["children"][0]["settings"]["inputs"] = "785";
  wrong_kind.header["__metadata__"]["model"] = model.dump();
  model["children"][0]["kind"] = "teapot";
  Parts unknown_kind = good;
  unknown_kind.header["__metadata__"]["model"] = model.dump();
  Parts no_classes = good;
  no_classes.header["__metadata__"].erase("class_names");
  Parts huge = good;
  huge.header["__metadata__"]["sample_shape"] = "[4294967296, 4294967296]";
  for (const Parts& parts : {wrong_kind, unknown_kind, no_classes, huge}) {
    write("model.safetensors", parts.bytes());
    const RunResult result = run({"eval", "model.safetensors", "--test-samples", "20"});
    EXPECT_TRUE(result.status == 1 || result.status == 2) << result.errors;
    EXPECT_EQ(result.errors.rfind("ridgeback: ", 0), 0U) << result.errors;
    EXPECT_EQ(result.output, "");
  }
}

TEST_F(BadModel, NumbersThatAreNoneAreRefused) {
  Parts parts = exported();
  std::string name;
  for (const auto& [tensor, entry] : parts.header.items()) {
    if (tensor == "__metadata__" || entry["dtype"] != "F32") continue;
    name = tensor;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(parts.data.data() + entry["data_offsets"][0].get<std::size_t>(), &nan, sizeof(nan));
    break;
  }
  ASSERT_FALSE(name.empty());
  write("model.safetensors", parts.bytes());
  expect_failure({"eval", "model.safetensors"}, 1, name);
}

TEST_F(BadModel, ADamagedCheckpointIsNamedAndAnOlderOneUsed) {
  run_well(Words{"train", "--out", "run", "-q"} + tiny());
  std::vector<std::string> checkpoints;
  for (const std::string& file : files()) {
    if (file.rfind("run/checkpoint-", 0) == 0) checkpoints.push_back(file);
  }
  ASSERT_EQ(checkpoints.size(), 2U);
  const std::string newest = "run/checkpoint-16.safetensors";
  std::string bytes = read(newest);
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 64);
  write(newest, bytes);
  const RunResult result = run({"eval", "run"});
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.errors.find("checkpoint-16"), std::string::npos) << result.errors;
  for (const std::string& file : checkpoints) write(file, read(file).substr(0, 100));
  expect_failure({"eval", "run"}, 1, "checkpoint-16");
  expect_failure({"export", "run", "x.safetensors"}, 1, "checkpoint-16");
  EXPECT_FALSE(std::filesystem::exists(folder() / "x.safetensors"));
}

TEST_F(BadModel, DataThatDoesNotFitTheModelIsRefused) {
  static_cast<void>(exported());
  write("small/train-images-idx3-ubyte", idx_images(20, 6));
  write("small/train-labels-idx1-ubyte", idx_labels(20, 3));
  write("small/t10k-images-idx3-ubyte", idx_images(8, 6));
  write("small/t10k-labels-idx1-ubyte", idx_labels(8, 3));
  expect_failure({"eval", "good.safetensors", "--data", "small"}, 2, "6x6");
  expect_failure({"eval", "run", "--data", "nowhere"}, 1, "nowhere");
  expect_failure({"infer", "good.safetensors", "nowhere.png"}, 1, "nowhere.png");
  write("text.png", "no picture");
  expect_failure({"infer", "good.safetensors", "text.png"}, 1, "text.png");
}

TEST_F(BadModel, AFullDiskLeavesNothingHalfWritten) {
  static_cast<void>(exported());
  const std::string before = read("good.safetensors");
  expect_failure({"export", "run", "/dev/full"}, 1, "/dev/full");
  expect_failure({"export", "run", "good.safetensors"}, 1, "good.safetensors",
                 {.largest_file = 4096});
  EXPECT_EQ(read("good.safetensors"), before);
  expect_failure({"export", "run", "no/folder/x.safetensors"}, 1, "no/folder");
  const RunResult result =
      run(Words{"train", "--out", "full", "-q"} + tiny(), {.largest_file = 20'000});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.errors.find("full/checkpoint"), std::string::npos) << result.errors;
  for (const std::string& file : files()) {
    EXPECT_EQ(file.find(".tmp"), std::string::npos) << file;
    EXPECT_EQ(file.find("full/checkpoint"), std::string::npos) << file;
  }
}

}  // namespace
}  // namespace ridgeback::cli_test
