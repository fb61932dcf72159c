#!/bin/sh
# Facts that stand in several documents agree with the tree: the version, README's example, the commands and environment
# variables of the man page, and the files that README, CONTRIBUTING and the tour name.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
bad=0
complain() { printf '%s\n' "$1"; bad=1; }
line_of() { grep -nF -- "$1" "$2" | head -n 1 | cut -d: -f1; }

version=$(cat VERSION)
grep -qx "version: $version" CITATION.cff || complain "CITATION.cff:$(line_of 'version: ' CITATION.cff): VERSION is $version"
[ "$(sed -n 's/^## \([0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)" = "$version" ] || complain "CHANGELOG.md:$(line_of '## ' CHANGELOG.md): the newest entry is not $version"

# The block after <!-- FILE --> is FILE, from its first #include on.
sed -n 's/^<!-- \(.*\) -->$/\1/p' README.md | while read -r file; do
  block=$(awk -v mark="<!-- $file -->" '$0 == mark { on = 1; next } on && /^```/ { if (inside) exit; inside = 1; next } inside' README.md)
  [ -e "$file" ] && [ "$block" = "$(sed -n '/^#include/,$p' "$file")" ] || echo "README.md:$(line_of "<!-- $file -->" README.md): the block below is not $file"
done > "${B:-build}/check-docs.txt"
[ ! -s "${B:-build}/check-docs.txt" ] || complain "$(cat "${B:-build}/check-docs.txt")"

for command in $(sed -n 's/^  { "\([a-z-]*\)",.*/\1/p' src/cli/main.c); do
  grep -q "^\.It Cm $command" man/adamant.1 || complain "man/adamant.1:1: the command $command is not described"
done
for variable in $(grep -rhoE 'getenv\("AD_[A-Z_]*"|"AD_(THREADS|CACHE_DIR|CC|NATIVE|ISA|DETERMINISTIC|DISABLE_COMPILE|DEBUG)"' src --include='*.c' | grep -oE 'AD_[A-Z_]*' | sort -u); do
  grep -q "^\.It Ev $variable" man/adamant.1 || complain "man/adamant.1:1: the environment variable $variable is not described"
done

for page in README.md CONTRIBUTING.md docs/*.md; do
  for path in $(grep -oE '`(src|include|tools|tests|docs|examples|bench|fuzz)/[A-Za-z0-9_/-]*\.[a-z]+`' "$page" | tr -d '`' | sort -u); do
    [ -e "$path" ] || complain "$page:$(line_of "$path" "$page"): there is no $path"
  done
  for path in $(grep -oE '\]\([A-Za-z][A-Za-z0-9_./-]*\)' "$page" | sed 's/^](//; s/)$//' | sort -u); do
    [ -e "$path" ] || [ -e "$(dirname "$page")/$path" ] || complain "$page:$(line_of "$path" "$page"): there is no $path"
  done
done
exit $bad
