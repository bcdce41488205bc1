// SPDX-License-Identifier: Apache-2.0
// The entry of libFuzzer for the target that RIDGEBACK_FUZZ_TARGET names. Called with
// --seeds FOLDER it writes the target's seeds there first, to start from.
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz/seeds.hpp"
#include "fuzz/targets.hpp"

#define RIDGEBACK_TEXT_OF(name) #name
#define RIDGEBACK_TEXT(name) RIDGEBACK_TEXT_OF(name)

namespace {

const ridgeback::fuzz::Target& target() {
  for (const auto& candidate : ridgeback::fuzz::targets) {
    if (candidate.name == RIDGEBACK_TEXT(RIDGEBACK_FUZZ_TARGET)) return candidate;
  }
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i + 1 < *argc; ++i) {
    if (std::string_view((*argv)[i]) != "--seeds") continue;
    const std::filesystem::path folder((*argv)[i + 1]);
    std::filesystem::create_directories(folder);
    int number = 0;
    for (const auto& seed : ridgeback::fuzz::seeds(target().name)) {
      std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary)
          .write(reinterpret_cast<const char*>(seed.data()),
                 static_cast<std::streamsize>(seed.size()));
    }
    break;
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  target().run({data, size});
  return 0;
}
