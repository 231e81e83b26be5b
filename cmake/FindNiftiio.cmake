# SPDX-License-Identifier: BSD-3-Clause
# Finds libniftiio, which reads NIfTI volumes, and defines the target Niftiio::niftiio.
#
# Debian's NIFTIConfig.cmake cannot be used: it names the nifti1_tool program of another package and stops the whole
# configuration when that program is absent (libnifti2-dev 3.0.1-9).
find_path(Niftiio_INCLUDE_DIR nifti1_io.h PATH_SUFFIXES nifti)
find_library(Niftiio_LIBRARY niftiio)
find_library(Niftiio_ZNZ_LIBRARY znz)
mark_as_advanced(Niftiio_INCLUDE_DIR Niftiio_LIBRARY Niftiio_ZNZ_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Niftiio REQUIRED_VARS Niftiio_LIBRARY Niftiio_ZNZ_LIBRARY Niftiio_INCLUDE_DIR)

if(Niftiio_FOUND AND NOT TARGET Niftiio::niftiio)
  add_library(Niftiio::niftiio UNKNOWN IMPORTED)
  set_target_properties(Niftiio::niftiio PROPERTIES
    IMPORTED_LOCATION "${Niftiio_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Niftiio_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${Niftiio_ZNZ_LIBRARY}")
endif()
