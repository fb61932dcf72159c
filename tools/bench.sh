#!/bin/sh
# Runs the benchmarks whose case name contains a pattern: bench.sh DIRECTORY PATTERN STRICT
#
# `PROGRAM --list` prints case names, `PROGRAM PATTERN` runs those that contain it and prints one JSON line per (case,
# threads, reference).  With STRICT a line that says "ok":false fails the whole, once everything has run.
set -eu
cd "$(dirname "$0")/.."
dir=$1 pattern=$2 strict=$3
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
bad=0
run() { case $1 in *.py) "${PYTHON:-/usr/bin/python3}" "$@" ;; *) "$@" ;; esac; }
for program in "$dir"/* bench/python.py; do
  [ -f "$program" ] || continue
  case $program in *.py) ;; *) [ -x "$program" ] || continue ;; esac
  run "$program" --list | grep -qF -- "$pattern" || continue
  run "$program" "$pattern" > "$lines.one" || { echo "bench: $program: exit status $?" >&2; bad=1; }
  cat "$lines.one"
  cat "$lines.one" >> "$lines"
  rm -f "$lines.one"
done
if [ ! -s "$lines" ]; then
  echo "bench: no case contains '$pattern'" >&2
  exit 1
fi
if [ -n "$strict" ] && grep -q '"ok": *false' "$lines"; then bad=1; fi
exit $bad
