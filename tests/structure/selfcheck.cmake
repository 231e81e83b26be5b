# SPDX-License-Identifier: BSD-3-Clause
# cmake -DSCRATCH=<folder> -P selfcheck.cmake: structure.cmake, pages.cmake and names.cmake accept a clean tree and name
# each planted violation.
cmake_minimum_required(VERSION 3.21)
set(head "// SPDX-License-Identifier: BSD-3-Clause\n#pragma once\n")

# plant(<file> <text>): writes a file of the tree and, for a header, its test.
function(plant file text)
  file(WRITE ${SCRATCH}/${file} "${text}")
  if(file MATCHES "^(dsl|include)/(espalier/(.*))\\.hpp$")
    file(WRITE ${SCRATCH}/tests/${CMAKE_MATCH_3}.cpp "#include <${CMAKE_MATCH_2}.hpp>\n")
  endif()
endfunction()

function(clean_tree)
  file(REMOVE_RECURSE ${SCRATCH})
  plant(dsl/espalier/config.hpp "${head}#define ESPALIER_X 1\n")
  plant(dsl/espalier/a.hpp "${head}#include <boost/hana/tuple.hpp>\n#include <espalier/config.hpp>\n")
  plant(include/espalier/b.hpp "${head}#include <espalier/a.hpp>\n")
  plant(include/espalier/tensor/t.hpp "${head}#include <xtensor/xtensor.hpp>\n#include <espalier/b.hpp>\n")
  plant(include/espalier/simd/s.hpp "${head}#include <xsimd/xsimd.hpp>\n")
  plant(include/espalier/conv/q.hpp "${head}")
  plant(include/espalier/conv/cut/c.hpp "${head}#include <espalier/conv/q.hpp>\n")
  plant(include/espalier/conv/tile/t.hpp "${head}#include <espalier/conv/cut/c.hpp>\n#include <espalier/simd/s.hpp>\n")
  plant(include/espalier/conv/row/c.hpp "${head}#include <espalier/conv/tile/t.hpp>\n#include <espalier/conv/q.hpp>\n")
  plant(include/espalier/conv/row/nest.hpp "${head}#include <espalier/conv/row/c.hpp>\n")
  plant(include/espalier/conv/flat/nest.hpp "${head}#include <espalier/conv/cut/c.hpp>\n")
  plant(include/espalier/conv/e.hpp
    "${head}#include <espalier/conv/row/nest.hpp>\n#include <espalier/conv/flat/nest.hpp>\n")
endfunction()

# expect(<name> <sentence or OK>): runs the check on the tree as it is now, structure.cmake or the one that `check` names.
set(check structure)
function(expect name sentence)
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${CMAKE_CURRENT_LIST_DIR}/${check}.cmake
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(sentence STREQUAL "OK")
    if(NOT status EQUAL 0)
      message(SEND_ERROR "selfcheck: ${name}: a clean tree was refused:\n${output}")
    endif()
  else()
    string(FIND "${output}" "${sentence}" at)
    string(FIND "${output}" "${check}: 1 violations" one)
    if(status EQUAL 0 OR at LESS 0 OR one LESS 0)
      message(SEND_ERROR "selfcheck: ${name}: expected exactly `${sentence}`, got:\n${output}")
    endif()
  endif()
endfunction()

clean_tree()
expect("clean" OK)

