# SPDX-License-Identifier: BSD-3-Clause
# precompiled_header(<text of a program> <options>): what makes a compiler take the first of espalier's large headers that
# the program includes from ${PRECOMPILED}, where tests/precompiled.cmake puts it; nothing where it includes neither.
function(precompiled_header text result)
  set(${result} "" PARENT_SCOPE)
  if(PRECOMPILED AND text MATCHES "#include <espalier/(dsl|espalier)\\.hpp>")
    set(${result} -include ${PRECOMPILED}/${CMAKE_MATCH_1}.hpp PARENT_SCOPE)
  endif()
endfunction()
