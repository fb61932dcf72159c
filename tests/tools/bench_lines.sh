#!/bin/sh
# Benchmarks print what their readers expect: names with --list, one JSON line with exactly the nine keys per comparison, and
# a line without a verdict where a peer is not installed. No time is judged here.
set -eu
bench=${B:-build}/bench
out=$AD_TEST_OUT/bench.lines
bad=0

# check NAME PYTHON-EXPRESSION: over `lines`, the parsed lines of $out
check() {
  if "$PYTHON" -c '
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
keys = ["case", "threads", "value", "unit", "reference", "reference_value", "ratio", "need", "ok"]
assert lines and all(list(line) == keys for line in lines), lines
assert eval(sys.argv[2]), lines' "$out" "$2"; then
    echo "ok $1"
  else
    echo "not ok $1"
    bad=1
  fi
}

"$bench/machine" --list > "$out.list"
if [ "$(grep -cx 'machine_[a-z_]*' "$out.list")" = 4 ]; then echo 'ok list'; else echo 'not ok list'; bad=1; fi

"$bench/machine" peak > "$out"
check references 'len(lines) == 2 and all(l["value"] > 0 and l["ok"] is None and l["need"] is None for l in lines)'

"$bench/machine" no_such_case > "$out.none"
if [ ! -s "$out.none" ]; then echo 'ok pattern'; else echo 'not ok pattern'; bad=1; fi

PYTHON=/nonexistent/python "$bench/eager" eager_add > "$out"
check absent_peer 'lines[0]["reference"] == "numpy (not installed)" and lines[0]["ok"] is None and lines[0]["need"] == 4'
check bound 'lines[1]["reference"] == "bound" and lines[1]["value"] > 0 and lines[1]["ok"] in (True, False)'

if "$PYTHON" -c 'import numpy' 2> /dev/null; then
  "$bench/eager" eager_add > "$out"
  check present_peer 'lines[0]["reference"] == "numpy" and lines[0]["ratio"] > 0 and lines[0]["ok"] in (True, False)'
else
  echo 'SKIP: present_peer: no numpy'
fi
exit $bad
