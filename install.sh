#!/bin/sh
# Sets up, builds and installs: ./install.sh [PREFIX], /usr/local where nothing is said.
# Asks sudo only for the copying, and only where PREFIX cannot be written.
set -eu
cd "$(dirname "$0")"
prefix=${1:-/usr/local}
sh tools/setup.sh
make PREFIX="$prefix"
parent=$prefix
while [ ! -e "$parent" ]; do parent=$(dirname "$parent"); done
if [ -w "$parent" ] || ! command -v sudo > /dev/null; then
  make install PREFIX="$prefix"
else
  sudo make install PREFIX="$prefix"
fi
