# SPDX-License-Identifier: BSD-3-Clause
# cmake -DOBJDUMP= -DCHECKER= -DOBJECTS=a;b [-DSPILLS=ON] [-DPRODUCTS=n] -P codegen.cmake: disassembles each object file
# and has it read. With SPILLS the checker must find stack traffic: otherwise it would find none anywhere. With PRODUCTS every
# hot loop must have so many multiply-adds.
cmake_minimum_required(VERSION 3.21)
set(bad "")
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${OBJDUMP} -d -C --no-show-raw-insn ${object}
    COMMAND ${CHECKER} ${PRODUCTS} RESULTS_VARIABLE results OUTPUT_VARIABLE text)
  list(GET results 0 disassembled)
  list(GET results 1 status)
  message("${object}\n${text}")
  if(NOT disassembled EQUAL 0)
    message(FATAL_ERROR "codegen: ${OBJDUMP} cannot read ${object}")
  elseif(SPILLS AND NOT text MATCHES "stack traffic: [1-9]")
    message(FATAL_ERROR "codegen: the checker finds no stack traffic in a loop that spills")
  elseif(NOT SPILLS AND NOT status EQUAL 0)
    list(APPEND bad ${object})
  endif()
endforeach()
if(bad)
  message(FATAL_ERROR "codegen: a hot loop has not the multiply-adds that were asked for, or keeps registers on the stack: "
    "give it fewer sums, or hide the indices that the compiler holds beside them (ESPALIER_HIDE)")
endif()
