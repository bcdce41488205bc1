# SPDX-License-Identifier: Apache-2.0
# cmake -DSPIRV_VAL=spirv-val -DFOLDER=build/shaders -P validate_shaders.cmake
# Runs spirv-val on every module that the build compiled; the module's SPIR-V version tells its
# environment.
file(STRINGS ${FOLDER}/modules.txt modules)
set(failures 0)
foreach(module IN LISTS modules)
  file(READ ${module} version OFFSET 4 LIMIT 4 HEX)
  if(version STREQUAL "00030100")
    set(environment vulkan1.1)
  elseif(version STREQUAL "00050100")
    set(environment vulkan1.2)
  else()
    set(environment vulkan1.3)
  endif()
  execute_process(COMMAND ${SPIRV_VAL} --target-env ${environment} ${module}
    RESULT_VARIABLE status ERROR_VARIABLE text OUTPUT_VARIABLE text)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "${module}: ${text}")
    math(EXPR failures "${failures} + 1")
  endif()
endforeach()
list(LENGTH modules count)
if(count EQUAL 0)
  message(FATAL_ERROR "no module in ${FOLDER}/modules.txt")
endif()
message(STATUS "${count} modules, ${failures} failures")
