#!/bin/sh
# Lines per folder, and the files that are too long to read: above 900 lines a file is split, or says in its first 30 lines
# why it is longer than "900 lines".  Printed files ("generated" in their first three lines) are nobody's reading.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."

for folder in include/adamant src/* python/src python/adamant python/backend python/tests tests bench examples fuzz tools; do
  [ -d "$folder" ] || continue
  find "$folder" -type f \( -name '*.[ch]' -o -name '*.def' -o -name '*.inc' -o -name '*.sh' -o -name '*.py' \) -exec cat {} + | wc -l |
    awk -v f="$folder" '$1 { printf "%8d  %s\n", $1, f }'
done

bad=0
for path in $(find include src python tests tools bench examples fuzz -type f \( -name '*.[ch]' -o -name '*.def' -o -name '*.inc' -o -name '*.py' \) 2> /dev/null | sort); do
  lines=$(wc -l < "$path")
  [ "$lines" -gt 900 ] || continue
  head -n 3 "$path" | grep -qi 'generated' && continue
  head -n 30 "$path" | grep -q '900 lines' && continue
  echo "$path:901: has $lines lines; split it, or say in its head why it is longer than 900 lines"
  bad=1
done
exit $bad
