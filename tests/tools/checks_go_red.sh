#!/bin/sh
# Every check script can fail: a small tree with one breach of each rule is built in a scratch folder (with a space in its
# name) by the project's own Makefile, and each script must name the file and line of its breach, and nothing in the tree
# without breaches.  The test runner must count dead, hanging, silent and failing programs.
set -eu
here=$PWD
work="$here/$AD_TEST_OUT/red tree"
log=$work/log
rm -rf "$work"
mkdir -p "$work/src/base" "$work/src/ir" "$work/src/cli" "$work/include/adamant" "$work/tests/base" "$work/docs" "$work/man"
cp -R Makefile VERSION CITATION.cff CHANGELOG.md tools "$work/"
rm -f "$work/tools/gen.c"
cp tests/run tests/check.h "$work/tests/"
cp include/adamant/status.h include/adamant/errors.def "$work/include/adamant/"
cp src/base/status.c "$work/src/base/"
cd "$work"
unset MAKEFLAGS MFLAGS MAKELEVEL B VARIANT CC CFLAGS RUN_OUT AD_TEST_OUT || true
bad=0

build() { make -s WERROR= lib shared > "$log" 2>&1 || { echo "not ok build"; cat "$log"; exit 1; }; }
green() {          # green NAME COMMAND...
  name=$1
  shift
  if "$@" > "$log" 2>&1; then echo "ok $name is green"; else echo "not ok $name is green"; cat "$log"; bad=1; fi
}
red() {            # red NAME PATTERN COMMAND...
  name=$1 pattern=$2
  shift 2
  if "$@" > "$log" 2>&1; then echo "not ok $name: the script passed"; bad=1
  elif grep -qE -- "$pattern" "$log"; then echo "ok $name"
  else echo "not ok $name: nothing matches $pattern"; cat "$log"; bad=1
  fi
}

build
for script in layers globals symbols headers exports names; do green "$script" sh "tools/check-$script.sh"; done
green budget sh tools/line-budget.sh

cat > src/base/breach.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include "ir/upper.h"
int ad__breach(int by);
AD_API int ad_stray(void);
int ad_count;
static int hits = 3;
static _Thread_local int tls;
static const char *const table[] = {"a", "b"};
int ad__breach(int by) {
  static int calls;
  calls += by; hits += by; tls += by; ad_count += by;
  hits += *(int *)malloc((size_t)hits);
  printf("%s %d\n", table[by & 1], tls);
  if (calls > 9) exit(1);
  return ad__upper() + ad__nowhere();
}
int ad_stray(void) { return hits; }
END
cat > src/ir/upper.h <<'END'
#ifndef UPPER_H
#define UPPER_H
#include <adamant/status.h>
int ad__upper(void);
int ad__nowhere(void);
#endif
END
printf '#include "ir/upper.h"\nint ad__upper(void) { return 2; }\n' > src/ir/upper.c
build
red include_upwards    '^src/base/breach.c:3: src/base may not include ir/upper.h$' sh tools/check-layers.sh
red call_upwards       '^src/base/breach.c:16: uses ad__upper' sh tools/check-layers.sh
red call_of_nothing    '^src/base/breach.c:16: uses ad__nowhere, which nothing defines$' sh tools/check-layers.sh
red global_initialised '^src/base/breach.c:7: hits is a mutable global$' sh tools/check-globals.sh
red global_zero        '^src/base/breach.c:6: ad_count is a mutable global$' sh tools/check-globals.sh
red global_thread      '^src/base/breach.c:8: tls is a mutable global$' sh tools/check-globals.sh
red static_in_function '^src/base/breach.c:11: calls\.[0-9]+ is a mutable global$' sh tools/check-globals.sh
if sh tools/check-globals.sh | grep ': table is'; then echo 'not ok constant tables are welcome'; bad=1; else echo 'ok constant tables are welcome'; fi
red symbol_malloc      '^src/base/breach.c:13: calls malloc; only src/base/mem.c may$' sh tools/check-symbols.sh
red symbol_printf      '^src/base/breach.c:14: calls printf; nothing in the library may$' sh tools/check-symbols.sh
red symbol_exit        '^src/base/breach.c:15: calls exit; nothing in the library may$' sh tools/check-symbols.sh
red export_undeclared  'exports ad_stray, which no public header declares' sh tools/check-exports.sh
promise() { { printf '#ifndef PROMISE_H\n#define PROMISE_H\n#include <adamant/status.h>\n'; printf "$1\n#endif\n"; } > include/adamant/promise.h; }
promise 'AD_API int ad_promise(\n  int by);'
red export_missing     '^include/adamant/promise.h:4: declares ad_promise, which the library does not export$' sh tools/check-exports.sh
rm src/base/breach.c

