# SPDX-License-Identifier: BSD-3-Clause
# cmake -DROOT=<project> -P pages.cmake: the pages about the source name what is there, each violation on a line.
#
#  1. A source file in backquotes exists: from the root, or from include/espalier/, or beside the page. `*` stands for
#     some files; what has a `<` is a pattern and is left alone.
#  2. In a row `| 1 | file | functions |` the file has each of the functions.
#  3. conv/README.md names every header of conv/.
cmake_minimum_required(VERSION 3.21)
set(violations 0)

function(violation sentence)
  message("pages: ${sentence}")
  math(EXPR violations "${violations} + 1")
  set(violations ${violations} PARENT_SCOPE)
endfunction()

# matches(<text> <regex> <result>): all matches, without backquotes.
function(matches text regex result)
  string(REGEX MATCHALL "${regex}" found "${text}")
  string(REPLACE "`" "" found "${found}")
  list(REMOVE_DUPLICATES found)
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

set(conv include/espalier/conv)
foreach(page CONTRIBUTING.md docs/architecture.md ${conv}/README.md)
  file(READ ${ROOT}/${page} text)
  get_filename_component(folder ${page} DIRECTORY)

  matches("${text}" "`[A-Za-z0-9_/.*]+\\.(hpp|cpp|cmake|sh)`" names)
  foreach(name IN LISTS names)
    file(GLOB found ${ROOT}/${name} ${ROOT}/include/espalier/${name} ${ROOT}/${folder}/${name})
    if(NOT found)
      violation("${page} names ${name}, which does not exist")
    endif()
  endforeach()

  string(REGEX MATCHALL "\n\\| [0-9]+ \\| `[a-z0-9_/]+\\.hpp` \\|[^|\n]*\\|" rows "${text}")
  foreach(row IN LISTS rows)
    string(REGEX MATCH "`([a-z0-9_/]+\\.hpp)` \\|(.*)" row "${row}")
    set(name "${CMAKE_MATCH_1}")
    matches("${CMAKE_MATCH_2}" "`[^`]+`" functions)
    if(NOT EXISTS ${ROOT}/include/espalier/${name})
      continue()  # said above
    endif()
    file(READ ${ROOT}/include/espalier/${name} source)
    foreach(function IN LISTS functions)
      string(FIND "${source}" "${function}" at)
      if(at LESS 0)
        violation("${page} says that ${name} has ${function}, and it has not")
      endif()
    endforeach()
  endforeach()
endforeach()

file(READ ${ROOT}/${conv}/README.md text)
file(GLOB_RECURSE headers RELATIVE ${ROOT}/${conv} ${ROOT}/${conv}/*.hpp)
foreach(header IN LISTS headers)
  string(FIND "${text}" "| `${header}` |" at)
  if(at LESS 0)
    violation("${conv}/README.md has no row for ${header}")
  endif()
endforeach()

if(violations)
  message(FATAL_ERROR "pages: ${violations} violations")
endif()
message(STATUS "pages: all that they name is there")
