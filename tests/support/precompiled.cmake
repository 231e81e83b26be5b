# SPDX-License-Identifier: BSD-3-Clause
# precompiled_header(<text of a program> <options> [run]): what makes a compiler take the first of the library's large
# headers that the program includes from ${PRECOMPILED}, where tests/precompiled.cmake puts it, for the front end alone or
# for a program that runs; nothing where it includes neither.
function(precompiled_header text result)
  set(${result} "" PARENT_SCOPE)
  if(NOT PRECOMPILED OR NOT text MATCHES "#include <espalier/(dsl|espalier)\\.hpp>")
    return()
  endif()
  set(header ${CMAKE_MATCH_1}.hpp)
  if("run" IN_LIST ARGN)
    if(header STREQUAL "dsl.hpp")
      return()
    endif()
    set(header run/${header})
  endif()
  set(${result} -include ${PRECOMPILED}/${header} PARENT_SCOPE)
endfunction()
