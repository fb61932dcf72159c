# The further stages of `make check`; read by tools/test.sh, whose functions and variables it uses.
# Each compiler sees every variant it has a sanitizer for; tcc and the cross build are skipped aloud where they are missing.

stage 'hostile build under sanitizers'
B=$base/asan-stress
build asan-stress asan CFLAGS=-DAD_STRESS tests
unit asan-stress asan 900 3600
B=$base

if command -v clang > /dev/null; then
  CC=clang
  export CC
  for variant in release asan stress; do
    stage "clang, $variant"
    B=$base/$variant-clang
    build "clang-$variant" "$variant" all tests
    unit "clang-$variant" "$variant" 600 3600
    [ "$variant" != release ] || checks clang-release
  done
  stage 'threads under TSan'
  B=$base/tsan-clang
  build tsan tsan tests
  unit tsan tsan 900 3600
  unset CC
  B=$base
else
  skip clang 'clang is not installed: its builds and the thread sanitizer are left out'
fi

stage 'installation'
case_of 'install' sh tools/check-install.sh long
stage 'single file with every compiler'
case_of 'amalgam long' sh tools/check-amalgam.sh long

stage 'aarch64'
if command -v aarch64-linux-gnu-gcc > /dev/null; then
  CC=aarch64-linux-gnu-gcc
  AR=aarch64-linux-gnu-ar
  B=$base/aarch64
  export CC AR
  build aarch64 release all tests
  if command -v qemu-aarch64 > /dev/null; then
    RUN_UNDER='qemu-aarch64 -L /usr/aarch64-linux-gnu'
    export RUN_UNDER
    RUN_OUT=$results/out-aarch64
    list release TESTS | words | grep -v /tests/emit/ | quickest_first | run_lines -l aarch64 -t 1200
    skip emit-aarch64 'emitted C under qemu-aarch64: the compilers of this machine make no programs for it'
    unset RUN_UNDER
  else
    skip qemu 'qemu-aarch64 is not installed: the aarch64 build is compiled, not run'
  fi
  unset CC AR
  B=$base
else
  skip aarch64 'there is no aarch64 cross compiler: the NEON variants are not compiled'
fi
