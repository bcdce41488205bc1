// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/choice.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dispatch.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <functional>
#include <map>
#include <utility>

namespace ridgeback {
namespace {

std::string shape_class(const TensorSpec& spec) {
  std::string text(name(spec.dtype));
  text += '[';
  for (const std::int64_t extent : spec.shape.extents()) {
    if (text.back() != '[') text += ',';
    text += fmt::format("{}", std::bit_ceil(static_cast<std::uint64_t>(extent)));
  }
  return text + ']';
}

using Taken = std::map<std::string, std::string, std::less<>>;

bool offers(const Choice& choice, const std::string& option) {
  return std::ranges::find(choice.options, option) != choice.options.end();
}

void take(Choice& choice, const Taken& from, const std::string& key, Choice::Why why) {
  const auto found = from.find(key);
  if (found == from.end() || !offers(choice, found->second)) return;
  choice.taken = found->second;
  choice.why = why;
}

}  // namespace

std::string_view name(Choice::Why why) {
  switch (why) {
    case Choice::Why::only:
      return "only";
    case Choice::Why::standard:
      return "rule";
    case Choice::Why::tuned:
      return "tuned";
    case Choice::Why::forced:
      return "forced";
  }
  return "";
}

std::string text(const Choice& choice) {
  std::string words = fmt::format("{} {} {}", choice.what, choice.taken, name(choice.why));
  if (!choice.disabled.empty())
    words += fmt::format(", {} disabled", fmt::join(choice.disabled, " and "));
  if (!choice.not_offered.empty())
    words += fmt::format(", forced {} is not offered", choice.not_offered);
  return words;
}

std::string choice_point(const LowerContext& context, std::string_view kernel,
                         std::string_view what) {
  std::string text = fmt::format("{} {} {}:", context.operation, kernel, what);
  for (const TensorSpec& spec : context.in) text += ' ' + shape_class(spec);
  text += " ->";
  for (const TensorSpec& spec : context.out) text += ' ' + shape_class(spec);
  return text;
}

Choice choose(const LowerContext& context, std::string_view kernel, std::string_view what,
              std::vector<std::string> options) {
  require(!options.empty(), fmt::format("{}: no {} to choose", kernel, what));
  Choice choice;
  choice.kernel = kernel;
  choice.what = what;
  choice.options = std::move(options);
  choice.taken = choice.options.front();
  const Target& target = context.target;
  const std::string key = what == "variant" ? choice.kernel : fmt::format("{}/{}", kernel, what);
  const auto forced = target.forced.find(key);
  if (forced != target.forced.end() && !offers(choice, forced->second))
    choice.not_offered = forced->second;
  if (choice.options.size() == 1) return choice;
  choice.point = choice_point(context, kernel, what);
  choice.why = Choice::Why::standard;
  take(choice, target.tuned, choice.point, Choice::Why::tuned);
  take(choice, target.forced, key, Choice::Why::forced);
  return choice;
}

}  // namespace ridgeback
