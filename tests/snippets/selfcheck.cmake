# SPDX-License-Identifier: BSD-3-Clause
# cmake -DCOMPILER=... -DFLAGS=... -DSCRATCH=<folder> -P selfcheck.cmake: run.cmake reports what it should report.
cmake_minimum_required(VERSION 3.21)
set(page ${SCRATCH}/page.md)

# expect(<title> <arguments> <sentence or OK>): runs the planted page.
function(expect title arguments sentence)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DPAGE=${page} -DCOMPILER=${COMPILER} -DFLAGS=${FLAGS} -DSCRATCH=${SCRATCH} ${arguments}
            -P ${CMAKE_CURRENT_LIST_DIR}/run.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  string(FIND "${output}" "${sentence}" at)
  if(sentence STREQUAL "OK")
    if(NOT status EQUAL 0)
      message(SEND_ERROR "selfcheck: ${title}: refused a good page:\n${output}")
    endif()
  elseif(status EQUAL 0 OR at LESS 0)
    message(SEND_ERROR "selfcheck: ${title}: expected `${sentence}`, got:\n${output}")
  endif()
endfunction()

set(hello "#include <cstdio>\nint main() { std::puts(\"a; [b\"); std::puts(\"c 12 s\"); }")
file(WRITE ${page} "# Page\n<!-- run: hello -->\n```cpp\n${hello}\n```\nprints\n```text\na; [b\nc <*> s\n```\n"
  "<!-- run: wrong -->\n```cpp\n${hello}\n```\n```text\na; [b\nd\n```\n"
  "<!-- run: short -->\n```cpp\n${hello}\n```\n```text\na; [b\n```\n"
  "<!-- run: gap -->\n```cpp\n${hello}\n```\n```text\n...\nc 12 s\n```\n"
  "<!-- run: silent -->\n```cpp\n${hello}\n```\n"
  "<!-- compile: fine -->\n```cpp\n#include <cstdio>\nint x = 1;\n```\n"
  "<!-- compile: broken -->\n```cpp\n#include <cstdio>\nint x = y;\n```\n"
  "<!-- reject: refused -->\n```cpp\n#include <cstdio>\nstatic_assert(1 > 2, \"ESP-000: no\");\n```\n```text\nESP-000: no\n```\n"
  "<!-- reject: accepted -->\n```cpp\n#include <cstdio>\nint x = 1;\n```\n```text\nESP-000: no\n```\n"
  "<!-- reject: another -->\n```cpp\n#include <cstdio>\nint x = y;\n```\n```text\nESP-000: no\n```\n```sh\nls\n```\n")
expect("markers" -DCHECK=markers OK)
expect("run" -DNAME=hello OK)
expect("wrong line" -DNAME=wrong "line 2: expected `d`, found `c 12 s`")
expect("line missing" -DNAME=short "more output than expected")
expect("gap" -DNAME=gap OK)
expect("no expected text" -DNAME=silent "no ```text block")
expect("compile" -DNAME=fine OK)
expect("does not compile" -DNAME=broken "does not compile")
expect("reject" -DNAME=refused OK)
expect("accepted" -DNAME=accepted "this block compiles, and must not")
expect("other sentence" -DNAME=another "the compiler does not say `ESP-000: no`")
expect("no such block" -DNAME=gone "has no block gone")

file(WRITE ${page} "# Page\n\n```cpp\nint x;\n```\n")
expect("no marker" -DCHECK=markers "has no `<!-- run|compile|body|reject: name -->` above it")
file(WRITE ${page} "<!-- compile: a -->\n```cpp\nint x;\n```\n<!-- compile: a -->\n```cpp\nint x;\n```\n")
expect("same name twice" -DCHECK=markers "two blocks named a")
file(WRITE ${page} "<!-- compile: a -->\n\n```text\nint x;\n```\n")
expect("marker without block" -DCHECK=markers "1 markers for 0 blocks")
file(REMOVE_RECURSE ${SCRATCH})
