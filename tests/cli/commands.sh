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
expect info_says_what_is_forbidden 0 '^deterministic: every kernel is the library' '' info
AD_DETERMINISTIC=1 expect info_deterministic 0 '^deterministic: asked for; every kernel' '' info
expect nothing_asked 2 '' '^usage: adamant'
expect unknown_command 2 '' "^adamant: frobnicate: there is no such command" frobnicate
expect info_takes_no_arguments 2 '' '^adamant info: x: no argument is right' info x
expect info_as_json 0 '^\{"version": "' '' info --json

graph=$AD_TEST_OUT/cli_graph.txt
echo 'graph g(x: float32[2]) -> float32[2] { y = exp(x) return y }' > "$graph"
expect graph_as_dot 0 '^digraph "g" \{$' '' graph "$graph"
expect graph_as_svg 0 '<svg .*>$' '' graph --format svg --depth 1 "$graph"
expect graph_as_json 0 '^\{"format": ?"adamant picture"' '' graph --json "$graph"
expect graph_into_a_file 0 '' '' graph -o "$AD_TEST_OUT/cli_graph.svg" "$graph"
expect graph_help 0 '^usage: adamant graph' '' graph --help
expect graph_without_a_file 2 '' 'adamant graph: no file' graph
expect graph_with_a_bad_depth 2 '' 'adamant graph: x: a whole number' graph --depth x "$graph"
expect graph_with_a_bad_option 2 '' 'adamant graph: --dept: there is no such option' graph --dept "$graph"
expect graph_with_a_bad_format 1 '' 'the format is "gif"' graph --format gif "$graph"
expect graph_of_no_file 1 '' 'adamant graph: /nowhere: the file cannot be opened' graph /nowhere
# More than one piece of what is read at once, blanks for the most part.
long=$AD_TEST_OUT/cli_long_graph.txt
{ cat "$graph"; awk 'BEGIN { for (i = 0; i < 5000; i++) printf "%99s\n", " " }'; echo 'graph h(x: float32[2]) -> float32[2] { y = log(x) return y }'; } > "$long"
expect graph_of_a_long_file 0 'log' '' graph "$long"
expect graph_of_what_is_none 1 '' 'adamant graph: .*: line 3, column 1: "set"; graph is right' graph "$0"

if [ -e /dev/full ]; then
  got=0
  "$adamant" info > /dev/full 2> "$err" || got=$?
  if [ $got = 1 ] && grep -q 'could not be written' "$err"; then echo 'ok full_disk'; else echo "not ok full_disk: exit status $got"; bad=1; fi
else
  echo 'SKIP: full_disk: there is no /dev/full'
fi
exit $bad
