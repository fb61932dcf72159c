#!/bin/sh
# Every header stands alone: each public one as pedantic C11 and as C++17, each internal one as C11, with every warning an error.
# What is meant for inclusion in the middle of a file is called .def or .inc, or says "no guard" or "included by" in its first ten lines; that is
# not compiled alone.  Every other header has an include guard.
# Uses compilers $CC and $CXX (the C++ half is skipped aloud where there is none) and the generated headers of $B.
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
CC=${CC:-cc}
flags='-pedantic -Wall -Wextra -Wshadow -Werror -fsyntax-only -Iinclude'

if [ "${1-}" = --one ]; then       # --one LANGUAGE HEADER
  head -n 10 "$3" | grep -qiE 'no guard|included by' && exit 0
  awk '/^#ifndef / { name = $2 } /^#define / { found = name != "" && $2 == name; exit } END { exit !found }' "$3" ||
    { echo "$3:1: has no include guard, and does not say that it wants \"no guard\""; exit 1; }
  case $2 in
    c11)   echo "#include <${3#include/}>" | $CC -std=c11 -Wstrict-prototypes $flags -x c - ;;
    c++17) echo "#include <${3#include/}>" | $CXX -std=c++17 $flags -x c++ - ;;
    inner) printf '#include "%s"\ntypedef int not_empty;\n' "${3#src/}" | $CC -std=c11 -Wstrict-prototypes $flags -Isrc -I"$B/gen" -x c - ;;
  esac || { echo "$3:1: does not compile alone as $2"; exit 1; }
  exit 0
fi

CXX=${CXX:-$(command -v c++ || command -v g++ || command -v clang++ || true)}
export B CC CXX
{
  for header in include/adamant/*.h; do
    [ -e "$header" ] || continue
    echo "c11 $header"
    [ -z "$CXX" ] || echo "c++17 $header"
  done
  find src -name '*.h' ! -path 'src/cli/*' | sort | sed 's/^/inner /'
} | xargs -P 2 -n 2 sh tools/check-headers.sh --one || exit 1
echo 'ok headers compile alone as C11'
if [ -n "$CXX" ]; then echo 'ok public headers compile alone as C++17'; else echo 'SKIP: public headers as C++17: there is no C++ compiler'; fi
