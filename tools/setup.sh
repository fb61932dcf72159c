#!/bin/sh
# Installs what Adamant needs on a Debian machine that has a shell, apt and root or sudo: tools/setup.sh [bench]
#
# This is the one list of packages.  What is there already is left alone, and apt is not touched when nothing is missing.
# A required package that cannot be installed ends the script; an optional one is named and its checks are skipped aloud.
# On other systems: says what would be needed and goes on, since the tools may be there under other names.
set -eu

need='
gcc                          the C11 compiler
libc6-dev                    headers of the C library
make                         the build
zlib1g-dev                   deflated entries of npz files
python3                      oracles of the tests
python3-numpy                oracles of the tests, reference of the benchmarks
libpython3-dev               headers for the Python extension
'
want='
g++                          public headers are checked as C++17
clang                        second compiler
libclang-rt-14-dev           sanitizers for clang
libubsan1                    sanitizers for gcc
cmake                        the CMake build is checked
pkg-config                   the installed library is checked
tcc                          user programs are compiled with a third compiler
gcc-aarch64-linux-gnu        the NEON variants are compiled
libc6-dev-arm64-cross        headers for that
qemu-user                    and run
'
bench='
python3-numpy                reference of the benchmarks
python3-torch                reference of the benchmarks
libkissfft-float131          reference of the benchmarks, opened at run time
'
case ${1-} in
  '') ;;
  bench) need="$need$bench" ;;
  *) echo "tools/setup.sh: $1: the only choice is bench" >&2; exit 2 ;;
esac

names() { printf '%s' "$1" | awk 'NF && !seen[$1]++ { print $1 }'; }
reason() { printf '%s%s%s' "$need" "$want" "$bench" | awk -v p="$1" '$1 == p { $1 = ""; print substr($0, 2); exit }'; }
is_there() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]; }
missing() { for package in $(names "$1"); do is_there "$package" || echo "$package"; done; }

if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then
  echo 'setup: there is no apt here, so nothing is installed; Adamant needs:'
  for package in $(names "$need"); do echo "  $package: $(reason "$package")"; done
  exit 0
fi

required=$(missing "$need")
optional=$(missing "$want")
if [ -z "$required$optional" ]; then
  echo 'setup: everything is installed'
  exit 0
fi

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo > /dev/null; then
  as_root=sudo
elif [ -z "$required" ]; then
  echo "setup: neither root nor sudo; goes on without" $optional
  exit 0
else
  echo "setup: neither root nor sudo, and these are missing:" $required >&2
  exit 1
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# apt's pages of progress are shown only where it fails.
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" > "$log" 2>&1 || { tail -n 20 "$log"; return 1; }; }
install() { apt install -y -q --no-install-recommends "$@"; }

echo 'setup: installs with apt-get'
for package in $required $optional; do echo "  $package: $(reason "$package")"; done
apt update -q || echo 'setup: apt-get update failed; goes on with the lists that are here'
# All at once is fast; one by one finds the package this release does not have.
if [ -n "$required" ]; then install $required; fi
if [ -n "$optional" ] && ! install $optional; then
  for package in $optional; do
    install "$package" || echo "setup: $package could not be installed; without it: $(reason "$package") (skipped)"
  done
fi
