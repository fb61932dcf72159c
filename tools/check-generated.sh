#!/bin/sh
# The files printed from the op descriptors are fresh: check-generated.sh [--write] [GEN-TOOL].
# GEN-TOOL KIND prints one of them; the list below says which is which.  --write puts them in place (`make gen`).
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
write=
if [ "${1-}" = --write ]; then write=1; shift; fi
tool=${1-}
made=$(mktemp)
trap 'rm -f "$made"' EXIT

if [ ! -e tools/gen.c ]; then
  echo 'SKIP: generated files: tools/gen.c, which prints them, is not in the tree'
  exit 0
fi
if [ -z "$tool" ]; then
  tool=$B/gen-tool
  make -s B="$B" "$tool" > /dev/null
fi
bad=0
while read -r kind file; do
  "$tool" "$kind" > "$made"
  if cmp -s "$made" "$file"; then continue; fi
  if [ -n "$write" ]; then
    mkdir -p "$(dirname "$file")"
    cat "$made" > "$file"
    echo "wrote $file"
  else
    echo "$file:$(diff "$file" "$made" 2> /dev/null | sed -n 's/^\([0-9]*\).*/\1/p' | head -n 1): is not what the descriptors say; run make gen"
    bad=1
  fi
done <<'LIST'
header include/adamant/ops.h
functions src/ops/printed.c
reference docs/ops.md
LIST
exit $bad
