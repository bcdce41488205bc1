// SPDX-License-Identifier: Apache-2.0
// The whole vocabulary of operations.
#pragma once

#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/index.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/norm.hpp"
#include "ridgeback/ops/optimizer_steps.hpp"
#include "ridgeback/ops/random.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/ops/softmax.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/step.hpp"
#include "ridgeback/ops/sum_of_all.hpp"
