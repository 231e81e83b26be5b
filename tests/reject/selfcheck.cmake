# SPDX-License-Identifier: BSD-3-Clause
# cmake -DCOMPILER=... -DFLAGS=... -DSCRATCH=<folder> -P selfcheck.cmake: run.cmake reports what it should report.
cmake_minimum_required(VERSION 3.21)
set(program ${SCRATCH}/program.cpp)

# expect(<name> <case> <sentence or OK>): runs the planted program's case.
function(expect name case sentence)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DCOMPILER=${COMPILER} -DFLAGS=${FLAGS} -DFILE=${program} -DCASE=${case}
            -DSCRATCH=${SCRATCH}/alone
            -P ${CMAKE_CURRENT_LIST_DIR}/run.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  # CMake wraps its messages.
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  string(FIND "${output}" "${sentence}" at)
  if(sentence STREQUAL "OK")
    if(NOT status EQUAL 0)
      message(SEND_ERROR "selfcheck: ${name}: refused a good case:\n${output}")
    endif()
  elseif(status EQUAL 0 OR at LESS 0)
    message(SEND_ERROR "selfcheck: ${name}: expected `${sentence}`, got:\n${output}")
  endif()
endfunction()

# plant(<sentence> <wrong> <twin>)
function(plant sentence wrong twin)
  file(WRITE ${program} "template <int n> struct s { static_assert(n > 0, \"ESP-000: n is not positive; use 1\"); };\n"
    "#ifdef REJECT_X  // reject: ${sentence}\n${wrong}\n#else\n${twin}\n#endif\n")
endfunction()

plant("ESP-000: n is not.*use 1" "s<-1> x;" "s<1> x;")
expect("good case" X OK)
expect("good twins" "" OK)
expect("case that is not there" Y "has no case")
plant("ESP-000: n is not" "s<2> x;" "s<1> x;")
expect("well-formed program" X "this program compiles, and must not")
plant("ESP-999: another sentence" "s<-1> x;" "s<1> x;")
expect("wrong sentence" X "is not in the first three diagnostics")
plant("my sentence" "int x = y;  // my sentence" "int x = 1;  // my sentence")
expect("sentence only in the quoted source" X "is not in the first three diagnostics")
plant("ESP-000: n is not" "s<-1> x;" "s<-2> x;")
expect("ill-formed twin" "" "do not compile")
plant("ESP-000: n is not" "s<-1> x;" "s<1> x, y;")
expect("twin of several tokens" X "differs by more than one token")
plant("ESP-000: n is not" "s<-1> x;" "s<-1> x;")
expect("twin that is the same" X "the twin equals the wrong program")
plant("ESP-000: n is not" "int a = b;\nint c = d;\nint e = f;\ns<-1> x;" "int a = b;\nint c = d;\nint e = f;\ns<1> x;")
expect("sentence after three others" X "is not in the first three diagnostics")
file(WRITE ${program} "template <int n> struct s { static_assert(n > 0, \"ESP-000: n is not positive\"); };\n"
  "s<-1> elsewhere;\n#ifdef REJECT_X  // reject: ESP-000: n is not\nint x = -1;\n#else\nint x = 1;\n#endif\n")
expect("another line is refused" X "do not name the user's line")
file(WRITE ${program} "template <int n> struct s { static_assert(n > 0, \"ESP-000: n is not positive\"); };\n"
  "#ifdef REJECT_W  // reject: w\nint w = -1;\n#else\nint w = missing;\n#endif\n"
  "#ifdef REJECT_X  // reject: ESP-000: n is not\ns<-1> x;\n#else\ns<1> x;\n#endif\n")
expect("other cases are left out" X OK)
file(WRITE ${program} "template <int n> struct s { static_assert(n > 0, \"ESP-000: n is not positive\"); };\n"
  "#ifdef REJECT_W  // reject: w\nusing used = s<-1>;\n#else\nusing used = s<1>;\n#endif\nused w;\n"
  "#ifdef REJECT_X  // reject: ESP-000: n is not\ns<-1> x;\n#else\ns<1> x;\n#endif\n")
expect("a twin that is used stays" X OK)
file(READ ${SCRATCH}/alone/X/program.cpp alone)
if(NOT alone MATCHES "using used = s<1>;")
  message(SEND_ERROR "selfcheck: a twin that is used was left out:\n${alone}")
endif()
file(WRITE ${program} "#ifdef REJECT_X  // reject: sentence\nint x = -1;\n#endif\n")
expect("no twin" X "no `#else` with a well-formed twin")
file(REMOVE_RECURSE ${SCRATCH})
