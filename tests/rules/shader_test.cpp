// SPDX-License-Identifier: Apache-2.0
// The shader table against the sources that launch its kernels.
#include "ridgeback/gpu/shader_table.hpp"

#include <cctype>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>

#include "rules/param_sizes.hpp"
#include "rules/source_tree.hpp"

namespace ridgeback::rules {
namespace {

// A shader's text with its includes in place, each file once.
std::string expanded(const std::string& file, std::set<std::string>& seen) {
  if (!seen.insert(file).second) return {};
  static const std::regex pattern("^\\s*#\\s*include\\s*\"([^\"]+)\"");
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::string text;
  for (const std::string& line : lines_of(file)) {
    std::smatch match;
    if (!std::regex_search(line, match, pattern)) {
      text += line + "\n";
      continue;
    }
    for (const std::filesystem::path& base : {folder, std::filesystem::path("shaders")}) {
      const std::string target = (base / match[1].str()).lexically_normal().generic_string();
      if (!std::filesystem::exists(root() / target)) continue;
      text += expanded(target, seen);
      break;
    }
  }
  return text;
}

// The struct that a kernel takes as push constants: `layout(push_constant) uniform Push { X p; };`
std::optional<std::string> push_struct(const std::string& text) {
  static const std::regex pattern(
      "layout\\(\\s*push_constant\\s*\\)\\s*uniform\\s+\\w+\\s*\\{\\s*(\\w+)\\s");
  std::smatch match;
  if (!std::regex_search(text, match, pattern)) return std::nullopt;
  return match[1].str();
}

std::map<std::string, std::string> kernel_files() {
  std::map<std::string, std::string> files;
  for (const std::string& file : files_in("shaders", {".comp"})) {
    files[std::filesystem::path(file).stem().string()] = file;
  }
  return files;
}

TEST(Shaders, PushConstantsHaveTheSizeOfTheirStruct) {
  const auto sizes = param_sizes();
  const auto files = kernel_files();
  ASSERT_FALSE(gpu::shader_table().empty());
  std::map<std::string, std::string> structs;
  for (const gpu::Shader& shader : gpu::shader_table()) {
    const std::string kernel(shader.kernel);
    SCOPED_TRACE(kernel + "." + std::string(shader.variant));
    ASSERT_TRUE(files.contains(kernel));
    if (!structs.contains(kernel)) {
      std::set<std::string> seen;
      structs[kernel] = push_struct(expanded(files.at(kernel), seen)).value_or("");
    }
    const std::uint32_t bytes = gpu::reflect(shader.words).push_bytes;
    const std::string& name = structs[kernel];
    if (name.empty()) {
      EXPECT_EQ(bytes, 0U) << "no struct was found for these push constants";
      continue;
    }
    ASSERT_TRUE(sizes.contains(name)) << name << " is in no shaders/*/*.h";
    EXPECT_EQ(bytes, sizes.at(name)) << name;
    EXPECT_LE(bytes, 128U);
  }
}

// "matmul_f32" to "MatmulF32Params": what the header beside a kernel declares.
std::string struct_name(std::string_view kernel) {
  std::string name;
  bool start = true;
  for (const char c : kernel) {
    if (c != '_') name += start ? static_cast<char>(std::toupper(c)) : c;
    start = c == '_';
  }
  return name + "Params";
}

TEST(Shaders, TheStructOfAKernelsNameIsTheKernels) {
  const auto sizes = param_sizes();
  std::size_t checked = 0;
  for (const gpu::Shader& shader : gpu::shader_table()) {
    const auto found = sizes.find(struct_name(shader.kernel));
    if (found == sizes.end()) continue;
    EXPECT_EQ(gpu::reflect(shader.words).push_bytes, found->second) << found->first;
    ++checked;
  }
  EXPECT_GT(checked, gpu::shader_table().size() / 2);
}

TEST(Shaders, EveryKernelIsLaunchedBySomething) {
  std::string all;
  for (const char* folder : {"lib", "samples"}) {
    for (const std::string& file : files_in(folder, {".cpp", ".hpp"})) all += text_of(file);
  }
  std::set<std::string> kernels;
  for (const gpu::Shader& shader : gpu::shader_table()) kernels.emplace(shader.kernel);
  for (const std::string& kernel : kernels) {
    EXPECT_NE(all.find("\"" + kernel + "\""), std::string::npos)
        << kernel << " is named in no source of lib or samples";
  }
}

TEST(Shaders, EveryShaderFileIsInTheTable) {
  for (const auto& [kernel, file] : kernel_files()) {
    bool found = false;
    for (const gpu::Shader& shader : gpu::shader_table()) found = found || shader.kernel == kernel;
    // A compiler that lacks an extension leaves variants out, but every kernel has a baseline.
    EXPECT_TRUE(found) << file;
  }
}

TEST(Shaders, EveryKernelHasAVariantForTheBaseline) {
  std::map<std::string, bool> baseline;
  for (const gpu::Shader& shader : gpu::shader_table()) {
    const gpu::ShaderFacts facts = gpu::reflect(shader.words);
    const Limits limits;
    const bool fits = facts.needs.empty() && facts.unknown_capabilities.empty() &&
                      facts.bindings.size() <= limits.max_storage_buffers &&
                      facts.push_bytes <= limits.push_constant_bytes &&
                      facts.shared_bytes <= limits.shared_memory_bytes;
    // What measures a capability's peak has nothing to fall back to.
    const bool measures_peak = shader.kernel.substr(0, 5) == "peak_";
    baseline[std::string(shader.kernel)] |= fits || measures_peak;
  }
  for (const auto& [kernel, fits] : baseline) EXPECT_TRUE(fits) << kernel;
}

}  // namespace
}  // namespace ridgeback::rules
