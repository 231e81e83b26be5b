# SPDX-License-Identifier: BSD-3-Clause
# Flags of the project's own tests, examples and benchmarks; nothing here reaches a user's target.
include(CheckCXXCompilerFlag)

option(ESPALIER_WERROR "Warnings are errors" OFF)
option(ESPALIER_NATIVE "Compile for the machine's own instruction set" ON)
set(ESPALIER_MARCH "" CACHE STRING "Compile for this -march instead, for example x86-64")
set(ESPALIER_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")

# For clangd, which looks for compile_commands.json in build/ of every folder above a file.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Warnings, optimisation and sanitizers; the instruction set is a target of its own so that a test can choose another.
add_library(espalier_development INTERFACE)
target_compile_options(espalier_development INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ looks for memory to use again from 128 MiB on; from 1 GiB on it does so in the largest files only, a sixth sooner.
  target_compile_options(espalier_development INTERFACE --param=ggc-min-heapsize=1048576)
endif()
if(ESPALIER_WERROR)
  target_compile_options(espalier_development INTERFACE -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 takes the moves inside std::string's operator+ for overruns (its bug 105651): shown, but no error.
    target_compile_options(espalier_development INTERFACE -Wno-error=array-bounds -Wno-error=restrict)
  endif()
endif()
if(ESPALIER_SANITIZE)
  # -O0 compiles two to three times as fast as -O1, with no access optimised away before it is checked. Without -g1, which
  # costs a sixth of the time, reports of memory name functions but no lines: CXXFLAGS=-g1 when there is one to read.
  target_compile_options(espalier_development INTERFACE
    -O0 -UNDEBUG -fsanitize=${ESPALIER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(espalier_development INTERFACE -fsanitize=${ESPALIER_SANITIZE})
endif()

if(ESPALIER_NATIVE)
  check_cxx_compiler_flag(-march=native ESPALIER_HAS_MARCH_NATIVE)
endif()
add_library(espalier_march INTERFACE)
if(ESPALIER_MARCH)
  target_compile_options(espalier_march INTERFACE -march=${ESPALIER_MARCH})
elseif(ESPALIER_HAS_MARCH_NATIVE)
  target_compile_options(espalier_march INTERFACE -march=native)
endif()

# espalier_mpi_flags(<launcher> <result>): flags of a launcher of MPI that starts more ranks than there are cores, as root
# of a container too. Open MPI's refuses both unless told, the others know no such flags.
function(espalier_mpi_flags launcher result)
  set(${result} "" PARENT_SCOPE)
  execute_process(COMMAND ${launcher} --version OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(said MATCHES "Open MPI|OpenRTE")
    set(${result} --allow-run-as-root --oversubscribe PARENT_SCOPE)
  endif()
endfunction()
