// SPDX-License-Identifier: Apache-2.0
// The program `ridgeback`: results on standard output, everything for people on standard error.
// Exit status: 0 done, 1 failed, 2 wrong usage.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/pass_names.hpp"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fmt/ranges.h>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "verbs.hpp"

namespace ridgeback::cli {
namespace {

constexpr RegisterVerb verbs[] = {
    register_devices, register_train,   register_eval,  register_export,
    register_infer,   register_inspect, register_bench, register_tune,
};

constexpr int failed = 1;
constexpr int wrong_usage = 2;

constexpr const char* examples =
    "Examples:\n"
    "  ridgeback devices\n"
    "  ridgeback train --weights 1 --activations 1 --out runs/one_bit\n"
    "  ridgeback export runs/one_bit one_bit.safetensors\n"
    "  ridgeback infer one_bit.safetensors digit.png\n"
    "  ridgeback VERB --help\n"
    "\n"
    "Environment:\n"
    "  RIDGEBACK_DEVICE=N|NAME           the device where --device is not given\n"
    "  RIDGEBACK_DISABLE=coopmat,dot8    capabilities not to use (names: ridgeback devices), and\n"
    "                                    passes: {}\n"
    "  RIDGEBACK_BASELINE=1              nothing beyond Vulkan 1.1 and its smallest limits\n"
    "  RIDGEBACK_LOG=debug|info|warning|error|silent\n"
    "\n"
    "Results go to standard output, everything else to standard error. Exit status: 0 done,\n"
    "1 failed, 2 wrong usage.";

// Help in 100 columns; CLI11 itself indents the lines of a description but does not break them.
class WrappingFormatter : public CLI::Formatter {
 public:
  WrappingFormatter() { column_width(left); }
  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(CLI::Formatter::make_option_desc(option));
  }

 private:
  static constexpr std::size_t left = 34;
  static constexpr std::size_t right = 100;

  static std::string wrapped(const std::string& text) {
    std::string result;
    std::size_t column = left;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      const bool fits = column + word.size() < right;
      if (!result.empty()) result += fits ? ' ' : '\n';
      if (!fits) column = left;
      result += word;
      column += word.size() + 1;
    }
    return result;
  }
};

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--device", globals.device,
                 "Vulkan device: its number in `ridgeback devices`, or part of its name. Default: "
                 "the best (discrete before integrated before CPU)")
      ->type_name("N|NAME");
  app.add_flag("--json", globals.json, "Print the result as one JSON document");
  app.add_flag("-q,--quiet", globals.quiet, "No progress on standard error");
}

int complain(const char* what, int status) {
  std::fflush(stdout);
  fmt::print(stderr, "ridgeback: {}\n", what);
  return status;
}

// A result that did not reach its reader is a failure, even though the work was done.
int finish_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return 0;
  return complain(
      fmt::format("standard output: cannot be written ({})", std::strerror(errno)).c_str(), failed);
}

int run(int argc, char** argv) {
  CLI::App app("Trains and runs neural networks at any precision and sparsity on any Vulkan GPU",
               "ridgeback");
  Globals globals;
  add_globals(app, globals);
  app.fallthrough();
  app.formatter(std::make_shared<WrappingFormatter>());
  app.footer(fmt::format(examples, fmt::join(pass_names, ",\n" + std::string(44, ' '))));
  app.set_version_flag("--version", RIDGEBACK_VERSION);
  for (const RegisterVerb add : verbs) add(app, globals);
  try {
    app.parse(argc, argv);
    // Not by require_subcommand(), which would hide the name of an unknown verb.
    if (app.get_subcommands().empty()) throw CLI::RequiredError("A verb (subcommand)");
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" with status 0 and go to standard output.
    if (error.get_exit_code() == 0) return app.exit(error) == 0 ? finish_output() : failed;
    return complain(fmt::format("{}\nRun with --help for more information.", error.what()).c_str(),
                    wrong_usage);
  }
  return finish_output();
}

}  // namespace

void print_json(const nlohmann::ordered_json& document) {
  const std::string text =
      document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  fmt::print("{}\n", text);
}

}  // namespace ridgeback::cli

int main(int argc, char** argv) {
  using namespace ridgeback::cli;  // NOLINT: in this function alone
  try {
    return run(argc, argv);
  } catch (const ridgeback::InvalidArgument& error) {
    return complain(error.what(), wrong_usage);
  } catch (const std::bad_alloc&) {
    return complain("out of memory on the host", failed);
  } catch (const std::exception& error) {
    return complain(error.what(), failed);
  }
}
