# SPDX-License-Identifier: Apache-2.0
# What find_package(ridgeback) reads. The library is static: its users link what it uses.
include(CMakeFindDependencyMacro)
find_dependency(Vulkan)
find_dependency(fmt)
find_dependency(ZLIB)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/ridgeback_targets.cmake)
