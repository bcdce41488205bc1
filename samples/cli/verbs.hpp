// SPDX-License-Identifier: Apache-2.0
// The verbs of the program. A new one is a file with its register function, a declaration here and
// a line in the table of main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace ridgeback::cli {

/// Options that every verb takes, before or after its name.
struct Globals {
  std::string device;  ///< number or part of a name; empty: the best
  bool json = false;   ///< the result on standard output is one JSON document
  bool quiet = false;  ///< no progress on standard error
};

/// Adds a subcommand whose callback does the work. `globals` outlives the program's run and is
/// filled in when the callback is called. What a callback throws ends the program: InvalidArgument
/// is wrong usage (exit status 2), everything else a failure (1).
using RegisterVerb = void (*)(CLI::App& app, const Globals& globals);

void register_devices(CLI::App& app, const Globals& globals);
void register_train(CLI::App& app, const Globals& globals);
void register_eval(CLI::App& app, const Globals& globals);
void register_export(CLI::App& app, const Globals& globals);
void register_infer(CLI::App& app, const Globals& globals);
void register_inspect(CLI::App& app, const Globals& globals);
void register_bench(CLI::App& app, const Globals& globals);
void register_tune(CLI::App& app, const Globals& globals);

/// Writes the one JSON document of a result, indented, with a line feed at its end.
void print_json(const nlohmann::ordered_json& document);

}  // namespace ridgeback::cli
