#!/bin/sh
# What this machine's compiler finds, as make variables: probe.sh COMPILER [FLAGS] > config.mk
# A probe compiles and links a program; nothing is guessed from paths or versions.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

printf '#include <zlib.h>\nint main(void) { return zlibVersion() == 0; }\n' > "$dir/zlib.c"
if "$@" "$dir/zlib.c" -o "$dir/zlib" -lz 2> /dev/null; then
  echo 'HAVE_ZLIB := 1'
else
  echo 'HAVE_ZLIB :='
fi

# gcc's -O2 vectorises only what costs no code; this asks for what its -O3 does. clang does so by itself, and knows no such flag.
printf 'int main(void) { return 0; }\n' > "$dir/cost.c"
if "$@" -O2 -Werror -ftree-vectorize -fvect-cost-model=dynamic -c "$dir/cost.c" -o "$dir/cost.o" 2> /dev/null; then
  echo 'VECTORIZE := -ftree-vectorize -fvect-cost-model=dynamic'
else
  echo 'VECTORIZE :='
fi
