// SPDX-License-Identifier: Apache-2.0
// Valid files from which fuzzing starts.
#pragma once

#include "ridgeback/io/metrics.hpp"
#include "ridgeback/io/safetensors.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "harness/gzip.hpp"
#include "harness/test_images.hpp"

namespace ridgeback::fuzz {

using Seed = std::vector<std::uint8_t>;

inline Seed idx_seed() {
  Seed file{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4};
  for (std::uint8_t i = 0; i < 24; ++i) file.push_back(i);
  return file;
}

inline Seed safetensors_seed() {
  const io::SafetensorsFile file{
      {{"kind", "checkpoint"}},
      {io::store_f32("layer.weight", {2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6}),
       io::store_u8("mask", {5}, std::vector<std::uint8_t>{1, 0, 1, 1, 0}),
       io::store_u32("codes", {0, 4}, {})}};
  const std::vector<std::byte> bytes = io::serialize_safetensors(file);
  Seed seed(bytes.size());
  std::transform(bytes.begin(), bytes.end(), seed.begin(),
                 [](std::byte b) { return static_cast<std::uint8_t>(b); });
  return seed;
}

inline Seed metrics_seed() {
  io::Record inner;
  inner.set("bits", 1).set("name", "a\n");
  io::Record record;
  record.set("step", 12).set("loss", 0.25).set("done", false).set("settings", inner);
  const std::string text = io::to_json(record) + "\n" + io::to_json(inner) + "\n";
  return {text.begin(), text.end()};
}

/// Valid inputs of the target of that name.
inline std::vector<Seed> seeds(std::string_view target) {
  if (target == "idx") return {idx_seed(), test::gzip(idx_seed())};
  if (target == "gzip_idx") {
    Seed seed{0, 0, 0};
    for (const std::uint8_t byte : idx_seed()) seed.push_back(byte);
    return {seed};
  }
  if (target == "safetensors") return {safetensors_seed()};
  if (target == "image") {
    return {test::jpeg(), test::png(3, 5, 3, Seed(45, 77)), test::png(4, 4, 2, Seed(32, 9))};
  }
  return {metrics_seed()};
}

}  // namespace ridgeback::fuzz
