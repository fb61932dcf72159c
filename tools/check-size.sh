#!/bin/sh
# The shared library, stripped, stays below a limit: a Python extension that holds all of it must be small enough to be loaded in
# milliseconds.  What the limit holds is said among the decisions of docs/design.md.  Only the ordinary build of gcc on x86-64 is
# measured, others differ.  Reads build directory $B; prints the object files that take the most.
set -eu
cd "$(dirname "$0")/.."
B=${B:-build}
limit=${AD_SIZE_LIMIT:-6500000}

library=$B/libadamant.so.0
if [ ! -f "$library" ]; then
  echo "check-size: $library: there is no such file; make shared" >&2
  exit 1
fi
if [ "$(uname -m)" != x86_64 ] || ! grep -q '^\(cc\|gcc\) .*-DNDEBUG' "$B/flags.txt" || ! readelf -p .comment "$library" | grep -q GCC; then
  echo "check-size: not the ordinary build of gcc on x86-64: not measured"
  exit 0
fi
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$library"
bytes=$(wc -c < "$stripped")
if [ "$bytes" -gt "$limit" ]; then
  echo "$library: $bytes bytes stripped, more than $limit"
  find "$B/obj/src" -name '*.o' -exec size {} + | awk '$1 ~ /^[0-9]+$/ && $6 ~ /\.o$/ { print $1, $6 }' | sort -rn | head -n 12
  exit 1
fi
