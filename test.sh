#!/bin/sh
# Sets up a fresh Debian machine and passes the tests.
set -eu
cd "$(dirname "$0")"
sh tools/setup.sh
make test
