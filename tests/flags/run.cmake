# SPDX-License-Identifier: BSD-3-Clause
# cmake -DCOMPILER=<c++> -DFLAGS=<response file> -DFILE=<program> -DOPTIONS=<options> [-DSAYS=<words>] [-DREFUSED=ON]
#       -P run.cmake
# The program compiles with the options, or is refused where REFUSED; the compiler's first error or message then has the
# words, of which it says nothing where SAYS is empty.
cmake_minimum_required(VERSION 3.21)
separate_arguments(options UNIX_COMMAND "${OPTIONS}")
if(REFUSED)
  list(APPEND options -Wfatal-errors)  # only the first sentence is looked at
endif()
execute_process(
  COMMAND ${COMPILER} -std=c++20 -fsyntax-only -fdiagnostics-color=never @${FLAGS} ${options} ${FILE}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(REFUSED AND status EQUAL 0)
  message(FATAL_ERROR "flags: ${OPTIONS}: accepted, and must not be:\n${output}")
elseif(NOT REFUSED AND NOT status EQUAL 0)
  message(FATAL_ERROR "flags: ${OPTIONS}: does not compile:\n${output}")
endif()
if("${SAYS}" STREQUAL "")
  if(output MATCHES "espalier:|error|warning")
    message(FATAL_ERROR "flags: ${OPTIONS}: nothing was to be said:\n${output}")
  endif()
  return()
endif()
string(REGEX MATCH "[^\n]*(error|#pragma message|-W#pragma-messages)[^\n]*" first "${output}")
string(FIND "${first}" "${SAYS}" at)
if(at LESS 0)
  message(FATAL_ERROR "flags: ${OPTIONS}: the first sentence does not say `${SAYS}`:\n${output}")
endif()
