# SPDX-License-Identifier: BSD-3-Clause
# What each target of espalier stands on. Included by the build and, installed, by find_package(espalier).

set(ESPALIER_NEEDS_hana "Boost.Hana 1.74 or newer (Debian: libboost-dev)")
set(ESPALIER_NEEDS_arrays "xtensor 0.24 and xsimd 8.1 or newer (Debian: libxtensor-dev libxsimd-dev)")
set(ESPALIER_NEEDS_nifti "zlib (Debian: zlib1g-dev)")
set(ESPALIER_NEEDS_mpi "an MPI 3.1 or newer with its C++ compiler wrapper (Debian: libopenmpi-dev or libmpich-dev)")

# espalier_find(<what> <result>) sets <result> to the list of targets to link, or to NOTFOUND.
macro(espalier_find what result)
  set(${result} NOTFOUND)
  if("${what}" STREQUAL "hana")
    # Debian's config has Boost::headers, the split packages of vcpkg and Conan have Boost::hana.
    if(NOT TARGET Boost::headers AND NOT TARGET Boost::hana)
      find_package(Boost 1.74 QUIET CONFIG)
    endif()
    if(NOT TARGET Boost::headers AND NOT TARGET Boost::hana)
      find_package(boost_hana 1.74 QUIET CONFIG)
    endif()
    foreach(target Boost::hana Boost::headers)
      if(TARGET ${target})
        set(${result} ${target})
      endif()
    endforeach()
  elseif("${what}" STREQUAL "arrays")
    # xtl first: Debian's xsimd 8.1 names it without looking for it. No version for xsimd: its version file accepts one
    # major version only, and 8 to 14 all serve.
    find_package(xtl QUIET)
    find_package(xsimd QUIET)
    find_package(xtensor 0.24 QUIET)
    if(TARGET xtl AND TARGET xsimd AND TARGET xtensor)
      set(${result} xtensor xsimd)
    endif()
  elseif("${what}" STREQUAL "openmp")
    find_package(OpenMP QUIET COMPONENTS CXX)
    if(TARGET OpenMP::OpenMP_CXX)
      set(${result} OpenMP::OpenMP_CXX)
    endif()
  elseif("${what}" STREQUAL "nifti")
    find_package(ZLIB QUIET)
    if(TARGET ZLIB::ZLIB)
      set(${result} ZLIB::ZLIB)
    endif()
  elseif("${what}" STREQUAL "mpi")
    # The C interface alone: the C++ bindings left MPI with version 3, and their headers give warnings.
    set(MPI_CXX_SKIP_MPICXX ON)
    find_package(MPI 3.1 QUIET COMPONENTS CXX)
    if(TARGET MPI::MPI_CXX)
      set(${result} MPI::MPI_CXX)
    endif()
  endif()
endmacro()

# espalier_already_here(<version> <result>): whether this build has targets of espalier from elsewhere; stops if they are
# of another version.
function(espalier_already_here version result)
  set(${result} FALSE PARENT_SCOPE)
  if(TARGET espalier::dsl)
    get_target_property(theirs espalier::dsl espalier_version)
    if(NOT theirs STREQUAL version)
      message(FATAL_ERROR "espalier ${version} (${CMAKE_CURRENT_LIST_DIR}) meets espalier ${theirs} in the same build; "
                          "take both from one place")
    endif()
    message(STATUS "espalier: this build has espalier ${version} already, which serves")
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# Says that the compiler will not optimise: the build type is empty and no flag of the user's holds an -O. A generator of
# several configurations chooses later.
function(espalier_say_unoptimised)
  espalier_optimises(optimises)
  if(NOT optimises AND NOT espalier_FIND_QUIETLY)
    message(NOTICE "espalier: CMAKE_BUILD_TYPE is empty, so the compiler does not optimise and layers run hundreds of "
                   "times slower; configure with -DCMAKE_BUILD_TYPE=Release")
  endif()
endfunction()

# espalier_optimises(<result>): whether anybody chose how much the compiler optimises.
function(espalier_optimises result)
  set(${result} FALSE PARENT_SCOPE)
  if(CMAKE_BUILD_TYPE OR CMAKE_CONFIGURATION_TYPES OR "${CMAKE_CXX_FLAGS}" MATCHES "(^| )[-/]O")
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()
