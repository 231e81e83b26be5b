# SPDX-License-Identifier: BSD-3-Clause
# The packages of headers that serve every machine, for a cross compiler: an include folder of links to them alone, so
# that nothing else of this machine's is in reach, and the targets that cmake/dependencies.cmake looks for.
set(headers ${CMAKE_BINARY_DIR}/headers)
file(MAKE_DIRECTORY ${headers})
foreach(package boost xtl xsimd xtensor catch2)
  find_path(ESPALIER_${package}_HEADERS ${package} PATHS /usr/include /usr/local/include
    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  mark_as_advanced(ESPALIER_${package}_HEADERS)
  if(NOT ESPALIER_${package}_HEADERS)
    message(FATAL_ERROR "cross compiling needs the headers of ${package} in /usr/include; run sh cmake/packages.sh test")
  endif()
  file(CREATE_LINK ${ESPALIER_${package}_HEADERS}/${package} ${headers}/${package} SYMBOLIC)
endforeach()

foreach(target Boost::headers xtl xsimd xtensor Catch2::Catch2)
  add_library(${target} INTERFACE IMPORTED)
  target_include_directories(${target} SYSTEM INTERFACE ${headers})
endforeach()

# Catch2's library is this machine's as well. Its version 2 is one header, which brings a main for any.
file(WRITE ${CMAKE_BINARY_DIR}/catch_main.cpp "#include <catch2/catch.hpp>\n")
add_library(catch_main STATIC EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/catch_main.cpp)
target_compile_definitions(catch_main PRIVATE CATCH_CONFIG_MAIN)
target_compile_options(catch_main PRIVATE -O1)  # at -O3 this one file takes 16 s of CPU on each of four processors
target_link_libraries(catch_main PUBLIC Catch2::Catch2)
target_compile_features(catch_main PRIVATE cxx_std_20)
add_library(Catch2::Catch2WithMain ALIAS catch_main)
