# SPDX-License-Identifier: Apache-2.0
# The tests run the built programs.
target_sources(test_cli PRIVATE cli/program.cpp cli/bad_files.cpp)
target_compile_definitions(test_cli PRIVATE RIDGEBACK_PROGRAM="$<TARGET_FILE:ridgeback_cli>"
  ROBUST_TRAINING_PROGRAM="$<TARGET_FILE:robust_training>"
  ESTIMATOR_EQUIVALENCE_PROGRAM="$<TARGET_FILE:estimator_equivalence>")
add_dependencies(test_cli ridgeback_cli robust_training estimator_equivalence)
