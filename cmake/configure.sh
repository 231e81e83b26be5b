#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs CMake for a target of the Makefile, unless the folder was configured with the same options before.
#   sh cmake/configure.sh <build folder> demo|residual|blur|test [CMake options]
set -eu

build=$1
goal=$2
shift 2

stamp="$build/espalier-options.txt"
# Only the tests need Catch2; a folder that has the tests keeps them.
tests=OFF
if [ "$goal" = test ] || grep -q '^ESPALIER_BUILD_TESTS:BOOL=ON' "$build/CMakeCache.txt" 2>/dev/null; then tests=ON; fi
options="-DESPALIER_BUILD_TESTS=$tests $*"

if [ -f "$build/CMakeCache.txt" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$options" ]; then exit 0; fi
rm -f "$stamp"
cmake -S . -B "$build" -DESPALIER_BUILD_TESTS=$tests "$@"
printf '%s' "$options" >"$stamp"
