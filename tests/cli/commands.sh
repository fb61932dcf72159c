#!/bin/sh
# The command line's outermost behaviour: what goes where, and with which exit status.
set -eu
adamant=${B:-build}/adamant
out=$AD_TEST_OUT/cli.out
err=$AD_TEST_OUT/cli.err
bad=0

# expect NAME STATUS OUT-PATTERN ERR-PATTERN ARGUMENTS...: '' as a pattern means nothing is written there.
expect() {
  name=$1 status=$2 on_out=$3 on_err=$4
  shift 4
  got=0
  "$adamant" "$@" > "$out" 2> "$err" || got=$?
  ok=1
  [ "$got" = "$status" ] || ok=0
  if [ -n "$on_out" ]; then grep -qE -- "$on_out" "$out" || ok=0; else [ ! -s "$out" ] || ok=0; fi
  if [ -n "$on_err" ]; then grep -qE -- "$on_err" "$err" || ok=0; else [ ! -s "$err" ] || ok=0; fi
  if [ $ok = 1 ]; then echo "ok $name"; else echo "not ok $name: exit status $got"; cat "$out" "$err"; bad=1; fi
}
expect version 0 "^adamant $(cat VERSION)\$" '' --version
expect help 0 '^  info ' '' --help
expect info 0 '^isa: (avx512|avx2|neon|portable)$' '' info
expect nothing_asked 2 '' '^usage: adamant'
expect unknown_command 2 '' "^adamant: frobnicate: there is no such command" frobnicate
expect info_takes_no_arguments 2 '' '^adamant info: x: info takes no arguments' info x

if [ -e /dev/full ]; then
  got=0
  "$adamant" info > /dev/full 2> "$err" || got=$?
  if [ $got = 1 ] && grep -q 'could not be written' "$err"; then echo 'ok full_disk'; else echo "not ok full_disk: exit status $got"; bad=1; fi
else
  echo 'SKIP: full_disk: there is no /dev/full'
fi
exit $bad
