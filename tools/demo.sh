#!/bin/sh
# Runs the main example, or where it is not built all examples there are: demo.sh BUILD-DIRECTORY.
# Examples read examples/data and write below build/demo, both relative to the repository's root.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build/demo
if [ -x "$1/examples/digits_neighbours" ]; then
  exec "$1/examples/digits_neighbours"
fi
ran=
for program in "$1"/examples/*; do
  [ -f "$program" ] && [ -x "$program" ] || continue
  echo "== $program"
  "$program"
  ran=1
done
[ -n "$ran" ] || { echo 'demo: no example was built' >&2; exit 1; }
