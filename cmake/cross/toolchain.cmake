# SPDX-License-Identifier: BSD-3-Clause
# Debian's cross compilers, with qemu to run what they make: -DESPALIER_CROSS=aarch64, riscv64, s390x or armhf.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ESPALIER_CROSS)  # this file is read by each check of the compiler, too
set(triplet ${ESPALIER_CROSS}-linux-gnu)
set(emulator ${ESPALIER_CROSS})
set(CMAKE_SYSTEM_PROCESSOR ${ESPALIER_CROSS})
if(ESPALIER_CROSS STREQUAL "armhf")
  set(triplet arm-linux-gnueabihf)
  set(emulator arm)
  set(CMAKE_SYSTEM_PROCESSOR armv7)
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${triplet}-g++)
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)  # notes on how g++ 9 passed arguments; nothing here was compiled by it
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${emulator} -L /usr/${triplet})
# No program or library of this machine is linked there; headers.cmake says which headers serve all machines.
set(CMAKE_FIND_ROOT_PATH /usr/${triplet})
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_PROJECT_espalier_INCLUDE ${CMAKE_CURRENT_LIST_DIR}/headers.cmake)
