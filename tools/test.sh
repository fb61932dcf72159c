#!/bin/sh
# The stages of the tests: test.sh quick | full | long  (make test-quick, make test, make check)
#
# quick: the ordinary build's tests and the check scripts, under a minute once built.
# full:  that, the oracles, the examples, the single file, and a timed slice of the sanitizer and hostile builds and of the
#        fuzzers.  Ends within 12 minutes on two cores: every stage has a budget, and the later ones get what is left.
# long:  everything without budgets, both compilers, TSan, CMake, install, tcc, the cross build.
#
# Every stage writes its counts to $B/test; the last line is their sum, "N passed, N failed, N skipped".
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
depth=${1:-full}
B=${B:-build}
base=$B
export B
unset MAKEFLAGS MFLAGS MAKELEVEL VARIANT || true
began=$(date +%s)
limit=660
[ "$depth" != long ] || limit=100000
results=$base/test
rm -rf "$results"
mkdir -p "$results/log"

left() { echo $((limit - ($(date +%s) - began))); }
# The smaller of a stage's own budget and a share of what is left; long runs know no budget.
budget() {
  if [ "$depth" = long ]; then echo 3600; return; fi
  rest=$(($(left) * $2 / 100))
  if [ "$rest" -lt "$1" ]; then echo "$rest"; else echo "$1"; fi
}
stage() { printf '\n== %s (%d s so far)\n' "$1" $(($(date +%s) - began)); }

# case_of NAME COMMAND...: one test case that is a command; its output is shown where it fails.
case_of() {
  case_name=$1
  shift
  case_log=$results/log/$(printf %s "$case_name" | tr '/ ' '__')
  case_began=$(date +%s)
  if "$@" > "$case_log" 2>&1; then
    case_skips=$(grep -c '^SKIP: ' "$case_log" || true)
    printf '%s %s %s %s %s\n' $((case_skips == 0)) 0 "$case_skips" $(($(date +%s) - case_began)) "$case_name" > "$case_log.count"
    echo "ok     $case_name ($(($(date +%s) - case_began)) s)"
    grep '^SKIP: ' "$case_log" | sed 's/^/  /' || true
  else
    echo "0 1 0 $(($(date +%s) - case_began)) $case_name" > "$case_log.count"
    echo "FAILED $case_name"
    tail -n 100 "$case_log" | sed 's/^/  | /'
  fi
}
skip() { echo "SKIP: $2" > "$results/log/$1"; echo "0 0 1 0 $1" > "$results/log/$1.count"; echo "SKIP: $2"; }

