# SPDX-License-Identifier: Apache-2.0
# Functions of shaders/CMakeLists.txt. State is kept in properties of that directory:
#   rows     lines of the generated table     externs  declarations of the word arrays
#   sources  generated .cpp files             modules  .spv files
#   omitted  "kernel.variant (why)"           kernels  names seen so far

# Sets `result` to whether glslangValidator knows a GLSL extension, by compiling a small shader once.
function(ridgeback_probe_extension extension result)
  if(NOT DEFINED CACHE{RIDGEBACK_GLSL_${extension}})
    set(probe ${CMAKE_CURRENT_BINARY_DIR}/probe/${extension}.comp)
    file(WRITE ${probe} "#version 450\n#extension ${extension} : require\n"
      "layout(local_size_x = 1) in;\nvoid main() {\n}\n")
    execute_process(COMMAND ${GLSLANG_VALIDATOR} -V --target-env vulkan1.3 -o ${probe}.spv ${probe}
      RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(failed)
      set(known OFF)
    else()
      set(known ON)
    endif()
    set(RIDGEBACK_GLSL_${extension} ${known} CACHE INTERNAL "glslangValidator knows ${extension}")
  endif()
  set(${result} ${RIDGEBACK_GLSL_${extension}} PARENT_SCOPE)
endfunction()

# Compiles one variant; appends to the lists `spv` (symbol=file) and `modules` of the caller.
function(ridgeback_compile_variant shader kernel variant environment needs defines)
  foreach(extension IN LISTS needs)
    ridgeback_probe_extension(${extension} known)
    if(NOT known)
      set_property(DIRECTORY APPEND PROPERTY omitted "${kernel}.${variant} (${extension})")
      return()
    endif()
  endforeach()
  list(TRANSFORM defines PREPEND -D)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${shader})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${kernel}.${variant}.spv)
  add_custom_command(OUTPUT ${output}
    COMMAND ${GLSLANG_VALIDATOR} -V --quiet --target-env ${environment} ${defines}
      -I${CMAKE_CURRENT_SOURCE_DIR} --depfile ${output}.d -o ${output} ${source}
    DEPENDS ${source} DEPFILE ${output}.d COMMENT "Shader ${kernel}.${variant}" VERBATIM)
  set_property(DIRECTORY APPEND PROPERTY modules ${output})
  set(symbol ${kernel}_${variant})
  set_property(DIRECTORY APPEND_STRING PROPERTY externs
    "extern const unsigned ${symbol}[];\nextern const unsigned ${symbol}_count;\n")
  set_property(DIRECTORY APPEND_STRING PROPERTY rows
    "      {\"${kernel}\", \"${variant}\", {spirv::${symbol}, spirv::${symbol}_count}},\n")
  set(spv ${spv} ${symbol}=${output} PARENT_SCOPE)
  set(outputs ${outputs} ${output} PARENT_SCOPE)
endfunction()

# Reads the `//!` lines of a shader and compiles its variants into one source file.
function(ridgeback_add_shader shader)
  get_filename_component(kernel ${shader} NAME_WE)
  get_property(kernels DIRECTORY PROPERTY kernels)
  if(kernel IN_LIST kernels)
    message(FATAL_ERROR "shaders: two kernels are called ${kernel}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY kernels ${kernel})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${shader})

  set(variant "")
  set(common_needs "")
  set(common_environment vulkan1.1)
  set(spv "")
  set(outputs "")
  file(STRINGS ${shader} lines REGEX "^//! ")
  # The end marker compiles the last variant.
  foreach(line IN LISTS lines ITEMS "//! end")
    string(REGEX REPLACE "[ \t]+" ";" words "${line}")
    list(POP_FRONT words marker verb)
    if(verb MATCHES "^(variant|end)$")
      if(variant)
        ridgeback_compile_variant(${shader} ${kernel} ${variant} ${environment} "${needs}"
          "${defines}")
      elseif(verb STREQUAL "end")
        ridgeback_compile_variant(${shader} ${kernel} baseline ${common_environment}
          "${common_needs}" "")
      endif()
      list(POP_FRONT words variant)
      set(defines ${words})
      set(needs ${common_needs})
      set(environment ${common_environment})
    elseif(verb STREQUAL "needs" AND variant)
      list(APPEND needs ${words})
    elseif(verb STREQUAL "needs")
      list(APPEND common_needs ${words})
    elseif(verb STREQUAL "env" AND words MATCHES "^vulkan1\\.[123]$" AND variant)
      set(environment ${words})
    elseif(verb STREQUAL "env" AND words MATCHES "^vulkan1\\.[123]$")
      set(common_environment ${words})
    else()
      message(FATAL_ERROR "shaders/${shader}: cannot read '${line}'")
    endif()
  endforeach()

  if(spv)
    set(words_file ${CMAKE_CURRENT_BINARY_DIR}/${kernel}.cpp)
    set(embed ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed.cmake)
    string(REPLACE ";" "," pairs "${spv}")
    add_custom_command(OUTPUT ${words_file}
      COMMAND ${CMAKE_COMMAND} -DOUTPUT=${words_file} -DMODULES=${pairs} -P ${embed}
      DEPENDS ${outputs} ${embed} COMMENT "" VERBATIM)
    set_property(DIRECTORY APPEND PROPERTY sources ${words_file})
  endif()
endfunction()

# Writes the table (only when it changed), makes the target, and says what was left out.
function(ridgeback_finish_shaders)
  foreach(name rows externs sources modules omitted)
    get_property(${name} DIRECTORY PROPERTY ${name})
  endforeach()
  set(table ${CMAKE_CURRENT_BINARY_DIR}/shader_rows.cpp)
  configure_file(cmake/shader_rows.cpp.in ${table} @ONLY)
  list(JOIN modules "\n" module_lines)
  file(CONFIGURE OUTPUT modules.txt CONTENT "${module_lines}\n")
  add_custom_target(ridgeback_shaders DEPENDS ${modules} ${sources})
  list(LENGTH modules count)
  message(STATUS "Shaders: ${count} modules")
  foreach(variant IN LISTS omitted)
    message(STATUS "Shaders: left out ${variant}: not known to ${GLSLANG_VALIDATOR}")
  endforeach()
  set(RIDGEBACK_SHADER_TABLE ${table} ${sources} PARENT_SCOPE)
endfunction()
