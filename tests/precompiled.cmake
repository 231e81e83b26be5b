# SPDX-License-Identifier: BSD-3-Clause
# The two headers that include the most, precompiled for the programs of reject/ and snippets/: given to the front end of
# a compiler alone they take 0.5 s each instead of 2.4, and those that run 1.5 s less. A program gets the header that it
# includes itself and no other, so that it sees what its reader's program sees; run.cmake beside the programs chooses.
#   ${PRECOMPILED}/dsl.hpp, ${PRECOMPILED}/espalier.hpp     what `-include` takes, with or without its compiled form
#   ${PRECOMPILED}/run/espalier.hpp                         the same with the options of a program that runs
set(PRECOMPILED ${CMAKE_CURRENT_BINARY_DIR}/precompiled)
set(outputs "")
function(espalier_precompile header options)
  set(source ${PRECOMPILED}/${header}.hpp)
  get_filename_component(name ${header} NAME)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include <espalier/${name}.hpp>\n")
  # The response file is written when the build files are; it depends on them.
  add_custom_command(OUTPUT ${source}.gch
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 ${options} @${CMAKE_CURRENT_BINARY_DIR}/reject/include_flags.txt
            -MD -MF ${source}.d -MT ${source}.gch -x c++-header ${source} -o ${source}.gch
    DEPENDS ${source} DEPFILE ${source}.d COMMENT "Precompiling espalier/${header}.hpp" VERBATIM)
  set(outputs ${outputs} ${source}.gch PARENT_SCOPE)
endfunction()
espalier_precompile(dsl -DESPALIER_UNOPTIMIZED)
espalier_precompile(espalier -DESPALIER_UNOPTIMIZED)
if(ESPALIER_TEST_ONCE)
  espalier_precompile(run/espalier "-O1;-pthread")
endif()
add_custom_target(precompiled ALL DEPENDS ${outputs})
