#!/bin/sh
# What is installed can be used: by pkg-config (shared and static), by CMake's find_package, by add_subdirectory; and
# uninstalling leaves nothing.  Once installed by make, once by CMake (whose tests are run too), each into a folder of its own
# below a temporary one with a space in its name.  The user's program is tests/install/consumer.c and every example.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/.."
root=$PWD
B=${B:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

consumer() {       # consumer NAME FLAGS...
  name=$1
  shift
  ${CC:-cc} -std=c11 tests/install/consumer.c -o "$dir/$name" "$@"
  "$dir/$name" > /dev/null
  echo "ok $name"
}
# pkg-config puts a backslash before a blank in a path.
with_pkg_config() {    # with_pkg_config LABEL PREFIX
  libdir=$(dirname "$(find "$2" -name adamant.pc -path '*pkgconfig*')")
  PKG_CONFIG_PATH=$libdir
  export PKG_CONFIG_PATH
  eval "consumer $1-static $(pkg-config --cflags adamant) \"${libdir%/pkgconfig}/libadamant.a\" $(pkg-config --libs --static adamant | sed 's/-ladamant//')"
  if [ -e "${libdir%/pkgconfig}/libadamant.so.0" ]; then
    eval "consumer $1-shared $(pkg-config --cflags --libs adamant) \"-Wl,-rpath,${libdir%/pkgconfig}\""
    for example in examples/*.c; do
      [ -e "$example" ] || continue
      eval "${CC:-cc} -std=c11 \"\$example\" -o \"\$dir/example\" $(pkg-config --cflags --libs adamant) -lm"
    done
  fi
}
with_cmake() {         # with_cmake LABEL LINES...: a project that is LINES and the consumer
  name=$1
  shift
  mkdir -p "$dir/$name"
  { printf 'cmake_minimum_required(VERSION 3.13)\nproject(consumer LANGUAGES C)\n'
    printf '%s\n' "$@"
    printf 'add_executable(consumer "%s/tests/install/consumer.c")\ntarget_link_libraries(consumer PRIVATE adamant::adamant)\n' "$root"
  } > "$dir/$name/CMakeLists.txt"
  cmake -S "$dir/$name" -B "$dir/$name/build" > "$dir/log" 2>&1 && cmake --build "$dir/$name/build" -j 2 >> "$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
  "$dir/$name/build/consumer" > /dev/null
  echo "ok $name"
}

unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR || true
make -s install B="$B" PREFIX="$dir/with make" > /dev/null
"$dir/with make/bin/adamant" --version
if command -v tcc > /dev/null; then
  CC=tcc consumer tcc -I"$dir/with make/include" -L"$dir/with make/lib" -ladamant -Wl,-rpath="$dir/with make/lib"
else
  echo 'SKIP: a third compiler: tcc is not installed'
fi
if command -v pkg-config > /dev/null; then with_pkg_config make "$dir/with make"; else echo 'SKIP: pkg-config: it is not installed'; fi
if ! command -v cmake > /dev/null; then
  echo 'SKIP: CMake: it is not installed'
else
  with_cmake find-package "set(CMAKE_PREFIX_PATH \"$dir/with make\")" 'find_package(adamant 0.1 REQUIRED)'
  if [ "${1-}" = long ]; then
    with_cmake add-subdirectory "add_subdirectory(\"$root\" adamant)"
    for shared in OFF ON; do
      cmake -S . -B "$dir/cmake" -DCMAKE_BUILD_TYPE=MinSizeRel -DBUILD_SHARED_LIBS=$shared -DCMAKE_INSTALL_PREFIX="$dir/with cmake $shared" \
        -DAD_BUILD_BENCHMARKS=ON > "$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
      make -C "$dir/cmake" -j 2 > "$dir/log" 2>&1 || { tail -n 50 "$dir/log"; exit 1; }
      make -C "$dir/cmake" test > "$dir/log" 2>&1 || { tail -n 50 "$dir/log"; exit 1; }
      make -C "$dir/cmake" install > "$dir/log" 2>&1 || { tail -n 50 "$dir/log"; exit 1; }
      echo "ok cmake, make, make test, make install with BUILD_SHARED_LIBS=$shared"
      with_cmake "find-package-$shared" "set(CMAKE_PREFIX_PATH \"$dir/with cmake $shared\")" 'find_package(adamant REQUIRED)'
    done
  fi
fi
make -s uninstall B="$B" PREFIX="$dir/with make" > /dev/null
rest=$(find "$dir/with make" ! -type d)
[ -z "$rest" ] || { echo "make uninstall left: $rest"; exit 1; }
echo 'ok uninstall'
