// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while a run is going.
#pragma once

namespace ridgeback::cli {

/// While one lives, the first SIGINT or SIGTERM only sets a flag; a second one ends the process as
/// usual. At most one may live.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] static bool requested();
};

}  // namespace ridgeback::cli
