#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Installs the Debian packages that a target of the Makefile needs; says nothing and runs no apt when all are there.
#   sh cmake/packages.sh demo|residual|blur|lipschitz|stencil|mind|mpi|mpich|stream|test|style|bench|clang|cross      ESPALIER_PACKAGES=skip leaves the machine alone
set -eu

goal=${1:-test}
packages="cmake libxtensor-dev libxsimd-dev libboost1.81-dev zlib1g-dev libpng-dev libcli11-dev"
case $goal in
  # Of MPI one will do; the other one of Debian's is tested where it is installed too.
  test) packages="$packages catch2 libopenmpi-dev openmpi-bin" ;;
  mpi) packages="$packages libopenmpi-dev openmpi-bin" ;;
  mpich) packages="$packages libmpich-dev mpich" ;;
  # Draws the loss curve; a program, so nothing is compiled against it.
  residual | blur) packages="$packages gnuplot-nox" ;;
  # The peer that every row is measured against, and what draws the report.
  bench) packages="$packages libdnnl-dev gnuplot-nox" ;;
  # The other compiler, with its OpenMP, its sanitizers, and what names functions and lines in their reports.
  clang) packages="$packages catch2 clang-19 libomp-19-dev libclang-rt-19-dev llvm-19" ;;
  # What reads the sources, of one version: .clang-format and .clang-tidy are written for it.
  style) packages="$packages clang-format-19 clang-tidy-19" ;;
  # Compilers for other processors, and what runs their programs here.
  cross) packages="$packages catch2 qemu-user g++-aarch64-linux-gnu g++-riscv64-linux-gnu g++-s390x-linux-gnu g++-arm-linux-gnueabihf" ;;
esac

# Any compiler serves; a bare machine has none.
command -v "${CXX:-c++}" >/dev/null 2>&1 || packages="$packages g++"

if [ "${ESPALIER_PACKAGES:-}" = skip ]; then exit 0; fi

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
  command -v cmake >/dev/null 2>&1 || { echo "espalier: there is no apt here; install CMake 3.21 or newer, then run this again" >&2; exit 1; }
  echo "espalier: there is no apt here; going on with what CMake finds of:"
  echo "  xtensor, xsimd, Boost 1.74 (Hana), zlib, libpng, CLI11, for the tests Catch2, for curves gnuplot, for the benchmarks oneDNN 2"
  exit 0
fi

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=""
for package in $packages; do
  # A cmake or a gnuplot that came from elsewhere serves as well.
  if [ "$package" = cmake ] && command -v cmake >/dev/null 2>&1; then continue; fi
  if [ "$package" = gnuplot-nox ] && command -v gnuplot >/dev/null 2>&1; then continue; fi
  # Of Boost's versions a machine holds one, and each since 1.74 serves.
  if [ "$package" = libboost1.81-dev ] && dpkg-query -W -f '${db:Status-Status}\n' 'libboost1.[0-9][0-9]-dev' 2>/dev/null | grep -qx installed; then continue; fi
  # Any MPI serves.
  if [ "$package" != "${package#*openmpi}" ] && command -v mpicxx >/dev/null 2>&1 && command -v mpirun >/dev/null 2>&1; then continue; fi
  installed "$package" || missing="$missing $package"
done
missing=${missing# }
if [ -z "$missing" ]; then exit 0; fi

# --no-remove: a package that conflicts with one the user installed is a reason to stop, not to remove theirs.
install="apt-get install --yes --no-install-recommends --no-remove $missing"
echo "espalier: missing packages: $missing"

if [ "$(id -u)" = 0 ]; then
  as_root="env DEBIAN_FRONTEND=noninteractive"
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
  as_root="sudo env DEBIAN_FRONTEND=noninteractive"
elif [ "$missing" = gnuplot-nox ]; then
  echo "espalier: going on without it: the numbers are written, the curves are not drawn"
  exit 0
else
  echo "espalier: installing them needs root. Run this line, then the same make command again:" >&2
  echo "  apt-get update && $install" >&2
  exit 1
fi

echo "espalier: installing them with apt"
# A fresh machine knows no package names yet, and an old list names versions the mirror has dropped.
updated=no
# shellcheck disable=SC2086
if ! apt-cache show $missing >/dev/null 2>&1; then
  $as_root apt-get update
  updated=yes
fi
# shellcheck disable=SC2086
if ! $as_root $install </dev/null; then
  if [ "$updated" = no ]; then
    $as_root apt-get update
    # shellcheck disable=SC2086
    $as_root $install </dev/null && exit 0
  fi
  echo "espalier: apt could not install: $missing" >&2
  exit 1
fi