printf '#ifndef LONELY_H\n#define LONELY_H\nsize_t ad__lonely(void);\n#endif\n' > src/base/lonely.h
red header_alone       '^src/base/lonely.h:1: does not compile alone as inner$' sh tools/check-headers.sh
printf '#define LONELY 1\n' > src/base/lonely.h
red header_guard       '^src/base/lonely.h:1: has no include guard' sh tools/check-headers.sh
printf '/* No guard. */\nsize_t ad__lonely(void);\n' > src/base/lonely.h
green header_template  sh tools/check-headers.sh
promise 'extern int class;'
[ -z "$(command -v c++)" ] || red header_in_cpp '^include/adamant/promise.h:1: does not compile alone as c\+\+17$' sh tools/check-headers.sh
rm src/base/lonely.h include/adamant/promise.h

cp src/ir/upper.c src/base/upper.c
red names_twice        '^src/base/upper.c:1: another file has the same name$' sh tools/check-names.sh
rm src/base/upper.c
mkdir src/unlisted
red folder_unlisted    '^src/unlisted:1: tools/folders.txt does not list this folder$' sh tools/check-layers.sh
rmdir src/unlisted
awk 'BEGIN { for (i = 0; i < 901; i++) print "/* line */" }' > src/base/endless.c
red too_long           '^src/base/endless.c:901: has 901 lines' sh tools/line-budget.sh
rm src/base/endless.c
printf '0.2.0\n' > VERSION
touch README.md CONTRIBUTING.md docs/tour.md src/cli/main.c man/adamant.1
red version_twice      '^CITATION.cff:[0-9]+: VERSION is 0.2.0$' sh tools/check-docs.sh
printf 'See `src/base/absent.c`.\n' > README.md
red absent_file        '^README.md:1: there is no src/base/absent.c$' sh tools/check-docs.sh

# Two files with the same statics, macros and types: the single file must keep them apart.
printf '/* No guard. */\n#define MORE 1\nstatic inline int NAME(int x) { return x + MORE; }\n#undef NAME\n#undef MORE\n' > src/ir/template.h
for name in first second; do
  cat > "src/ir/$name.c" <<END
#include "ir/upper.h"
#define STEP ${#name}
struct row { int step; const char *name; };
enum { LIMIT = STEP };
static const struct row rows[] = { { .step = LIMIT, .name = "helper" } };
static int helper(const struct row *row) { return row->step; }
#define BODY "ir/template.h"
#define NAME more_$name
#include BODY
int ad__$name(void);
int ad__$name(void) { return more_$name(helper(rows)); }
END
done
green single_file env B=build "${PYTHON:-python3}" tools/amalgam.py build/amalgam
green single_file_compiles "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Wno-unused-function -fsyntax-only build/amalgam/adamant.c
if [ "$(grep -c 'name = "helper"' build/amalgam/adamant.c)" = 2 ]; then echo 'ok strings are left alone'; else echo 'not ok strings are left alone'; bad=1; fi

# ---- the runner
cat > tests/base/mixed.c <<'END'
#include "check.h"
TEST(wrong) { CHECK_INT(1 + 1, 3); CHECK_STR("a", "b"); CHECK_STR_HAS("abc", "x"); CHECK_NEAR(1, 2, 0.5); CHECK_MEM("a", "b", 1); CHECK(0); }
TEST(right) { CHECK_INT(2, 2); CHECK_NEAR(NAN, NAN, 0); CHECK_NEAR(INFINITY, INFINITY, 0); CHECK_STR("a", "a"); CHECK_STR_HAS("abc", "b"); }
TEST(stops) { CHECK_STOP(0); CHECK(0); }
TEST(absent) { CHECK_SKIP("no such thing here"); }
CHECK_MAIN(CASE(wrong), CASE(right), CASE(stops), CASE(absent))
END
printf '#include <signal.h>\nint main(void) { return raise(SIGSEGV); }\n' > tests/base/dies.c
printf '#include <unistd.h>\nint main(void) { return (int)sleep(30); }\n' > tests/base/hangs.c
printf 'int main(void) { return 0; }\n' > tests/base/silent.c
make -s WERROR= tests > "$log" 2>&1 || { cat "$log"; echo 'not ok test programs'; exit 1; }
red runner_counts      '^1 passed, 2 failed, 1 skipped$' tests/run build/tests/base/mixed
red runner_shows       'mixed.c:2: 1 \+ 1 is 2, expected 3$' tests/run build/tests/base/mixed
red runner_six_checks  'not ok wrong \(6 checks failed\)$' tests/run build/tests/base/mixed
red runner_one_check   'not ok stops \(1 checks failed\)$' tests/run build/tests/base/mixed
red runner_death       'died of signal 11$' tests/run build/tests/base/dies
red runner_hang        'did not finish within 1 s$' tests/run -t 1 build/tests/base/hangs
red runner_silence     'ran no case$' tests/run build/tests/base/silent
red runner_absent      'was it built\?$' tests/run build/tests/base/nowhere
green runner_plain     tests/run -p build/tests/base/silent
green runner_budget    sh -c 'tests/run -b 0 build/tests/base/mixed | grep -qx "0 passed, 0 failed, 1 skipped"'
exit $bad
