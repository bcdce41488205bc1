// SPDX-License-Identifier: Apache-2.0
// What main() of a sample with options does.
#pragma once

#include <ridgeback/core/error.hpp>

#include <CLI/CLI.hpp>
#include <exception>
#include <fmt/core.h>

namespace samples {

/// Reads the command line and calls `run`. Returns its exit status; 2 for wrong usage and 1 for
/// other errors, which are told on stderr.
template <class Run>
int sample_main(CLI::App& app, int argc, char** argv, const Run& run) {
  const auto failed = [&](const std::exception& error, int status) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), error.what());
    return status;
  };
  try {
    app.parse(argc, argv);
    return run();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const ridgeback::InvalidArgument& error) {
    return failed(error, 2);
  } catch (const std::exception& error) {
    return failed(error, 1);
  }
}

}  // namespace samples
