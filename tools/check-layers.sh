#!/bin/sh
# The dependency law: a folder of src/ includes and calls only what tools/folders.txt lets it, and whatever those may.
#
# Looked at twice: the #include lines, and the undefined symbols of the object files (a declaration copied by hand has no
# #include line).  Public headers include only each other; the command line, bench/ and examples/ only public headers.
# A symbol that nothing defines is reported too: the shared library would carry it until somebody calls it.
# Reads the objects of build directory $B; prints file:line for every breach.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
B=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# "folder allowed" for every allowed pair, closed under "and whatever those may".
awk '{ sub(/#.*/, "") } NF { may[$1, $1] = 1; for (i = 2; i <= NF; i++) { may[$1, $i] = 1
         for (p in may) { split(p, pair, SUBSEP); if (pair[1] == $i) may[$1, pair[2]] = 1 } } }
     END { for (p in may) { split(p, pair, SUBSEP); print pair[1], pair[2] } }' tools/folders.txt > "$dir/may"
awk '{ print $1 }' "$dir/may" | sort -u > "$dir/folders"

bad=0
complain() { printf '%s\n' "$1"; bad=1; }

for path in src/*/; do
  folder=$(basename "$path")
  [ "$folder" = cli ] || grep -qx "$folder" "$dir/folders" || complain "src/$folder:1: tools/folders.txt does not list this folder"
done

# ---- #include lines: "FILE:LINE:text" -> breaches
find src -name '*.[ch]' -o -name '*.inc' -o -name '*.def' | sort > "$dir/files"
xargs -r -d '\n' grep -nHE '^[[:space:]]*#[[:space:]]*include' < "$dir/files" > "$dir/includes" || true
awk -v law="$dir/may" '
  BEGIN { while ((getline line < law) > 0) { split(line, pair, " "); may[pair[1], pair[2]] = known[pair[1]] = 1 } }
  {
    split($0, place, ":"); split(place[1], part, "/"); folder = part[2]
    if (match($0, /"[^"]*"/)) {
      target = substr($0, RSTART + 1, RLENGTH - 2)
      if (split(target, piece, "/") < 2) next                  # a sibling, or a generated file
      if (folder == "cli") wrong = "the command line includes public headers only"
      else if (!((folder, piece[1]) in may)) wrong = "src/" folder " may not include " target
      else next
    } else if ($0 ~ /<(base|ir|ops|src|\.\.)\//) wrong = "internal headers are included with quotes"
    else next
    print place[1] ":" place[2] ": " wrong
  }' "$dir/includes" > "$dir/wrong"
# Outside the library.
for path in include/adamant/*.h include/adamant/*.def src/cli/*.[ch] bench/*.[ch] examples/*.[ch]; do
  [ -e "$path" ] || continue
  grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]*/' "$path" |
    sed "s|^\([0-9]*\):.*|$path:\1: includes public headers only|" >> "$dir/wrong" || true
done

# ---- symbols: "folder object symbol" of what is defined and what is wanted
find "$B/obj/src" -name '*.o' | sort | while read -r object; do
  source=${object#"$B/obj/"}
  source=${source%.o}.c
  [ -e "$source" ] || continue
  folder=$(echo "$source" | cut -d/ -f2)
  nm -g "$object" | awk -v f="$folder" -v s="$source" 'NF > 1 && $NF ~ /^ad_/ { print ($(NF - 1) == "U" ? "U" : "D"), f, s, $NF }'
done > "$dir/symbols"
awk -v law="$dir/may" '
  BEGIN { while ((getline line < law) > 0) { split(line, pair, " "); may[pair[1], pair[2]] = 1 } }
  NR == FNR { if ($1 == "D") home[$4] = $2; next }
  $1 == "U" {
    if (!($4 in home)) print $3, $4, "which nothing defines"
    else if ($2 == "cli") { if ($4 ~ /^ad__/) print $3, $4, "which is internal" }
    else if (!(($2, home[$4]) in may)) print $3, $4, "which src/" home[$4] " defines; src/" $2 " may not use src/" home[$4]
  }' "$dir/symbols" "$dir/symbols" > "$dir/calls"
while read -r source symbol rest; do
  line=$(grep -nw "$symbol" "$source" | head -n 1 | cut -d: -f1)
  echo "$source:${line:-1}: uses $symbol, $rest" >> "$dir/wrong"
done < "$dir/calls"

if [ -s "$dir/wrong" ]; then
  cat "$dir/wrong"
  bad=1
fi
[ -s "$dir/symbols" ] || complain "$B/obj/src: there are no object files here; build first"
exit $bad