plant(include/espalier/b.hpp "${head}#include <boost/hana/tuple.hpp>\n")
expect("hana in the engine" "only dsl/ knows Hana")
clean_tree()
plant(include/espalier/b.hpp "${head}  #  include \"xtensor/xtensor.hpp\"\n")
expect("xtensor outside tensor" "only include/espalier/tensor/ knows xtensor")
clean_tree()
plant(include/espalier/b.hpp "${head}#include <xtl/xspan.hpp>\n")
expect("xtl outside tensor" "only include/espalier/tensor/ knows xtensor")
clean_tree()
plant(include/espalier/tensor/t.hpp "${head}#include <xsimd/xsimd.hpp>\n")
expect("xsimd outside simd" "only include/espalier/simd/ knows xsimd")
clean_tree()
plant(dsl/espalier/a.hpp "${head}#include <espalier/simd/s.hpp>\n")
expect("language includes engine" "the language never includes the engine")
clean_tree()
plant(dsl/espalier/a.hpp "${head}#include <espalier/gone.hpp>\n")
expect("missing header" "which does not exist")
clean_tree()
plant(include/espalier/a.hpp "${head}")
expect("same name in both roots" "exists in dsl/ as well")
clean_tree()
plant(include/espalier/c.hpp "${head}#include <espalier/b.hpp>\n")
plant(include/espalier/b.hpp "${head}#include <espalier/c.hpp>\n")
expect("cycle" "include cycle through: ")
clean_tree()
file(REMOVE ${SCRATCH}/tests/tensor/t.cpp)
expect("header without test" "include/espalier/tensor/t.hpp has no test tests/tensor/t.cpp")
clean_tree()
file(WRITE ${SCRATCH}/tests/b.cpp "#include <espalier/a.hpp>\n")
expect("test of another header" "tests/b.cpp does not include <espalier/b.hpp>")
clean_tree()
plant(include/espalier/b.hpp "${head}#define B 1\n")
expect("macro" "macros live in dsl/espalier/config.hpp")
clean_tree()
plant(include/espalier/b.hpp "#pragma once\n#pragma once\n")
expect("no licence" "SPDX-License-Identifier line")
clean_tree()
plant(include/espalier/b.hpp "// SPDX-License-Identifier: BSD-3-Clause\n")
expect("no guard" "has no #pragma once")
clean_tree()
plant(tests/c.cpp "void f() { REQUIRE(1.0 == Approx(1)); }\n")
expect("Catch2 version 2 alone" "tests/c.cpp names a part of Catch2 as not both")
clean_tree()
plant(tests/c.cpp "void f() { REQUIRE(1.0 == Catch::Approx(1)); }\n")
expect("Catch2 version 3 alone" "tests/c.cpp names a part of Catch2 as not both")
clean_tree()
plant(tests/c.cpp "void f() { REQUIRE(1.0 == support::Approx(1)); }\n")
expect("both versions of Catch2" OK)
clean_tree()
plant(tests/c.cpp "#include <catch2/catch.hpp>\n")
expect("a header of Catch2" "tests/c.cpp includes a header of Catch2's own")
clean_tree()
plant(include/espalier/conv/flat/nest.hpp "${head}#include <espalier/conv/row/c.hpp>\n")
expect("a family in another" "families of kernels never include one another")
clean_tree()
plant(include/espalier/conv/copy/c.hpp "${head}#include <espalier/conv/row/c.hpp>\n")
expect("a family in a shared room" "a shared room of conv/ never includes a family")
foreach(other copy/c q)
  clean_tree()
  plant(include/espalier/conv/copy/c.hpp "${head}")
  plant(include/espalier/conv/tile/t.hpp "${head}#include <espalier/conv/${other}.hpp>\n")
  expect("a tile that knows conv/${other}" "of conv/, tile/ knows cut/ alone")
endforeach()
clean_tree()
plant(include/espalier/conv/copy/c.hpp "${head}#include <espalier/conv/cut/c.hpp>\n#include <espalier/conv/q.hpp>\n")
expect("a shared room in another" OK)
foreach(file tests/long.cpp docs/long.md cmake/long.cmake README.md)
  clean_tree()
  string(REPEAT "a; [line\n" 501 long)
  plant(${file} "${long}")
  expect("long file" "${file} has 501 lines, more than 500")
endforeach()
clean_tree()
string(REPEAT "line\n" 500 long)
plant(docs/long.md "${long}")
expect("500 lines are allowed" OK)

set(check pages)
function(clean_pages)
  file(REMOVE_RECURSE ${SCRATCH})
  plant(include/espalier/conv/q.hpp "${head}void ask();\n")
  plant(include/espalier/conv/cut/c.hpp "${head}")
  plant(include/espalier/conv/README.md "| `q.hpp` | a |\n| `cut/c.hpp` | b |\n")
  plant(CONTRIBUTING.md "`include/espalier/conv/*.hpp`, `conv/<room>/c.hpp`\n")
  plant(docs/architecture.md "| | file | functions | |\n| 1 | `conv/q.hpp` | `ask` | c |\n")
