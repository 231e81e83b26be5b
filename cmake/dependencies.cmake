# SPDX-License-Identifier: BSD-3-Clause
# What each target of espalier stands on. Included by the build and, installed, by find_package(espalier).
#
# espalier_find(<what> <result>) sets <result> to the list of targets to link, or to NOTFOUND.

macro(espalier_find what result)
  set(${result} NOTFOUND)
  if("${what}" STREQUAL "hana")
    # Debian's config has Boost::headers, the split packages of vcpkg and Conan have Boost::hana.
    if(NOT TARGET Boost::headers AND NOT TARGET Boost::hana)
      find_package(Boost 1.81 QUIET CONFIG)
    endif()
    if(NOT TARGET Boost::headers AND NOT TARGET Boost::hana)
      find_package(boost_hana 1.81 QUIET CONFIG)
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
    # Our check of a file's header reads through zlib before libnifti does.
    find_package(Niftiio QUIET MODULE)
    find_package(ZLIB QUIET)
    if(TARGET Niftiio::niftiio AND TARGET ZLIB::ZLIB)
      set(${result} Niftiio::niftiio ZLIB::ZLIB)
    endif()
  endif()
endmacro()
