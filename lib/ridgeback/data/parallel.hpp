// SPDX-License-Identifier: Apache-2.0
// Independent host work spread over the cores.
#pragma once

#include <cstdint>
#include <functional>

namespace ridgeback::data {

/// Calls work(i) for every i in 0..count-1 on several threads, indices handed out in ascending
/// order. If calls throw, no new ones start and the exception of the lowest index is rethrown,
/// whatever the number of threads. `threads` = 0 means one a core.
void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& work,
                  int threads = 0);

}  // namespace ridgeback::data
