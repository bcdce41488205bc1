# SPDX-License-Identifier: Apache-2.0
# Every pipeline goes through the compilers of real AMD chips: RADV's null device compiles for a family that is not there. What
# it compiles are the launches of all cases of operations, so those are linked in.
file(GLOB tests CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} */*_test.cpp)
foreach(test IN LISTS tests)
  file(STRINGS ${test} op_cases REGEX "^OP_CASES" LIMIT_COUNT 1)
  if(op_cases)
    target_sources(test_vendors PRIVATE ${test})
  endif()
endforeach()
target_sources(test_vendors PRIVATE vendors/launched_pipelines.cpp)
file(GLOB radv_icds /usr/share/vulkan/icd.d/radeon_icd*.json /usr/local/share/vulkan/icd.d/radeon_icd*.json)
list(FILTER radv_icds EXCLUDE REGEX "i[36]86")
list(APPEND radv_icds /usr/share/vulkan/icd.d/radeon_icd.x86_64.json)
list(GET radv_icds 0 radv_icd)
set(RIDGEBACK_RADV_ICD ${radv_icd} CACHE FILEPATH "radeon_icd.json of Mesa: pipelines are compiled for AMD chips")
set(ways_vendors "")
# gfx1100 is what Mesa 22 calls navi31.
foreach(family vega10 navi10 navi21 gfx1100 navi31)
  add_test(NAME vendors.${family} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vendors/compile.sh ${family}
    ${RIDGEBACK_RADV_ICD} $<TARGET_FILE:test_vendors> --gtest_filter=Pipelines.*)
  set_tests_properties(vendors.${family} PROPERTIES LABELS vendors TIMEOUT 900 SKIP_RETURN_CODE 77)
endforeach()
