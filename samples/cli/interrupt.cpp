// SPDX-License-Identifier: Apache-2.0
#include "interrupt.hpp"

#include <csignal>

namespace ridgeback::cli {
namespace {

volatile std::sig_atomic_t requested_flag = 0;

void note(int /*signal*/) {
  requested_flag = 1;
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  // The handler serves once: the next signal does what it does by default.
  action.sa_flags = handler == SIG_DFL ? 0 : static_cast<int>(SA_RESETHAND);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  requested_flag = 0;
  set_handler(SIGINT, note);
  set_handler(SIGTERM, note);
}

Interrupt::~Interrupt() {
  set_handler(SIGINT, SIG_DFL);
  set_handler(SIGTERM, SIG_DFL);
}

bool Interrupt::requested() {
  return requested_flag != 0;
}

}  // namespace ridgeback::cli
