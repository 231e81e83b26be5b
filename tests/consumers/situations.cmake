# SPDX-License-Identifier: BSD-3-Clause
# Ways of taking espalier that other projects meet: each is a small project, which works or is told why in one sentence.
#   cmake -DSOURCE=<espalier> -DBUILD=<its build folder> -DPREFIX=<where it is installed> -DCOMPILER=<C++ compiler>
#         -DSCRATCH=<folder> [-DONLY=<name>] -P situations.cmake
#
# situation(<name> [LANGUAGES ...] [OPTIONS ...] [WORKS <text>...] [SAYS <text>...] [NEVER <text>...] LISTS <CMakeLists>)
# configures the project with these options, and builds it if it WORKS; a project that only SAYS must fail. Each text of
# WORKS and SAYS is in the output of the two commands, none of NEVER is. <CMakeLists> follows cmake_minimum_required and
# project(); @PREFIX@ and the like are replaced. The output is compared with its line breaks taken as spaces.
cmake_minimum_required(VERSION 3.21...3.25)

function(situation name)
  if(ONLY AND NOT ONLY STREQUAL name)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 it "" "LISTS;PROJECT" "LANGUAGES;OPTIONS;WORKS;SAYS;NEVER")
  if(NOT it_LANGUAGES)
    set(it_LANGUAGES CXX)
  endif()
  list(JOIN it_LANGUAGES " " languages)
  set(folder ${SCRATCH}/${name})
  file(REMOVE_RECURSE ${folder})
  string(CONFIGURE "cmake_minimum_required(VERSION 3.21)\nproject(situation LANGUAGES ${languages})\n${it_LISTS}" lists @ONLY)
  file(WRITE ${folder}/CMakeLists.txt "${lists}")
  file(WRITE ${folder}/dsl.cpp "#include <espalier/dsl.hpp>\nint main() { return esp::establishes<esp::identity, esp::zero_sum> ? 1 : 0; }\n")
  # Each package is in reach: its smallest header tells, the whole engine would take a second to compile each time.
  file(WRITE ${folder}/engine.cpp "#include <espalier/conv/conv3d.hpp>\n#include <xsimd/config/xsimd_config.hpp>\n"
    "#if __has_include(<xtensor/core/xtensor_config.hpp>)\n#include <xtensor/core/xtensor_config.hpp>\n#else\n"
    "#include <xtensor/xtensor_config.hpp>\n#endif\nint main() {}\n")
  file(WRITE ${folder}/main.c "int main(void) { return 0; }\n")

  execute_process(
    COMMAND ${CMAKE_COMMAND} -S ${folder} -B ${folder}/build -DCMAKE_CXX_COMPILER=${COMPILER} ${it_OPTIONS}
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
  if(NOT failed AND NOT it_SAYS)
    execute_process(COMMAND ${CMAKE_COMMAND} --build ${folder}/build --verbose
      OUTPUT_VARIABLE built ERROR_VARIABLE built RESULT_VARIABLE failed)
    string(APPEND output "${built}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " flat "${output}")

  if(failed AND NOT it_SAYS)
    message(SEND_ERROR "${name} fails:\n${output}")
  elseif(NOT failed AND it_SAYS)
    message(SEND_ERROR "${name} should have been refused:\n${output}")
  endif()
  foreach(text IN LISTS it_WORKS it_SAYS)
    string(FIND "${flat}" "${text}" at)
    if(at LESS 0)
      message(SEND_ERROR "${name} does not say \"${text}\":\n${output}")
    endif()
  endforeach()
  foreach(text IN LISTS it_NEVER)
    string(FIND "${flat}" "${text}" at)
    if(NOT at LESS 0)
      message(SEND_ERROR "${name} says \"${text}\":\n${output}")
    endif()
  endforeach()
endfunction()

set(installed -DCMAKE_PREFIX_PATH=${PREFIX} -DCMAKE_BUILD_TYPE=Release)
set(as_folder -DCMAKE_BUILD_TYPE=Release)
set(program "add_executable(program engine.cpp)\ntarget_link_libraries(program PRIVATE espalier::espalier)\n")
set(dsl_program "add_executable(program dsl.cpp)\ntarget_link_libraries(program PRIVATE espalier::dsl)\n")
set(folder "add_subdirectory(@SOURCE@ espalier)\n")

# The build folder is a package.
situation(build_tree OPTIONS -DCMAKE_PREFIX_PATH=${BUILD} WORKS -fopenmp
  LISTS "find_package(espalier 0.1 REQUIRED COMPONENTS dsl espalier)\n${program}")
situation(build_tree_dir OPTIONS -Despalier_DIR=${BUILD} WORKS ""
  LISTS "find_package(espalier REQUIRED CONFIG)\n${program}")

# Components.
situation(engine_not_asked_for OPTIONS ${installed}
  SAYS "espalier::espalier was not asked for: find_package(espalier COMPONENTS espalier)"
  LISTS "find_package(espalier REQUIRED COMPONENTS dsl)\n${program}")
situation(nifti_not_asked_for OPTIONS ${installed}
  SAYS "espalier::nifti was not asked for: find_package(espalier COMPONENTS nifti)"
  LISTS "find_package(espalier REQUIRED)\n${program}target_link_libraries(program PRIVATE espalier::nifti)")
situation(asked_for_later OPTIONS ${installed} WORKS ""
  LISTS "find_package(espalier REQUIRED COMPONENTS dsl)\nfind_package(espalier REQUIRED COMPONENTS espalier)
find_package(espalier REQUIRED COMPONENTS dsl)\n${program}")
situation(no_such_component OPTIONS ${installed}
  SAYS "espalier has no component engine, only dsl, espalier, nifti and mpi"
  LISTS "find_package(espalier REQUIRED COMPONENTS engine)")
situation(no_xtensor OPTIONS ${installed} -DCMAKE_DISABLE_FIND_PACKAGE_xtensor=ON
  SAYS "espalier::espalier needs xtensor 0.24 and xsimd 8.1 or newer (Debian: libxtensor-dev libxsimd-dev)"
  LISTS "find_package(espalier REQUIRED)")
situation(no_xtensor_optional OPTIONS ${installed} -DCMAKE_DISABLE_FIND_PACKAGE_xtensor=ON
  SAYS "espalier::espalier needs xtensor 0.24 and xsimd 8.1 or newer (Debian: libxtensor-dev libxsimd-dev)"
  LISTS "find_package(espalier OPTIONAL_COMPONENTS espalier)\n${program}")
situation(no_hana OPTIONS ${installed} -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON
  SAYS "espalier::dsl needs Boost.Hana 1.74 or newer (Debian: libboost-dev)"
  LISTS "find_package(espalier REQUIRED)")
situation(no_nifti_optional OPTIONS ${installed} -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON WORKS ""
  LISTS "find_package(espalier REQUIRED COMPONENTS espalier OPTIONAL_COMPONENTS nifti)
if(espalier_nifti_FOUND OR NOT espalier_espalier_FOUND)\n message(FATAL_ERROR wrong)\nendif()\n${program}")
situation(no_mpi OPTIONS ${installed} -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON
  SAYS "espalier::mpi needs an MPI 3.1 or newer with its C++ compiler wrapper"
  LISTS "find_package(espalier REQUIRED COMPONENTS mpi)")

# Versions.
foreach(version 0 0.1 0.1.0 0.1.0.0)
  situation(exact_${version} OPTIONS ${installed} WORKS "" LISTS "find_package(espalier ${version} EXACT REQUIRED COMPONENTS dsl)")
endforeach()
foreach(version 0 0.1 0.1.0 0.1...0.3 0.0.9...<0.2)
  situation(version_${version} OPTIONS ${installed} WORKS "" LISTS "find_package(espalier ${version} REQUIRED COMPONENTS dsl)")
endforeach()
foreach(version 0.0 0.2 0.1.1 1 10 0.10 0.2...0.3 0.0...<0.1)
  situation(version_${version} OPTIONS ${installed} SAYS "version: 0.1.0"
    LISTS "find_package(espalier ${version} REQUIRED COMPONENTS dsl)")
endforeach()
situation(exact_0.2 OPTIONS ${installed} SAYS "version: 0.1.0"
  LISTS "find_package(espalier 0.2 EXACT REQUIRED COMPONENTS dsl)")

# Found and as a folder, in one build.
situation(found_then_folder OPTIONS ${installed} WORKS "this build has espalier 0.1.0 already"
  LISTS "find_package(espalier REQUIRED)\n${folder}${program}")
situation(folder_then_found OPTIONS ${installed} WORKS ""
  LISTS "${folder}find_package(espalier 0.1 REQUIRED COMPONENTS dsl espalier)\n${program}")
situation(folder_then_found_nothing OPTIONS ${installed} -DCMAKE_DISABLE_FIND_PACKAGE_xtensor=ON
  SAYS "espalier's folder, which this build includes, has not found what espalier needs"
  LISTS "${folder}find_package(espalier REQUIRED)")
situation(two_folders OPTIONS ${as_folder} WORKS "this build has espalier 0.1.0 already"
  LISTS "${folder}add_subdirectory(@SOURCE@ again)\n${program}")
situation(fetched_and_folder OPTIONS ${as_folder} WORKS "this build has espalier 0.1.0 already"
  LISTS "include(FetchContent)\nFetchContent_Declare(espalier SOURCE_DIR @SOURCE@)
FetchContent_MakeAvailable(espalier)\n${folder}${program}")
situation(another_version_found OPTIONS ${installed}
  SAYS "this build has espalier 0.0.9 already, and this is 0.1.0; take both from one place"
  LISTS "add_library(espalier::dsl INTERFACE IMPORTED)\nset_target_properties(espalier::dsl PROPERTIES espalier_version 0.0.9)
find_package(espalier REQUIRED)")
situation(another_version_folder OPTIONS ${as_folder}
  SAYS "meets espalier 0.0.9 in the same build; take both from one place"
  LISTS "add_library(espalier::dsl INTERFACE IMPORTED)\nset_target_properties(espalier::dsl PROPERTIES espalier_version 0.0.9)
${folder}")

# A parent without C++.
situation(c_parent_finds LANGUAGES C OPTIONS ${installed}
  SAYS "espalier is C++, which this project has not: project(... LANGUAGES C CXX)" LISTS "find_package(espalier REQUIRED)")
situation(c_parent_folder LANGUAGES C OPTIONS ${as_folder} WORKS "has no C++"
  LISTS "${folder}add_executable(program main.c)\nfile(WRITE @SCRATCH@/c_parent_folder/inner/CMakeLists.txt
[[project(inner LANGUAGES CXX)
add_executable(inner ../engine.cpp)
target_link_libraries(inner PRIVATE espalier::espalier)]])\nadd_subdirectory(inner)")
situation(c_program_links LANGUAGES C OPTIONS ${as_folder}
  SAYS "has no C++; for its own targets to use espalier write project(... LANGUAGES C CXX)"
  LISTS "${folder}add_executable(program main.c)\ntarget_link_libraries(program PRIVATE espalier::dsl)")
situation(c_parent_later LANGUAGES C OPTIONS ${installed} WORKS ""
  LISTS "enable_language(CXX)\nfind_package(espalier REQUIRED)\n${program}")

# What stands on espalier: a library that is exported, a folder below the one that finds it, every target made global.
situation(exports_its_own OPTIONS ${as_folder} -DESPALIER_INSTALL=ON WORKS ""
  LISTS "${folder}add_library(mine INTERFACE)\ntarget_link_libraries(mine INTERFACE espalier::espalier)
install(TARGETS mine EXPORT mine)\ninstall(EXPORT mine DESTINATION share/mine)\n${program}")
situation(found_twice OPTIONS ${installed} -DCMAKE_FIND_PACKAGE_TARGETS_GLOBAL=ON WORKS ""
  LISTS "find_package(espalier REQUIRED)\nfile(WRITE @SCRATCH@/found_twice/inner/CMakeLists.txt
[[find_package(espalier REQUIRED COMPONENTS dsl espalier)
add_executable(inner ../engine.cpp)
target_link_libraries(inner PRIVATE espalier::espalier)]])\nadd_subdirectory(inner)\n${program}")
situation(old_policies OPTIONS ${installed} WORKS ""
  LISTS "cmake_policy(VERSION 3.5)\nfind_package(espalier REQUIRED)\n${program}")

# The package remembers how it was configured.
set(serial ${SCRATCH}/serial_package)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${serial} -DESPALIER_OPENMP=OFF -DESPALIER_BUILD_TESTS=OFF
  -DESPALIER_BUILD_EXAMPLES=OFF -DCMAKE_CXX_COMPILER=${COMPILER} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${serial} --prefix ${serial}/prefix
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
situation(openmp_off OPTIONS -DCMAKE_PREFIX_PATH=${serial}/prefix WORKS "" NEVER -fopenmp
  LISTS "find_package(espalier REQUIRED)\n${program}")
situation(openmp_off_build_tree OPTIONS -DCMAKE_PREFIX_PATH=${serial} WORKS "" NEVER -fopenmp
  LISTS "find_package(espalier REQUIRED)\n${program}")
situation(openmp_off_folder OPTIONS ${as_folder} -DESPALIER_OPENMP=OFF WORKS "" NEVER -fopenmp LISTS "${folder}${program}")
situation(openmp_on OPTIONS ${installed} WORKS -fopenmp LISTS "find_package(espalier REQUIRED)\n${program}")

# The compiler optimises, or it is said that it does not.
set(unoptimised "CMAKE_BUILD_TYPE is empty, so the compiler does not optimise")
situation(no_build_type_found OPTIONS -DCMAKE_PREFIX_PATH=${PREFIX} WORKS ${unoptimised}
  LISTS "find_package(espalier REQUIRED)\n${dsl_program}")
situation(no_build_type_folder WORKS ${unoptimised} LISTS "${folder}${dsl_program}")
situation(no_build_type_quiet OPTIONS -DCMAKE_PREFIX_PATH=${PREFIX} WORKS "" NEVER ${unoptimised}
  LISTS "find_package(espalier QUIET REQUIRED)\n${dsl_program}")
situation(flags_optimise OPTIONS "-DCMAKE_CXX_FLAGS=-Wall -O2" WORKS "" NEVER ${unoptimised} LISTS "${folder}${dsl_program}")
situation(debug_is_chosen OPTIONS -DCMAKE_BUILD_TYPE=Debug WORKS "" NEVER ${unoptimised} LISTS "${folder}${dsl_program}")

# espalier_itself(<name> <text> <file of its build folder> <CMake options>...): the project configured on its own says
# this, and the file holds the line.
function(espalier_itself name text line)
  if(ONLY AND NOT ONLY STREQUAL name)
    return()
  endif()
  file(REMOVE_RECURSE ${SCRATCH}/${name})
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${SOURCE} -B ${SCRATCH}/${name} -DCMAKE_CXX_COMPILER=${COMPILER} ${ARGN}
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
  string(FIND "${output}" "${text}" at)
  file(STRINGS ${SCRATCH}/${name}/CMakeCache.txt lines REGEX "${line}")
  if(at LESS 0 OR NOT lines OR (failed AND NOT text MATCHES "^the tests need"))
    message(SEND_ERROR "${name} does not say \"${text}\", or has no \"${line}\" in its cache:\n${output}")
  endif()
endfunction()
espalier_itself(no_catch2 "no tests; they need Catch2 2.13" "^ESPALIER_INSTALL:BOOL=ON" -DESPALIER_BUILD_EXAMPLES=OFF
  -DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON)
espalier_itself(tests_without_catch2 "the tests need Catch2 2.13" "^ESPALIER_BUILD_TESTS:BOOL=ON" -DESPALIER_BUILD_TESTS=ON
  -DESPALIER_BUILD_EXAMPLES=OFF -DCMAKE_DISABLE_FIND_PACKAGE_Catch2=ON)
espalier_itself(language_alone "espalier::dsl alone is available" "^ESPALIER_INSTALL:BOOL=ON" -DESPALIER_BUILD_TESTS=OFF
  -DESPALIER_BUILD_EXAMPLES=OFF -DCMAKE_DISABLE_FIND_PACKAGE_xtensor=ON)
espalier_itself(build_type_set "so it is Release" "^CMAKE_BUILD_TYPE:STRING=Release" -DESPALIER_BUILD_TESTS=OFF
  -DESPALIER_BUILD_EXAMPLES=OFF)
espalier_itself(build_type_kept "Configuring done" "^CMAKE_BUILD_TYPE:[A-Z]*=Debug" -DESPALIER_BUILD_TESTS=OFF
  -DESPALIER_BUILD_EXAMPLES=OFF -DCMAKE_BUILD_TYPE=Debug)