endfunction()

clean_pages()
expect("clean pages" OK)
plant(CONTRIBUTING.md "`tests/gone.cpp`\n")
expect("a file that is gone" "CONTRIBUTING.md names tests/gone.cpp, which does not exist")
clean_pages()
plant(CONTRIBUTING.md "`tests/gone*.cpp`\n")
expect("files that are gone" "CONTRIBUTING.md names tests/gone*.cpp, which does not exist")
clean_pages()
plant(docs/architecture.md "| | file | functions | |\n| 1 | `conv/q.hpp` | `ask`, `answer` | c |\n")
expect("a function that is gone" "conv/q.hpp has answer, and it has not")
clean_pages()
plant(include/espalier/conv/cut/d.hpp "${head}")
expect("a header without a row" "README.md has no row for cut/d.hpp")

set(check names)
set(esp "namespace esp::inline ESPALIER_ABI")
function(clean_names)
  file(REMOVE_RECURSE ${SCRATCH})
  plant(dsl/espalier/a.hpp "${head}${esp} {

struct shape {
  int rows = 0;
};

namespace detail {

struct hidden {};

}  // namespace detail

namespace modes {
inline constexpr int none = 0;
}  // namespace modes

template <class T>
requires(sizeof(T) > 1)
[[nodiscard]] constexpr auto
made(T t) {
  return t;
}
[[nodiscard]] inline std::function<void()> later(shape s) { return [] {}; }
constexpr bool operator==(shape a, shape b) { return a.rows == b.rows; }

}  // namespace esp::inline ESPALIER_ABI
")
  plant(include/espalier/conv/b.hpp "${head}${esp}::detail {\n\nstruct buried {};\n\n}  // ${esp}::detail\n")
  plant(docs/names.md "| `a.hpp` | `shape`, `modes` | what |\n| | `made`, `later` | more |\n")
  plant(tests/names/public_names.cpp
    "using esp::shape;\nusing esp::made;\nusing esp::later;\nnamespace own_modes = esp::modes;\n")
endfunction()

clean_names()
expect("clean names" OK)
foreach(planted "struct stray {}@" "using stray = int@" "inline constexpr int stray = 0@" "template <class T>\nconcept stray = true@"
        "template <class T>\nvoid stray(T t)@" "std::map<int, void()> stray(int a)@" "enum class stray { on }@")
  string(REPLACE "@" ";" planted "${planted}")
  clean_names()
  plant(include/espalier/conv/b.hpp "${head}${esp} {\n\n${planted}\n\n}  // ${esp}\n")
  expect("a name that the page has not" "conv/b.hpp declares esp::stray, which docs/names.md does not list for it")
endforeach()
clean_names()
plant(docs/names.md "| `a.hpp` | `shape`, `modes`, `made` | what |\n| `conv/b.hpp` | `later` | more |\n")
plant(dsl/espalier/a.hpp "${head}${esp} {\nstruct shape {};\nnamespace modes {\n}  // namespace modes\nint made();\n}\n")
expect("a name that the header has not" "docs/names.md lists later for conv/b.hpp, which declares no such name in esp")
clean_names()
plant(docs/names.md "| `a.hpp` | `shape`, `modes`, `made`, `later` | what |\n| `conv/gone.hpp` | `shape` | none |\n")
expect("a header that is gone" "docs/names.md has a row for conv/gone.hpp, which does not exist")
clean_names()
plant(include/espalier/conv/b.hpp "${head}${esp}::detail {\n\nint made(int a);\n\n}  // ${esp}::detail\n")
expect("a name twice" "esp::detail::made has the name of a public one")
clean_names()
plant(tests/names/public_names.cpp "using esp::shape;\nusing esp::made;\nnamespace own_modes = esp::modes;\n")
expect("a name that no program says" "tests/names/public_names.cpp does not name later of docs/names.md")
clean_names()
plant(tests/names/public_names.cpp "using esp::shape;\nusing esp::made;\nusing esp::later;\nusing esp::buried;\nnamespace own_modes = esp::modes;\n")
expect("a name that is not listed" "tests/names/public_names.cpp names buried, which docs/names.md does not list")
file(REMOVE_RECURSE ${SCRATCH})
