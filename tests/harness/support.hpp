// SPDX-License-Identifier: Apache-2.0
// RIDGEBACK_TEST_SUPPORT=1 prints, after the tests, which variants each operation ran with.
#pragma once

#include <string>

namespace ridgeback::test {

/// "This operation ran this variant of this kernel and was checked."
void note_support(const std::string& op, const std::string& kernel, const std::string& variant);

/// The table, operations by kernel variants; those of the build that did not run are named too.
void print_support();

}  // namespace ridgeback::test
