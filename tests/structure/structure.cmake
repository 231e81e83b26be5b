# SPDX-License-Identifier: BSD-3-Clause
# cmake -DROOT=<project> -P structure.cmake: the rules of the source tree, each violation on a line of its own.
#
#  1. Hana only in dsl/, xtensor and xtl only in include/espalier/tensor/, xsimd only in include/espalier/simd/.
#  2. dsl/ includes no header of include/; every <espalier/...> include exists, in one of the two roots and not in both.
#  3. No include cycles.
#  4. Every header has tests/<same path>.cpp, which includes it.
#  5. Macros only in config.hpp; every header starts with its licence and has #pragma once.
#  6. No source, script or page over 500 lines.
#  7. Tests take Catch2 through tests/support/catch.hpp, by the names that its versions 2 and 3 share.
#  8. In conv/, a room is a folder. Shared rooms include no family of kernels, which is any other folder; families never
#     include one another; tile/ includes nothing else of conv/ than cut/.
cmake_minimum_required(VERSION 3.21)
set(max_lines 500)
set(shared_rooms tile cut copy store weight)
set(violations 0)

function(violation sentence)
  message("structure: ${sentence}")
  math(EXPR violations "${violations} + 1")
  set(violations ${violations} PARENT_SCOPE)
endfunction()

