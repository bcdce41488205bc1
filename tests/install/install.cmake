# SPDX-License-Identifier: Apache-2.0
# cmake -DBUILD=... -DSOURCE=... -DFOLDER=... -DGENERATOR=... -DCOMPILER=... -P install.cmake
# Installs the build into an empty prefix, builds the outside program against it and runs it.
function(step what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what} failed (${status}):\n${text}")
  endif()
  message(STATUS "${what}: done\n${text}")
endfunction()

file(REMOVE_RECURSE ${FOLDER})
step("install" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/prefix)
step("configure" ${CMAKE_COMMAND} -S ${SOURCE} -B ${FOLDER}/build -G ${GENERATOR}
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${COMPILER}
  -DCMAKE_PREFIX_PATH=${FOLDER}/prefix)
step("build" ${CMAKE_COMMAND} --build ${FOLDER}/build)
step("run" ${FOLDER}/build/outside)

# The headers of the source tree must not have been what was compiled against.
file(STRINGS ${FOLDER}/build/CMakeCache.txt found REGEX "^ridgeback_DIR:")
if(NOT found MATCHES "${FOLDER}/prefix")
  message(FATAL_ERROR "another ridgeback was found: ${found}")
endif()
