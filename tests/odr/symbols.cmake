# SPDX-License-Identifier: BSD-3-Clause
# cmake -DNM=<nm> -DONE=<object> -DTWO=<object> -P symbols.cmake: no symbol of namespace esp is defined in both objects.
# Symbols of other namespaces that mention one of our types carry our inline namespace in their name and differ with it.
cmake_minimum_required(VERSION 3.21)

# own_symbols(<object> <result>): its defined symbols that are functions or variables of namespace esp.
function(own_symbols object result)
  execute_process(COMMAND ${NM} -C --defined-only ${object} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "," output "${output}")
  string(REPLACE "[" "(" output "${output}")
  string(REPLACE "]" ")" output "${output}")
  string(REPLACE "\n" ";" lines "${output}")
  list(TRANSFORM lines REPLACE "^[0-9a-f]* *[A-Za-z] " "")
  list(FILTER lines INCLUDE REGEX "(^|[^A-Za-z0-9_:])esp::")
  list(REMOVE_DUPLICATES lines)
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

# common(<a> <b> <result>): what both lists hold.
function(common a b result)
  set(both "")
  foreach(symbol IN LISTS ${a})
    if(symbol IN_LIST ${b})
      list(APPEND both "${symbol}")
    endif()
  endforeach()
  set(${result} "${both}" PARENT_SCOPE)
endfunction()

own_symbols(${ONE} one)
own_symbols(${TWO} two)
list(LENGTH one count_one)
list(LENGTH two count_two)
if(count_one EQUAL 0 OR count_two EQUAL 0)
  message(FATAL_ERROR "odr: an object without any symbol of namespace esp tests nothing (${count_one}, ${count_two})")
endif()

# The comparison can fail: an object shares every symbol with itself.
common(one one self)
list(LENGTH self count_self)
if(NOT count_self EQUAL count_one)
  message(FATAL_ERROR "odr: the comparison does not see that an object equals itself")
endif()

common(one two shared)
if(shared)
  string(REPLACE ";" "\n  " shared "${shared}")
  message(FATAL_ERROR "odr: defined for both instruction sets, so the linker would pick one for both:\n  ${shared}")
endif()
message(STATUS "odr: ${count_one} and ${count_two} symbols of namespace esp, none in common")
