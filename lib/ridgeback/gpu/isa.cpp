// SPDX-License-Identifier: Apache-2.0
// Lines of the text are "BB7:" or "\tv_fma_f32 v1, v2, v3, v1   ; d54b0001 04060702"; pairs that
// issue together are joined by "::".
#include "ridgeback/gpu/isa.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <map>
#include <vector>

namespace ridgeback::gpu {
namespace {

struct Instruction {
  std::string_view name;
  std::string_view operands;
};

struct Listing {
  std::vector<Instruction> instructions;
  std::map<std::string_view, std::size_t> labels;  // to the instruction that follows
};

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(starts, [&](std::string_view s) { return name.starts_with(s); });
}

void read_instruction(Listing& listing, std::string_view text) {
  text = trimmed(text);
  const std::size_t end = text.find_first_of(blanks);
  const std::string_view name = text.substr(0, end);
  // Names have an underscore everywhere in this language; anything else is no instruction.
  if (name.find('_') == std::string_view::npos) return;
  const bool plain = std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!plain) return;
  listing.instructions.push_back(
      {name, end == std::string_view::npos ? std::string_view{} : trimmed(text.substr(end))});
}

void read_line(Listing& listing, std::string_view line) {
  line = trimmed(line.substr(0, line.find(';')));
  if (line.ends_with(':')) {
    listing.labels.emplace(line.substr(0, line.size() - 1), listing.instructions.size());
    return;
  }
  for (std::size_t joint = line.find("::"); joint != std::string_view::npos;
       joint = line.find("::")) {
    read_instruction(listing, line.substr(0, joint));
    line.remove_prefix(joint + 2);
  }
  read_instruction(listing, line);
}

Listing read(std::string_view assembly) {
  Listing listing;
  while (!assembly.empty()) {
    const std::size_t end = assembly.find('\n');
    read_line(listing, assembly.substr(0, end));
    if (end == std::string_view::npos) break;
    assembly.remove_prefix(end + 1);
  }
  return listing;
}

// Begin to end of every loop: one for each label that a later branch goes back to.
std::map<std::size_t, std::size_t> loops_of(const Listing& listing) {
  std::map<std::size_t, std::size_t> loops;
  for (std::size_t i = 0; i < listing.instructions.size(); ++i) {
    const Instruction& branch = listing.instructions[i];
    if (!starts_with_any(branch.name, {"s_branch", "s_cbranch"})) continue;
    const auto target = listing.labels.find(branch.operands);
    if (target == listing.labels.end() || target->second > i) continue;
    std::size_t& end = loops[target->second];
    end = std::max(end, i + 1);
  }
  return loops;
}

bool is_useful(std::string_view name, UsefulWork work) {
  if (name.starts_with("v_dual_")) {
    return work == UsefulWork::multiply_add && starts_with_any(name, {"v_dual_fma", "v_dual_dot"});
  }
  if (work == UsefulWork::bits)
    return starts_with_any(name, {"v_xor", "v_xnor", "v_and_b32", "v_bcnt"});
  return starts_with_any(name, {"v_fma", "v_mac", "v_mad", "v_pk_fma", "v_dot", "v_mul_lo",
                                "v_mul_i32", "v_mul_u32", "v_wmma", "v_mfma"});
}

IsaLoop count(const Listing& listing, std::size_t begin, std::size_t end, UsefulWork work) {
  IsaLoop loop;
  for (std::size_t i = begin; i < end; ++i) {
    const std::string_view name = listing.instructions[i].name;
    ++loop.instructions;
    if (name.starts_with("v_")) {
      ++loop.vector;
      if (is_useful(name, work)) ++loop.useful;
    } else if (name.starts_with("s_")) {
      ++loop.scalar;
    } else if (name.starts_with("ds_")) {
      ++loop.shared;
    } else if (name.starts_with("scratch_")) {
      ++loop.scratch;
    } else if (starts_with_any(name, {"buffer_", "tbuffer_", "global_", "flat_"})) {
      ++(name.find("_store") != std::string_view::npos ? loop.stores : loop.loads);
    }
  }
  return loop;
}

}  // namespace

std::optional<IsaLoop> busiest_loop(std::string_view assembly, UsefulWork work) {
  const Listing listing = read(assembly);
  const auto loops = loops_of(listing);
  std::optional<IsaLoop> best;
  for (auto loop = loops.begin(); loop != loops.end(); ++loop) {
    // Sorted by their begin: a loop inside this one would come next.
    const auto next = std::next(loop);
    if (next != loops.end() && next->first < loop->second) continue;
    const IsaLoop counted = count(listing, loop->first, loop->second, work);
    if (counted.vector > 0 && (!best || counted.vector > best->vector)) best = counted;
  }
  return best;
}

}  // namespace ridgeback::gpu
