#!/bin/sh
# The stubs python/adamant/*.pyi say what the built package says (make stubs writes them).
set -eu
cd "$(dirname "$0")/.."
if [ ! -f python/adamant/_core.abi3.so ]; then
  echo 'SKIP: stubs: the Python extension was not built'
  exit 0
fi
PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-/usr/bin/python3}" tools/gen-stubs.py --check
