#!/bin/sh
# What this machine's compiler finds, as make variables: probe.sh COMPILER [FLAGS] > config.mk
# A probe compiles and links a program; nothing is guessed from paths or versions.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

printf '#include <zlib.h>\nint main(void) { return zlibVersion() == 0; }\n' > "$dir/zlib.c"
if "$@" "$dir/zlib.c" -o "$dir/zlib" -lz 2> /dev/null; then
  echo 'HAVE_ZLIB := 1'
else
  echo 'HAVE_ZLIB :='
fi

# variable NAME FLAGS: NAME is FLAGS where the compiler knows them.
printf 'int main(void) { return 0; }\n' > "$dir/flags.c"
variable() {
  name=$1
  shift
  if $compiler -O2 -Werror "$@" -c "$dir/flags.c" -o "$dir/flags.o" 2> /dev/null; then echo "$name := $*"; else echo "$name :="; fi
}
compiler=$*
# gcc's -O2 vectorises only what costs no code; this asks for what its -O3 does. clang does so by itself, and knows no such flag.
variable VECTORIZE -ftree-vectorize -fvect-cost-model=dynamic
# Of gcc's -O3 only what unrolls, not what makes a second copy of a loop or function for a special case.
variable ONE_COPY -fno-unswitch-loops -fno-version-loops-for-strides -fno-loop-unroll-and-jam -fno-ipa-cp-clone
variable SHORT_LOOPS --param max-completely-peeled-insns=60

# Tables of pointers take a tenth of the room for relocations where the linker packs them and the C library of this machine reads
# that: a program made so must run. What is compiled for another machine goes without.
printf '#include <stdio.h>\nstatic int x;\nint *const p[] = {&x, &x};\nint main(void) { return p[1] != &x || puts("") < 0; }\n' > "$dir/relocs.c"
if "$@" -fPIE -pie -Wl,-z,pack-relative-relocs "$dir/relocs.c" -o "$dir/relocs" 2> /dev/null &&
  grep -q GLIBC_ABI_DT_RELR "$dir/relocs" && "$dir/relocs" > /dev/null 2>&1; then
  echo 'PACK_RELOCS := -Wl,-z,pack-relative-relocs'
else
  echo 'PACK_RELOCS :='
fi
