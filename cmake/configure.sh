#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs CMake for a target of the Makefile, unless the folder was configured with the same options before.
#   sh cmake/configure.sh <build folder> demo|residual|blur|lipschitz|stencil|mind|mpi|stream|test|bench [CMake options]
set -eu

build=$1
goal=$2
shift 2

stamp="$build/espalier-options.txt"
# Only the tests need Catch2, only the benchmarks oneDNN; a folder that has them keeps them.
has() {
  if [ "$goal" = "$1" ] || grep -q "^$2:BOOL=ON" "$build/CMakeCache.txt" 2>/dev/null; then echo ON; else echo OFF; fi
}
tests=$(has test ESPALIER_BUILD_TESTS)
bench=$(has bench ESPALIER_BUILD_BENCH)
options="-DESPALIER_BUILD_TESTS=$tests -DESPALIER_BUILD_BENCH=$bench $*"

if [ -f "$build/CMakeCache.txt" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$options" ]; then exit 0; fi
rm -f "$stamp"
started=no
[ -f "$build/CMakeCache.txt" ] && started=yes
if ! cmake -S . -B "$build" -DESPALIER_BUILD_TESTS="$tests" -DESPALIER_BUILD_BENCH="$bench" "$@"; then
  # What CMake wrote before it found no compiler would build without optimisation once there is one.
  if [ "$started" = no ]; then rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"; fi
  exit 1
fi
printf '%s' "$options" >"$stamp"
