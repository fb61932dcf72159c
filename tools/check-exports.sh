#!/bin/sh
# The shared library shows exactly what the public headers declare: every exported name is ad_<noun>_<verb> and stands in
# include/adamant, and every AD_API declaration there is exported (one that is not would fail at the user's link).
# Reads the library of build directory $B; prints the names that differ with the file:line they are declared at.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
B=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

nm -D --defined-only "$B/libadamant.so.0" | awk '{ print $NF }' | sort -u > "$dir/exported"

# The first name before a parenthesis after AD_API, looking on over line ends until the declaration's semicolon.
awk '
  /^[ \t]*#/ { next }
  /AD_API/ { text = ""; open = 1; file = FILENAME; line = FNR; sub(/.*AD_API/, "") }
  open {
    text = text " " $0
    if ($0 ~ /;/) {
      if (match(text, /ad_[a-z0-9_]*[ ]*\(/)) { name = substr(text, RSTART, RLENGTH - 1); sub(/ +$/, "", name); print name, file ":" line }
      open = 0
    }
  }' include/adamant/*.h | sort -u > "$dir/declared"
awk '{ print $1 }' "$dir/declared" | sort -u > "$dir/names"

bad=0
for name in $(grep -vE '^ad_[a-z0-9][a-z0-9_]*$' "$dir/exported" || true); do
  echo "$B/libadamant.so.0: exports $name, which is no public name"
  bad=1
done
for name in $(grep -E '^ad_[a-z0-9]' "$dir/exported" | comm -23 - "$dir/names"); do
  echo "$(grep -rnw "$name" src --include='*.c' | head -n 1 | cut -d: -f1,2): exports $name, which no public header declares with AD_API"
  bad=1
done
for name in $(comm -13 "$dir/exported" "$dir/names"); do
  echo "$(awk -v n="$name" '$1 == n { print $2; exit }' "$dir/declared"): declares $name, which the library does not export"
  bad=1
done
exit $bad
