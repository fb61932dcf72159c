#!/bin/sh
# No object of the library or the command line has a mutable global: nothing in .data, .bss, common or thread-local storage.
# Constant tables with addresses in them lie in .data.rel.ro, which is read-only once loaded, and are welcome.
# Reads the objects of build directory $B; prints file:line of each such variable.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
B=${B:-build}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

find "$B/obj/src" -name '*.o' | sort | while read -r object; do
  source=${object#"$B/obj/"}
  source=${source%.o}.c
  [ -e "$source" ] || continue
  objdump -t "$object" | sed 's/ \.hidden / /' > "$dir/table"
  # Columns: value, flags, section, size, name; the section's own symbol has flag d and is no variable.
  awk -v s="$source" 'NF >= 5 && $0 !~ /^[0-9a-f]+ .....[d]/ && $(NF - 2) ~ /^(\.l?data|\.l?bss|\.tdata|\.tbss|\*COM\*)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ {
    print s, $NF }' "$dir/table"
done > "$dir/wrong"

while read -r source symbol; do
  line=$(grep -nw "${symbol%%.*}" "$source" | head -n 1 | cut -d: -f1)
  echo "$source:${line:-1}: $symbol is a mutable global"
done < "$dir/wrong"
[ ! -s "$dir/wrong" ]
