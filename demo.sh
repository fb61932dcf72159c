#!/bin/sh
# Sets up a fresh Debian machine and runs the main demonstration on real data.
set -eu
cd "$(dirname "$0")"
sh tools/setup.sh
make demo