# build LABEL VARIANT TARGETS: keeps going past errors, so that what can be built is tested.
# A build that the time did not suffice for is skipped aloud; one that cannot be built has failed.
build() {
  build_label=$1 build_variant=$2
  shift 2
  case_of "build $build_label" build_in_time "$(left)" VARIANT="$build_variant" "$@"
}
build_in_time() {
  build_status=0
  build_seconds=$1
  shift
  timeout "$build_seconds" make -k "$@" || build_status=$?
  [ "$build_status" -ne 124 ] || echo "SKIP: a build: no time was left to finish it; make check does"
  [ "$build_status" -eq 0 ] || [ "$build_status" -eq 124 ]
}
list() { make -s VARIANT="$1" "print-$2"; }
# Programs that were quick last time come first, so that a slice holds as many of them as it can.
quickest_first() {
  awk -v counts="$(cat "$results"/log/*.count 2> /dev/null | awk '{ n = split($5, part, "/tests/"); print part[n] "=" $4 }' | tr '\n' ' ')" '
    BEGIN { n = split(counts, pair, " "); for (i = 1; i <= n; i++) { split(pair[i], half, "="); seconds[half[1]] = half[2] } }
    { n = split($0, part, "/tests/"); print seconds[part[n]] + 0, $0 }' | sort -s -n | cut -d' ' -f2-
}
# run_lines [OPTIONS OF tests/run] < programs, one a line
run_lines() {
  run_args=$(mktemp)
  cat > "$run_args"
  if [ -s "$run_args" ]; then
    (set -f; IFS='
'; exec tests/run -o "$results" "$@" $(cat "$run_args")) || true
  fi
  rm -f "$run_args"
}
words() { tr ' ' '\n' | sed '/^$/d'; }

# Scripts beside the programs; those whose name begins with _ are parts of others, those in oracle/ come later.
scripts() { find tests -mindepth 2 \( -name '*.sh' -o -name '*.py' \) ! -name '_*' ! -path 'tests/oracle/*' ! -path 'tests/support/*' | sort; }
unit() {           # unit LABEL VARIANT SECONDS-PER-PROGRAM BUDGET
  RUN_OUT=$results/out-$1
  export RUN_OUT
  { list "$2" TESTS | words | quickest_first; [ "$1" != release ] || scripts; } |
    run_lines -l "$1" -t "$3" -b "$4"
}
oracles() {        # oracles LABEL: recompute what the unit tests of that label wrote
  RUN_OUT=$results/out-$1
  export RUN_OUT
  find tests/oracle -name '*.py' ! -name '_*' 2> /dev/null | sort | run_lines -l "$1" -t 300 -b "$(budget 150 50)"
}
checks() {
  for script in layers globals symbols exports names headers size generated stubs docs; do echo "tools/check-$script.sh"; done |
    run_lines -l "$1" -t 300
  case_of "$1: line budget" sh tools/line-budget.sh
}
# python_tests LABEL EXTENSION-FOLDER SECONDS-PER-FILE BUDGET: unittest files, each a process of its own; slow_ ones in long runs.
python_tests() {
  if [ ! -f "$2/adamant/_core.abi3.so" ]; then
    skip "$1-python" "$1: the Python extension was not built (tools/setup.sh installs the headers it needs)"
    return
  fi
  PYTHONPATH=$PWD/$2
  export PYTHONPATH
  { ls python/tests/test_*.py; [ "$depth $1" != "long release" ] || ls python/tests/slow_*.py; } | quickest_first | run_lines -l "$1" -t "$3" -b "$4"
  unset PYTHONPATH
}
has_python_headers() { [ -f "$("${PYTHON:-/usr/bin/python3}" -c 'import sysconfig; print(sysconfig.get_paths()["include"])' 2> /dev/null)/Python.h" ]; }
examples() {
  mkdir -p build/demo
  list "$2" EXAMPLES | words | run_lines -l "$1" -p -t 120
}
fuzz() {           # fuzz LABEL VARIANT INPUTS
  list "$2" FUZZERS | words | while read -r program; do
    case_of "$1: fuzz $(basename "$program")" timeout "$(($(left) + 60))" "$program" "$3" "tests/corpus/$(basename "$program")"
  done
}

# ---- stages ------------------------------------------------------------------------------------------------------------

stage 'build'
build release release all tests examples benches
stage 'tests'
if [ "$depth" = quick ]; then unit release release 60 40; else unit release release 120 "$(budget 200 50)"; fi
stage 'python'
rm -f python/adamant/_core.abi3.so
! has_python_headers || build python release python
case $depth in
  quick) python_tests release python 60 12 ;;
  full)  python_tests release python 120 "$(budget 120 50)" ;;
  long)  python_tests release python 1800 3600 ;;
esac
stage 'check scripts'
checks release

if [ "$depth" != quick ]; then
  stage 'oracles'
  oracles release
  stage 'examples'
  examples release release
  stage 'single file'
  case_of 'amalgam' sh tools/check-amalgam.sh "$depth"

  # No detect_stack_use_after_return: gcc before 13 puts 64-byte vectors on misaligned fake stacks (its bug 110027).
  ASAN_OPTIONS=detect_stack_use_after_return=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
  export ASAN_OPTIONS UBSAN_OPTIONS
  B=$base/asan
  stage 'sanitizers'
  build asan asan tests fuzzers
  if [ "$(left)" -gt 60 ]; then
    fuzz asan asan 100000
    unit asan asan 300 "$(budget 150 50)"
    ! has_python_headers || build asan-python asan python
    # The interpreter is no sanitizer build: the sanitizer has to be loaded before it, and what the interpreter leaks is its own.
    # PyTorch throws exceptions of C++, which the sanitizer follows only where their library is there from the start.
    RUN_UNDER="env LD_PRELOAD=$(cc -print-file-name=libasan.so):$(cc -print-file-name=libstdc++.so.6) PYTHONMALLOC=malloc ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0"
    export RUN_UNDER
    python_tests asan "$B/python" 300 "$(budget 60 50)"
    unset RUN_UNDER
  else
    skip asan 'the sanitizer build: no time was left for its tests; make check runs them'
  fi

  B=$base/stress
  stage 'hostile build'
  if [ "$(left)" -gt 60 ]; then
    build stress stress tests
    unit stress stress 300 "$(budget 150 90)"
  else
    skip stress 'the hostile build: no time was left for it; make check runs it'
  fi
  B=$base
fi

if [ "$depth" = long ]; then
  . tools/test-long.sh
fi

stage 'sum'
tests/run -o "$results" -T
