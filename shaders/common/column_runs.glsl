// SPDX-License-Identifier: Apache-2.0
// Work on columns: invocation i takes quad i % quads of every row of run i / quads, a run being
// `rows_each` consecutive rows. Neighbouring invocations read neighbouring quads, and whatever belongs
// to a column is loaded once for the whole run. In EIGHTS, of the variant wide, the same with two quads at a time:
// longer pieces of rows that lie far apart, and the longest store. Include this first.
#ifndef RIDGEBACK_COLUMN_RUNS_GLSL
#define RIDGEBACK_COLUMN_RUNS_GLSL

#include "quads.glsl"
#include "index.glsl"

struct ColumnRun {
  uint quad;   // or the first of two
  uint run;
  uint first;  // rows first..last-1; none where the invocation has no work
  uint last;
};

ColumnRun column_run(uint rows, uint cols, uint rows_each) {
  const uint quads = quads_of(cols);
  const uint run = linear_invocation() / quads;
  const uint first = min(run * rows_each, rows);
  return ColumnRun(linear_invocation() - run * quads, run, first, min(first + rows_each, rows));
}

ColumnRun column_run_of_eights(uint rows, uint cols, uint rows_each) {
  const uint eights = cols / 8u, run = linear_invocation() / eights;
  const uint first = min(run * rows_each, rows);
  return ColumnRun(2u * (linear_invocation() - run * eights), run, first, min(first + rows_each, rows));
}

#endif