# include_lines(<file> <result>): the names between <> or "" of its #include lines.
function(include_lines file result)
  file(STRINGS ${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  set(names "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]*)[>\"].*$" "\\1" name "${line}")
    list(APPEND names "${name}")
  endforeach()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE dsl_headers RELATIVE ${ROOT}/dsl ${ROOT}/dsl/*.hpp)
file(GLOB_RECURSE include_headers RELATIVE ${ROOT}/include ${ROOT}/include/*.hpp)

foreach(root dsl include)
  foreach(header IN LISTS ${root}_headers)
    set(file ${root}/${header})
    file(READ ${ROOT}/${file} text)
    include_lines(${ROOT}/${file} names)

    # 1. Who may know which package.
    foreach(name IN LISTS names)
      if(name MATCHES "^boost/" AND NOT root STREQUAL "dsl")
        violation("${file} includes <${name}>: only dsl/ knows Hana")
      elseif(name MATCHES "^boost/" AND NOT name MATCHES "^boost/hana[/.]")
        violation("${file} includes <${name}>: of Boost, only Hana is used")
      elseif(name MATCHES "^(xtensor|xtl)[/.]" AND NOT file MATCHES "^include/espalier/tensor/")
        violation("${file} includes <${name}>: only include/espalier/tensor/ knows xtensor")
      elseif(name MATCHES "^xsimd[/.]" AND NOT file MATCHES "^include/espalier/simd/")
        violation("${file} includes <${name}>: only include/espalier/simd/ knows xsimd")
      endif()
    endforeach()

    # 2. The two halves.
    if(root STREQUAL "include" AND header IN_LIST dsl_headers)
      violation("${file} exists in dsl/ as well: one of the two would hide the other")
    endif()
    set(depends_${header} "")
    foreach(name IN LISTS names)
      if(name MATCHES "^espalier/")
        list(APPEND depends_${header} ${name})
        if(root STREQUAL "dsl" AND name IN_LIST include_headers)
          violation("${file} includes <${name}>: the language never includes the engine")
        elseif(NOT name IN_LIST dsl_headers AND NOT name IN_LIST include_headers)
          violation("${file} includes <${name}>, which does not exist")
        endif()
      endif()
    endforeach()

    # 4. One header, one test.
    string(REGEX REPLACE "^espalier/(.*)\\.hpp$" "tests/\\1.cpp" test ${header})
    if(NOT EXISTS ${ROOT}/${test})
      violation("${file} has no test ${test}")
    else()
      include_lines(${ROOT}/${test} test_names)
      if(NOT header IN_LIST test_names)
        violation("${test} does not include <${header}>")
      endif()
    endif()

    # 5. Macros, licence, guard.
    if(text MATCHES "\n[ \t]*#[ \t]*define[ \t]" AND NOT header STREQUAL "espalier/config.hpp")
      violation("${file} defines a macro: macros live in dsl/espalier/config.hpp")
    endif()
    if(NOT text MATCHES "^// SPDX-License-Identifier: ")
      violation("${file} does not start with its SPDX-License-Identifier line")
    endif()
    if(NOT text MATCHES "\n#pragma once\n")
      violation("${file} has no #pragma once")
    endif()

    # 8. The rooms of conv/.
    if(file MATCHES "^include/espalier/conv/([a-z0-9_]+)/")
      set(room ${CMAKE_MATCH_1})
      foreach(name IN LISTS names)
        if(NOT name MATCHES "^espalier/conv/(([a-z0-9_]+)/)?")
          continue()
        endif()
        set(other "${CMAKE_MATCH_2}")
        if(room STREQUAL "tile" AND NOT other MATCHES "^(tile|cut)$")
          violation("${file} includes <${name}>: of conv/, tile/ knows cut/ alone")
        elseif(other STREQUAL "" OR other STREQUAL room OR other IN_LIST shared_rooms)
          continue()
        elseif(room IN_LIST shared_rooms)
          violation("${file} includes <${name}>: a shared room of conv/ never includes a family of kernels")
        else()
          violation("${file} includes <${name}>: families of kernels never include one another")
        endif()
      endforeach()
    endif()
  endforeach()
endforeach()

# 3. Take away, round after round, what includes nothing that is left; a cycle stays.
set(left ${dsl_headers} ${include_headers})
list(REMOVE_DUPLICATES left)
set(progress TRUE)
while(progress)
  set(progress FALSE)
  set(still "")
  foreach(header IN LISTS left)
    set(waits FALSE)
    foreach(name IN LISTS depends_${header})
      if(name IN_LIST left)
        set(waits TRUE)
      endif()
    endforeach()
    if(waits)
      list(APPEND still ${header})
    else()
      set(progress TRUE)
    endif()
  endforeach()
  set(left ${still})
endwhile()
if(left)
  string(REPLACE ";" " " left "${left}")
  violation("include cycle through: ${left}")
endif()

# 6. Nothing too long to read.
set(files "")
file(GLOB top RELATIVE ${ROOT} ${ROOT}/*.md ${ROOT}/CMakeLists.txt)
foreach(folder dsl include tests examples bench cmake docs)
  file(GLOB_RECURSE inside RELATIVE ${ROOT} ${ROOT}/${folder}/*.hpp ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.md
    ${ROOT}/${folder}/*.cmake ${ROOT}/${folder}/*.sh ${ROOT}/${folder}/CMakeLists.txt)
  list(APPEND files ${inside})
endforeach()
foreach(file IN LISTS top files)
  file(READ ${ROOT}/${file} text)
  string(REGEX REPLACE "[^\n]" "" newlines "${text}")
  string(LENGTH "${newlines}" lines)
  if(lines GREATER max_lines)
    violation("${file} has ${lines} lines, more than ${max_lines}")
  endif()
endforeach()

# 7. Version 2 lets a test say Approx and include one header, version 3 does not, and each has it in another namespace.
file(GLOB_RECURSE tests RELATIVE ${ROOT} ${ROOT}/tests/*.cpp ${ROOT}/tests/*.hpp)
list(REMOVE_ITEM tests tests/support/catch.hpp)
foreach(test IN LISTS tests)
  file(READ ${ROOT}/${test} text)
  if(text MATCHES "([^:A-Za-z]|Catch::|Detail::)Approx\\(" OR text MATCHES "[^:A-Za-z](Contains|Equals|StartsWith|WithinRel|WithinAbs|WithinULP)\\(")
    violation("${test} names a part of Catch2 as not both of its versions have it; of Approx, write support::Approx")
  endif()
  if(text MATCHES "#[ \t]*include[ \t]*<catch2/")
    violation("${test} includes a header of Catch2's own; tests/support/catch.hpp serves versions 2 and 3")
  endif()
endforeach()

list(LENGTH dsl_headers dsl_count)
list(LENGTH include_headers include_count)
if(violations)
  message(FATAL_ERROR "structure: ${violations} violations in ${dsl_count} + ${include_count} headers")
endif()
message(STATUS "structure: ${dsl_count} headers in dsl/, ${include_count} in include/, every rule holds")
