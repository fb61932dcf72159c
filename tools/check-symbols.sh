#!/bin/sh
# Some functions of libc have one owner, or none: memory comes from one file, text is formatted in one file, and the library
# never exits, aborts or prints.  Looked up in the undefined symbols of the object files, so that no macro hides a call.
# The command line may print and exit, but takes no memory by itself.  Reads build directory $B; prints file:line.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
B=${B:-build}

# Functions : the files that own them (none: nobody in the library).
rules='
malloc calloc realloc reallocarray free aligned_alloc posix_memalign memalign valloc : src/base/mem.c
strdup strndup asprintf vasprintf getline getdelim open_memstream alloca sbrk : none
mmap mmap64 munmap mremap madvise : src/base/mem.c src/base/files.c src/base/pool.c
vsnprintf : src/base/str.c
snprintf sprintf vsprintf : none
exit abort _exit _Exit quick_exit atexit raise __assert_fail : none
printf vprintf fprintf vfprintf dprintf puts putchar fputs fputc putc fwrite perror psignal stdout stderr : none
system popen setenv putenv unsetenv setlocale srand rand gets strtok : none
'

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
find "$B/obj/src" -name '*.o' | sort | while read -r object; do
  source=${object#"$B/obj/"}
  source=${source%.o}.c
  [ -e "$source" ] || continue
  nm -u "$object" | awk -v s="$source" 'NF { sub(/@.*/, "", $NF); print s, $NF }'
done > "$dir/calls"
[ -n "$(find "$B/obj/src" -name '*.o' | head -n 1)" ] || { echo "$B/obj/src: there are no object files here; build first"; exit 1; }

# "function owner owner..." per function.
printf '%s' "$rules" | awk '
  NF { split($0, half, " : "); n = split(half[1], function_name, " "); for (i = 1; i <= n; i++) print function_name[i], half[2] }' > "$dir/rules"
awk '
  NR == FNR { rule[$1] = 1; said[$1] = substr($0, length($1) + 2); for (i = 2; i <= NF; i++) owner[$1, $i] = 1; next }
  {
    symbol = $2
    if (symbol ~ /^__.*_chk$/) symbol = substr(symbol, 3, length(symbol) - 6)
    if (!(symbol in rule) || (symbol, $1) in owner) next
    if ($1 ~ /^src\/cli\// && symbol ~ /^(v?f?printf|puts|putchar|fputs|fputc|putc|fwrite|perror|stdout|stderr|exit)$/) next
    print $1, symbol, said[symbol]
  }' "$dir/rules" "$dir/calls" > "$dir/wrong"

while read -r source symbol owner; do
  line=$(grep -nw "$symbol" "$source" | head -n 1 | cut -d: -f1)
  # Compilers turn a printf without conversions into these.
  case $symbol in puts|putchar|fwrite|fputc) line=$(grep -nwE "$symbol|printf|fprintf" "$source" | head -n 1 | cut -d: -f1) ;; esac
  [ "$owner" != none ] || owner='nothing in the library'
  echo "$source:${line:-1}: calls $symbol; only $owner may"
done < "$dir/wrong" | sed 's/only nothing/nothing/'
[ ! -s "$dir/wrong" ]
