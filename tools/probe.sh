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
