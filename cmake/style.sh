#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Whether the sources are formatted as .clang-format says, and the headers free of what .clang-tidy finds.
#   sh cmake/style.sh [jobs]        CLANG_FORMAT and CLANG_TIDY name the programs, if not clang-format-19 and clang-tidy-19
#   FIX=1 sh cmake/style.sh         mends first what a tool can: the format, and the includes of headers; look at its diff
set -eu
cd "$(dirname "$0")/.."

major=19
jobs=${1:-$(nproc 2>/dev/null || echo 2)}
format=${CLANG_FORMAT:-clang-format-$major}
tidy=${CLANG_TIDY:-clang-tidy-$major}

# Another version formats some lines in another way, and finds other things.
for tool in "$format" "$tidy"; do
  version=$("$tool" --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -1)
  if [ "$version" != $major ]; then
    echo "style: $tool ${version:+has version }${version:-is not here}, and version $major is asked for: install" \
      "clang-format-$major and clang-tidy-$major, or name them in CLANG_FORMAT and CLANG_TIDY" >&2
    exit 1
  fi
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
find bench dsl examples include tests -name '*.hpp' -o -name '*.cpp' | sort >"$scratch/files"
# Without the one that needs mpi.h, whose folder no two machines share.
find dsl include -name '*.hpp' ! -path '*/espalier/mpi/*' | sort >"$scratch/headers"

# Each header is the main file once: includes are examined of no other.
include_cleaner() {
  xargs -P "$jobs" -I{} "$tidy" --quiet --checks='-*,misc-include-cleaner' "$@" {} -- -x c++ -std=c++20 -fopenmp \
    -Wno-pragma-once-outside-header -isystem dsl -isystem include <"$scratch/headers" 2>>"$scratch/said"
}

if [ -n "${FIX:-}" ]; then
  include_cleaner --fix >/dev/null || true
  xargs "$format" -i <"$scratch/files"
fi

if ! xargs "$format" --dry-run --Werror <"$scratch/files"; then
  echo "style: not formatted; make style FIX=1 mends it" >&2
  exit 1
fi
echo "style: $(wc -l <"$scratch/files") files are formatted"

# All other checks on all headers at once, which takes a fifth of the time of each alone.
sed 's,^[a-z]*/\(.*\),#include <\1>,' "$scratch/headers" >"$scratch/all.cpp"
failed=no
"$tidy" --quiet --config-file=.clang-tidy --checks=-misc-include-cleaner --header-filter='(dsl|include)/espalier/' \
  "$scratch/all.cpp" -- -std=c++20 -fopenmp -Idsl -Iinclude 2>>"$scratch/said" || failed=yes
include_cleaner || failed=yes
if [ $failed = yes ]; then
  grep -v 'warnings* generated\.$' "$scratch/said" >&2 || true
  echo "style: clang-tidy finds the above; what is wrong for this code is switched off in .clang-tidy, with its reason" >&2
  exit 1
fi
echo "style: clang-tidy finds nothing in $(wc -l <"$scratch/headers") headers"
