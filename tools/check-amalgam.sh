#!/bin/sh
# The single file compiles alone and works: check-amalgam.sh [full|long]
#
# full: one compiler without optimisation.  long: gcc and clang where installed, with optimisation.  Each time the
# consumer program of tests/install is compiled against adamant.h and adamant.c alone and run.  A name that was made unique
# must not have reached a string (a stringified macro argument would show it to users); that is looked at too.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
B=${B:-build}
depth=${1:-full}
make -s amalgam B="$B"
cd "$B/amalgam"
consumer=$OLDPWD/tests/install/consumer.c
mkdir -p as/adamant
printf '#include "../../adamant.h"\n' > as/adamant/adamant.h
for each in "$OLDPWD"/include/adamant/*.h; do
  [ "${each##*/}" = adamant.h ] || cp as/adamant/adamant.h "as/adamant/${each##*/}"
done

zlib=
if printf '#include <zlib.h>\nint main(void) { return zlibVersion() == 0; }\n' > zlib.c && ${CC:-cc} zlib.c -o zlib -lz 2> /dev/null; then
  zlib=-lz
fi
try() {
  compiler=$1
  shift
  command -v "$compiler" > /dev/null || { echo "SKIP: single file with $compiler: it is not installed"; return; }
  "$compiler" -std=c11 ${zlib:+-DAD_HAVE_ZLIB=1} "$@" -c adamant.c -o adamant.o
  "$compiler" -std=c11 "$@" -Ias "$consumer" adamant.o -o "consumer-$compiler" $zlib -lm -lpthread -ldl
  ./"consumer-$compiler"
  echo "ok single file with $compiler $*"
}
numerics='-ffp-contract=off -fno-math-errno -fno-trapping-math'
if [ "$depth" = long ]; then
  try gcc -O2 -Wall -Wextra -pedantic -Werror -Wno-unused-function $numerics
  try clang -O2 -Wall -Wextra -pedantic -Werror -Wno-unused-function $numerics
else
  try "${CC:-cc}" -O0 -Wall -Wextra -pedantic -Werror -Wno-unused-function $numerics
fi

${CC:-cc} -std=c11 -O0 ${zlib:+-DAD_HAVE_ZLIB=1} -w -c adamant.c -o strings.o
strip --strip-unneeded strings.o
if strings -a strings.o | grep -E '_in_[a-z0-9_]+' | grep -E "$(cd "$OLDPWD" && find src -name '*.c' | sed 's|.*/||; s|\.c$||' | sort -u | sed 's|^|[a-z0-9]_in_|; s|$|([^a-z0-9_]\|$)|' | paste -sd '|')"; then
  echo "adamant.c: the strings above hold a name that was made unique for the single file; rename the static in its source"
  exit 1
fi
