#!/bin/sh
# File names below src/ are lower case and unique across folders, so that a name in a message or a search means one file.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

bad=0
for name in $(find src -type f \( -name '*.c' -o -name '*.h' -o -name '*.inc' -o -name '*.def' \) | sed 's|.*/||' | sort | uniq -d); do
  for path in $(find src -type f -name "$name" | sort); do echo "$path:1: another file has the same name"; done
  bad=1
done
for path in $(find src -type f -name '*[!a-z0-9_.]*'); do
  echo "$path:1: file names are lower case letters, digits and underscores"
  bad=1
done
exit $bad
