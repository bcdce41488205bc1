# SPDX-License-Identifier: Apache-2.0
# Every pipeline goes through the compilers of real chips: Mesa's drivers compile for AMD's and NVIDIA's that are not there. What
# they compile are the launches of all cases of operations, so those are linked in.
file(GLOB tests CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} */*_test.cpp)
foreach(test IN LISTS tests)
  file(STRINGS ${test} op_cases REGEX "^OP_CASES" LIMIT_COUNT 1)
  if(op_cases)
    target_sources(test_vendors PRIVATE ${test})
  endif()
endforeach()
target_sources(test_vendors PRIVATE vendors/launched_pipelines.cpp)
foreach(driver radeon nouveau)
  file(GLOB icds /usr/share/vulkan/icd.d/${driver}_icd*.json /usr/local/share/vulkan/icd.d/${driver}_icd*.json)
  list(FILTER icds EXCLUDE REGEX "i[36]86")
  list(APPEND icds /usr/share/vulkan/icd.d/${driver}_icd.x86_64.json)
  list(GET icds 0 ${driver}_icd)
endforeach()
set(RIDGEBACK_RADV_ICD ${radeon_icd} CACHE FILEPATH "radeon_icd.json of Mesa: pipelines are compiled for AMD chips")
set(RIDGEBACK_NVK_ICD ${nouveau_icd} CACHE FILEPATH "nouveau_icd.json of Mesa: pipelines are compiled for NVIDIA chips")
set(ways_vendors "")
# Turing, Ampere and Ada. Of RDNA 1 and 2, which are compiled for alike, the newer. gfx1100 is what Mesa 22 calls navi31, which
# newer ones compile for.
set(chips vega10 navi21 navi31 gfx1201 nv162 nv174 nv194)
if(RIDGEBACK_HEAVY_TESTS)
  list(APPEND chips navi10 gfx1100)
endif()
foreach(chip IN LISTS chips)
  set(icd ${RIDGEBACK_RADV_ICD})
  if(chip MATCHES "^nv[0-9]")
    set(icd ${RIDGEBACK_NVK_ICD})
  endif()
  add_test(NAME vendors.${chip} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vendors/compile.sh ${chip}
    ${icd} $<TARGET_FILE:test_vendors> --gtest_filter=Pipelines.*)
  set_tests_properties(vendors.${chip} PROPERTIES LABELS vendors TIMEOUT 1800 SKIP_RETURN_CODE 77
    COST 100)  # among the first: long, and on one thread
endforeach()
